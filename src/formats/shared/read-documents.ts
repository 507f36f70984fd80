import { setImmediate } from "node:timers/promises"
import { FormatError, OptionError } from "../../errors.ts"
import { type Document, documents } from "../../storage/documents.ts"
import { inContext, type Source, source } from "../../stream.ts"
import { parallel } from "../../transforms/parallel.ts"

/** One file of an input, to be read whole. */
export interface ReadDocument {
  /** For messages: the file's path, or that of the archive with the entry's name behind it. */
  readonly path: string
  /** The name below the input it was found in, with `/` between folders; of an input that is a file, its last part. */
  readonly name: string
  /** @throws FormatError (`format`) for a file that is too large to be read. */
  bytes(): Uint8Array
  /** The same, already as text where it is plain UTF-8: for documents that do not say their own encoding. */
  content(): Uint8Array | string
}

/** Which files are read, and how. */
export interface ReadDocumentsOptions {
  /** Endings in lower case, with the dot, such as `.json`. */
  readonly extensions: readonly string[]
  /** As in ReadOptions. */
  readonly concurrency?: number | undefined
  /** As in ReadOptions. */
  readonly maxFileBytes?: number | undefined
}

// Reading one after another goes on without giving way; this often the rest of the process gets its turn: signals,
// timers and aborts.
const turnMs = 20

/** The files of one or more inputs as `documents` gives them, in its order, for formats of small files that are read whole. */
export function readDocuments(
  paths: string | readonly string[],
  { extensions, concurrency = 1, maxFileBytes = 1 << 28 }: ReadDocumentsOptions,
): Source<ReadDocument> {
  if (!Number.isSafeInteger(maxFileBytes) || maxFileBytes < 1) {
    throw new OptionError("maxFileBytes", "must be a positive whole number")
  }

  return source(async function* (context) {
    const input = inContext(documents(paths, { extensions }), context)
    if (concurrency > 1) {
      const read = parallel<Document, ReadDocument>(
        async ({ path, name, bytes }) => {
          const content = await bytes(maxFileBytes).catch((error) => {
            if (error instanceof FormatError) return error
            throw error
          })
          // What is wrong with one file is thrown when its turn has come.
          const given = () => {
            if (content instanceof FormatError) throw content
            return content
          }
          return { path, name, bytes: given, content: given }
        },
        { concurrency },
      )
      yield* read(input, context)
      return
    }
    let turned = performance.now()
    for await (const { path, name, bytesSync, textSync } of input) {
      yield {
        path,
        name,
        bytes: () => bytesSync(maxFileBytes),
        content: () => textSync(maxFileBytes) ?? bytesSync(maxFileBytes),
      }
      if (performance.now() - turned < turnMs) continue
      await setImmediate()
      turned = performance.now()
    }
  })
}
