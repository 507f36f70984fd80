import type { DatasetHandle } from "../../api/session.ts"
import { isError, messageOf, TransferError } from "../../errors.ts"
import type { Listener } from "../../listener.ts"
import type { OpenContext, Transform } from "../../stream.ts"
import type { PushNotes } from "./notes.ts"
import { checkFiles, labelOf, type PlannedItem, type PlannedSlot, planItem } from "./plan.ts"
import type { PushFile } from "./push-file.ts"
import { type ClaimedItem, maxChunkItems, type RegisterOutcome } from "./register.ts"
import type { PushStage, PushTally } from "./report.ts"
import { uploadSlot } from "./upload.ts"

/** The first chunk is small, so that the first file is soon on its way; each further one is twice as large, up to the most. */
const firstChunkItems = 50
/** Items whose bytes are made rather than read may hold them: so many bytes at most wait to be registered. */
const maxChunkGeneratedBytes = 1 << 26

/** What the steps of one push share. */
export interface Push {
  readonly dataset: DatasetHandle
  readonly notes: PushNotes
  readonly tally: PushTally
  readonly listener: Listener
  readonly handleAsSlices: boolean
}

/** One file to be sent. */
export interface UploadTask {
  readonly item: ItemInHand
  readonly slot: PlannedSlot
  readonly uploadId: string
}

interface ItemInHand {
  readonly push: Push
  readonly planned: PlannedItem
  /** Files that are not through yet. */
  open: number
  failed: boolean
}

/** Takes the names of items, with what is known of them. */
export function claim(push: Push): Transform<PushFile, ClaimedItem> {
  return async function* (files) {
    for await (const file of files) {
      const item = plan(push, file)
      if (item === undefined) continue
      const claimed = push.notes.claim(item)
      if (claimed.state === "new") yield { item, noted: undefined }
      else if (claimed.state === "registered") yield { item, noted: claimed.noted }
      // The same file given twice, as by two patterns, is no loss.
      else if (claimed.source !== item.source || item.source === "") {
        const by = claimed.source === "" ? "another item of this push" : claimed.source
        const error = new TransferError(item.fullPath, `${by} takes this place in the dataset`)
        failItem(push, { file: fileOf(item), item, stage: "register", error })
      }
    }
  }
}

function plan(push: Push, file: PushFile): PlannedItem | undefined {
  try {
    return planItem(file)
  } catch (error) {
    failItem(push, { file: labelOf(file), stage: "register", error })
    return undefined
  }
}

/** Leaves out items whose files are not there. */
export async function check(push: Push, claimed: ClaimedItem): Promise<ClaimedItem | undefined> {
  const { item } = claimed
  try {
    await checkFiles(item)
    return claimed
  } catch (error) {
    failItem(push, { file: fileOf(item), item, stage: "register", error })
    return undefined
  }
}

/** Gathers items into chunks that are registered by one call. */
export async function* chunks(items: AsyncIterable<ClaimedItem | undefined>): AsyncGenerator<ClaimedItem[]> {
  let chunk: ClaimedItem[] = []
  let chunkItems = firstChunkItems
  let generatedBytes = 0
  for await (const claimed of items) {
    if (claimed === undefined) continue
    chunk.push(claimed)
    generatedBytes += claimed.item.generatedBytes
    if (chunk.length < chunkItems && generatedBytes < maxChunkGeneratedBytes) continue
    yield chunk
    chunk = []
    chunkItems = Math.min(2 * chunkItems, maxChunkItems)
    generatedBytes = 0
  }
  if (chunk.length > 0) yield chunk
}

/** The files that are to be sent, and the end of all items that need none. */
export function tasks(push: Push): Transform<RegisterOutcome[], UploadTask> {
  return async function* (chunks) {
    for await (const outcomes of chunks) {
      push.listener.rethrow()
      for (const outcome of outcomes) {
        const { item: planned } = outcome
        if (outcome.state === "present") {
          push.notes.done(planned, outcome.id)
          present(push, planned)
        } else if (outcome.state === "blocked") block(push, planned, outcome.reason)
        else if (outcome.state === "failed") {
          failItem(push, { file: fileOf(planned), item: planned, stage: "register", error: outcome.error })
        } else {
          const slots = planned.slots.flatMap((slot) => {
            const uploadId = outcome.uploads.get(slot.slotName)
            return uploadId === undefined ? [] : [{ slot, uploadId }]
          })
          const item: ItemInHand = { push, planned, open: slots.length, failed: false }
          for (const { slot, uploadId } of slots) yield { item, slot, uploadId }
        }
      }
    }
  }
}

/** Brings one file to the service, and with the last one of its item the item. */
export async function upload({ item, slot, uploadId }: UploadTask, context: OpenContext): Promise<void> {
  const { push, planned } = item
  const outcome = await uploadSlot(push.dataset.session, slot, uploadId, context)
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
