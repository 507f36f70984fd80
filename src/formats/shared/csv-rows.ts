import { FormatError } from "../../errors.ts"
import { csvRows } from "../../parse/csv.ts"
import { documents } from "../../storage/documents.ts"
import { inContext, type OpenContext } from "../../stream.ts"
import type { ReadOptions } from "../format.ts"
import { createAttempt } from "./attempt.ts"

/** A row of one of the CSV files of an input. */
export interface FileRow {
  /** The file's path, for messages. */
  readonly file: string
  /** `line 3` */
  readonly place: string
  /** Without the blanks around them; one of them is not empty. */
  readonly cells: readonly string[]
  readonly isFirst: boolean
}

/**
 * The rows of the CSV files of one or more inputs, one after another. Under `onInvalid: "skip"` a row with wrong quotes is
 * left out; where a file cannot be read on, the rest of it is; both are told as a `skip` event.
 */
export async function* rowsOfFiles(
  paths: string | readonly string[],
  { onInvalid }: ReadOptions,
  context: OpenContext,
): AsyncGenerator<FileRow, void, undefined> {
  const attempt = createAttempt(onInvalid, context)
  for await (const { path, stream } of inContext(documents(paths, { extensions: [".csv"] }), context)) {
    const rows = csvRows(stream(), path)
    let isFirst = true
    try {
      for (;;) {
        const result = await rows.next().catch((error: unknown) => attempt(() => refuse(error)))
        if (result === undefined || result.done === true) break
        context.signal.throwIfAborted()
        const { line, cells } = result.value
        const place = `line ${line}`
        const read = attempt(() => (cells instanceof FormatError ? refuse(cells) : cells))
        if (read !== undefined) yield { file: path, place, cells: read, isFirst }
        isFirst = false
      }
    } finally {
      await rows.return()
    }
  }
}

function refuse(error: unknown): never {
  throw error
}
