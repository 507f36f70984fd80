import { join } from "node:path"
import type { AnnotationFile, Item } from "../../model/annotation-file.ts"
import { readAnnotationFile } from "../../model/read.ts"
import { annotationTypes } from "../../model/schema.ts"
import { writeFileAtomic } from "../../storage/atomic-file.ts"
import { annotationFolder, part, stemOf } from "../../storage/names.ts"
import { inContext, type Sink, type Source, source } from "../../stream.ts"
import { tallied } from "../../transforms/file-image.ts"
import type { ReadOptions, ReadWriteFormat, WriteSummary } from "../format.ts"
import { createAttempt } from "../shared/attempt.ts"
import { createDistinctNames } from "../shared/distinct-names.ts"
import { readDocuments } from "../shared/read-documents.ts"
import { createTally } from "../shared/tally.ts"
import { createDarwinBytes } from "./darwin-bytes.ts"

/**
 * Darwin JSON 2.0, V7's own format: one file an item, read and written without loss.
 *
 * Written files are named `<item folder>/<stem of the item's name>.json`, those of frames and slots (see `images`)
 * `<item folder>/<video>/0000000.json`; of several that would have one name, the later
 * ones get `_2`, `_3` and so on.
 *
 * @example
 * await pipeline(darwin.read("release.zip"), darwin.write("annotations/"))
 */
export const darwin: ReadWriteFormat = {
  id: "darwin",
  title: "Darwin JSON 2.0",
  spec: "https://docs.v7labs.com/reference/darwin-json",
  extensions: [".json"],
  holds: annotationTypes,
  read,
  write,
}

function read(paths: string | readonly string[], options: ReadOptions = {}): Source<AnnotationFile> {
  return source(async function* (context) {
    const { onInvalid } = options
    const attempt = createAttempt(onInvalid, context)
    const input = readDocuments(paths, { ...options, extensions: darwin.extensions })
    for await (const { path, content } of inContext(input, context)) {
      const text = attempt(content)
      if (text === undefined) continue
      const file = readAnnotationFile(text, path, { ...context, ...(onInvalid && { onInvalid }) })
      if (file !== undefined) yield file
    }
  })
}

function write(directory: string): Sink<AnnotationFile, WriteSummary> {
  return async (input, context) => {
    const tally = createTally(context)
    const names = createDistinctNames()
    const bytesOf = createDarwinBytes()
    for await (const file of input) {
      const path = join(directory, names.take(`${annotationFolder(file.item)}${nameOf(file.item)}`))
      writeFileAtomic(path, bytesOf(file))
      tally.image()
      tally.came(file.annotations.length)
      for (const annotation of file.annotations) {
        tally.written(tallied(annotation))
      }
      context?.onEvent?.({ type: "file", task: "write", path })
    }
    return tally.summary()
  }
}

// The pictures of a video, or of an item with several slots, have names with folders.
function nameOf({ name }: Item): string {
  return `${stemOf(name).split("/").map(part).join("/")}.json`
}
