import type { DatasetHandle } from "../../api/session.ts"
import { isError, messageOf, TransferError } from "../../errors.ts"
import type { RunEvent } from "../../events.ts"
import { pipeline } from "../../pipeline.ts"
import type { Context, OpenContext, Sink, Transform } from "../../stream.ts"
import { parallel } from "../../transforms/parallel.ts"
import { openNotes, type PushNotes } from "./notes.ts"
import { labelOf, type PlannedItem, type PlannedSlot, planItem } from "./plan.ts"
import type { PushFile } from "./push-file.ts"
import { type ClaimedItem, maxChunkItems, type RegisterOutcome, registerChunk } from "./register.ts"
import { createTally, type PushReport, type PushStage, type PushTally } from "./report.ts"
import { type UploadOutcome, uploadSlot } from "./upload.ts"

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
const planConcurrency = 16
/** The first chunk is small, so that the first file is soon on its way; each further one is twice as large, up to the most. */
const firstChunkItems = 50
/** Items whose bytes are made rather than read may hold them: so many bytes at most wait to be registered. */
const maxChunkGeneratedBytes = 1 << 26

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
  const uploadAll = (push: Push) =>
    parallel<UploadTask, undefined>((task, context) => upload(push, task, context), {
      concurrency,
      ordered: false,
    })
  // Thrown at the call rather than in the run.
  parallel(() => undefined, { concurrency })

  return async (input, context = {}) => {
    const listener = createListener(context)
    const tally = createTally(`${dataset.team}/${dataset.slug}`)
    const notes = openNotes(dataset, journal)
    const push: Push = { dataset, notes, tally, listener, handleAsSlices }
    try {
      await pipeline(
        input,
        parallel((file: PushFile) => plan(push, file), { concurrency: planConcurrency }),
        claim(push),
        parallel((chunk, opened) => registerChunk(dataset, chunk, push, opened), { concurrency: 1 }),
        tasks(push),
        uploadAll(push),
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

/** What the steps of one push share. */
interface Push {
  readonly dataset: DatasetHandle
  readonly notes: PushNotes
  readonly tally: PushTally
  readonly listener: Listener
  readonly handleAsSlices: boolean
}

interface UploadTask {
  readonly item: ItemInHand
  readonly slot: PlannedSlot
  readonly uploadId: string
}

interface ItemInHand {
  readonly planned: PlannedItem
  /** Files that are not through yet. */
  open: number
  failed: boolean
}

async function plan(push: Push, file: PushFile): Promise<PlannedItem | undefined> {
  try {
    return await planItem(file)
  } catch (error) {
    failItem(push, { file: labelOf(file), stage: "register", error })
    return undefined
  }
}

/** Takes the names of items, leaves out those that are done, and gathers the others into chunks to register. */
function claim(push: Push): Transform<PlannedItem | undefined, ClaimedItem[]> {
  return async function* (planned) {
    let chunk: ClaimedItem[] = []
    let chunkItems = firstChunkItems
    let generatedBytes = 0
    for await (const item of planned) {
      if (item === undefined) continue
      const claimed = push.notes.claim(item)
      if (claimed.state === "done") present(push, item)
      else if (claimed.state === "taken") {
        // The same file given twice, as by two patterns, is no loss.
        if (claimed.source === item.source && item.source !== "") continue
        const by = claimed.source === "" ? "another item of this push" : claimed.source
        const error = new TransferError(item.fullPath, `${by} takes this place in the dataset`)
        failItem(push, { file: fileOf(item), item, stage: "register", error })
      } else {
        chunk.push({ item, noted: claimed.state === "registered" ? claimed.noted : undefined })
        generatedBytes += item.generatedBytes
        if (chunk.length < chunkItems && generatedBytes < maxChunkGeneratedBytes) continue
        yield chunk
        chunk = []
        chunkItems = Math.min(2 * chunkItems, maxChunkItems)
        generatedBytes = 0
      }
    }
    if (chunk.length > 0) yield chunk
  }
}

/** The files that are to be sent, and the end of all items that need none. */
function tasks(push: Push): Transform<RegisterOutcome[], UploadTask> {
  return async function* (chunks) {
    for await (const outcomes of chunks) {
      push.listener.rethrow()
      for (const outcome of outcomes) {
        const { item: planned } = outcome
        if (outcome.state === "present") {
          push.notes.done(planned)
          present(push, planned)
        } else if (outcome.state === "blocked") block(push, planned, outcome.reason)
        else if (outcome.state === "failed") {
          failItem(push, { file: fileOf(planned), item: planned, stage: "register", error: outcome.error })
        } else {
          const slots = planned.slots.flatMap((slot) => {
            const uploadId = outcome.uploads.get(slot.slotName)
            return uploadId === undefined ? [] : [{ slot, uploadId }]
          })
          const item: ItemInHand = { planned, open: slots.length, failed: false }
          for (const { slot, uploadId } of slots) yield { item, slot, uploadId }
        }
      }
    }
  }
}

async function upload(
  push: Push,
  { item, slot, uploadId }: UploadTask,
  context: OpenContext,
): Promise<undefined> {
  const { planned } = item
  const outcome: UploadOutcome = await uploadSlot(push.dataset.session, slot, uploadId, context)
  push.listener.rethrow()
  const file = slot.slot.path ?? slot.fileName
  item.open--
  if (outcome.state === "done") {
    push.tally.uploaded(outcome.bytes)
    context.onEvent?.({ type: "transfer", path: file, bytes: outcome.bytes })
  } else {
    item.failed = true
    const { stage, error } = outcome
    if (stage === "sign" && isError(error, "not-found")) push.notes.forget(planned)
    push.tally.problem({ kind: "failed", file, item: planned.fullPath, stage, reason: messageOf(error) })
    context.onEvent?.({ type: "fail", file, error })
  }
  if (item.open > 0) return
  if (item.failed) push.tally.count("failed")
  else {
    push.notes.done(planned)
    push.tally.count("done")
    context.onEvent?.({ type: "file", task: "push", path: planned.fullPath })
  }
}

function present({ tally, listener }: Push, { fullPath }: PlannedItem): void {
  tally.count("present")
  listener.onEvent({ type: "file", task: "push", path: fullPath })
}

function block({ tally, listener }: Push, item: PlannedItem, reason: string): void {
  const file = fileOf(item)
  tally.count("blocked")
  tally.problem({ kind: "blocked", file, item: item.fullPath, reason })
  listener.onEvent({ type: "skip", file, reason })
}

interface Failure {
  readonly file: string
  readonly item?: PlannedItem
  readonly stage: PushStage
  readonly error: unknown
}

function failItem({ tally, listener }: Push, { file, item, stage, error }: Failure): void {
  tally.count("failed")
  tally.problem({
    kind: "failed",
    file,
    ...(item !== undefined && { item: item.fullPath }),
    stage,
    reason: messageOf(error),
  })
  listener.onEvent({ type: "fail", file, error })
}

function fileOf({ slots: [first], fullPath }: PlannedItem): string {
  return first?.slot.path ?? fullPath
}

async function drain(done: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of done);
}

/** Who is told of events. What it throws ends the run, and must not pass for the failure of a file. */
interface Listener {
  readonly onEvent: (event: RunEvent) => void
  rethrow(): void
}

function createListener({ onEvent }: Context): Listener {
  let failure: { readonly error: unknown } | undefined
  return {
    onEvent: (event) => {
      try {
        onEvent?.(event)
      } catch (error) {
        failure ??= { error }
        throw error
      }
    },
    rethrow: () => {
      if (failure !== undefined) throw failure.error
    },
  }
}
