import type { DatasetHandle } from "../../api/session.ts"
import { createListener } from "../../listener.ts"
import { pipe, pipeline } from "../../pipeline.ts"
import type { Sink } from "../../stream.ts"
import { parallel } from "../../transforms/parallel.ts"
import { openNotes } from "./notes.ts"
import type { PushFile } from "./push-file.ts"
import { type ClaimedItem, registerChunk } from "./register.ts"
import { createTally, type PushReport } from "./report.ts"
import { check, chunks, claim, type Push, tasks, upload } from "./steps.ts"

/** How items are pushed. */
export interface PushToOptions {
  /**
   * Files that are uploaded at a time.
   * @default 16
   */
  readonly concurrency?: number | undefined
  /**
   * A file, made where it is missing, that notes what was registered and confirmed. A run that was killed goes on with
   * it where it stood. It is emptied of this dataset's notes when a run ends without failures.
   * @default false: the service itself is asked what it has
   */
  readonly journal?: string | false | undefined
  /**
   * Whether the frames of volumes are taken as slices.
   * @default false
   */
  readonly handleAsSlices?: boolean | undefined
}

/** Files that are looked at ahead of their registration. */
const checkConcurrency = 16

/**
 * A sink that uploads each item it is given: a file on disk, several of them as the slots of one item, or bytes that are
 * made as they are sent. Items are registered up to 500 at a time, one such chunk ahead of the one that is sent: a source of any
 * length will do, and one that is fast is held back.
 *
 * Each item is pushed once however often the run is repeated: one that is in the dataset counts as present, one whose
 * upload broke off is taken up again. What fails or is refused stands in the report, and the run goes on; `fail` and
 * `skip` events tell it at once, a `transfer` each file, a `file` each item that is there.
 *
 * @throws OptionError (`option`) for a concurrency below 1.
 *
 * @example
 * const report = await pipeline(mediaFiles("photos/"), pushTo(dataset, { journal: "photos.push-journal" }))
 * for (const { file, reason } of report.problems) console.error(file, reason)
 */
export function pushTo(dataset: DatasetHandle, options: PushToOptions = {}): Sink<PushFile, PushReport> {
  const { concurrency = 16, journal = false, handleAsSlices = false } = options
  const uploads = parallel(upload, { concurrency, ordered: false })

  return async (input, context = {}) => {
    const listener = createListener(context)
    const tally = createTally(`${dataset.team}/${dataset.slug}`)
    const notes = openNotes(dataset, journal)
    const push: Push = { dataset, notes, tally, listener, handleAsSlices }
    try {
      const looked = parallel((item: ClaimedItem) => check(push, item), { concurrency: checkConcurrency })
      await pipeline(
        pipe(input, claim(push), looked, chunks),
        parallel((chunk, opened) => registerChunk(dataset, chunk, push, opened), { concurrency: 1 }),
        tasks(push),
        uploads,
        drain,
        { signal: context.signal, onEvent: listener.onEvent },
      )
      const report = tally.report()
      if (report.items.failed === 0) notes.clear()
      return report
    } finally {
      notes.close()
    }
  }
}

async function drain(done: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of done);
}
