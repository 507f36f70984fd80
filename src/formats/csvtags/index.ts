import type { ReadOptions, ReadWriteFormat } from "../format.ts"
import type { CsvFileOptions } from "../shared/csv-file.ts"
import { read } from "./read.ts"
import { write } from "./write.ts"

/**
 * CSV tags, V7's format for tags of whole images: a row an image, with its path and its tags.
 *
 * @example
 * await pipeline(darwin.read("release.zip"), csvtags.write("out/")) // out/tags.csv
 */
export const csvtags: ReadWriteFormat<ReadOptions, CsvFileOptions> = {
  id: "csvtags",
  title: "CSV tags",
  spec: "https://darwin-py-sdk.v7labs.com/darwin.importer.formats.html",
  extensions: [".csv"],
  holds: ["tag"],
  writeOptions: ["fileName"],
  read,
  write,
}
