import type { ReadOptions, ReadWriteFormat } from "../format.ts"
import type { CsvFileOptions } from "../shared/csv-file.ts"
import { read } from "./read.ts"
import { write } from "./write.ts"

/**
 * CSV tags of videos, V7's format for tags over frames: a row for each span of frames that has a tag.
 *
 * @example
 * await pipeline(darwin.read("release.zip"), csvtagsvideo.write("out/")) // out/tags.csv
 */
export const csvtagsvideo: ReadWriteFormat<ReadOptions, CsvFileOptions> = {
  id: "csvtagsvideo",
  title: "CSV tags of videos",
  spec: "https://darwin-py-sdk.v7labs.com/darwin.importer.formats.html",
  extensions: [".csv"],
  holds: ["tag"],
  writeOptions: ["fileName"],
  read,
  write,
}
