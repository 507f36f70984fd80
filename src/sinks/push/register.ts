import type { DatasetHandle } from "../../api/session.ts"
import {
  type ItemUploads,
  type RegisteredItem,
  type Registration,
  registerUpload,
  type UploadRequest,
} from "../../api/uploads.ts"
import { isError, ProtocolError } from "../../errors.ts"
import { maskUrl } from "../../http/index.ts"
import type { OpenContext } from "../../stream.ts"
import { folderPath } from "./folder-path.ts"
import { lookUp } from "./look-up.ts"
import type { Noted, PushNotes } from "./notes.ts"
import type { PlannedItem } from "./plan.ts"

/** An item that comes up for the first time in this run, with what an earlier one has noted. */
export interface ClaimedItem {
  readonly item: PlannedItem
  readonly noted: Noted | undefined
}

/** What the service makes of an item. */
export type RegisterOutcome =
  /** Its files are waited for: those of the slots named, each at its upload id. */
  | { readonly state: "open"; readonly item: PlannedItem; readonly uploads: ReadonlyMap<string, string> }
  | { readonly state: "present"; readonly item: PlannedItem; readonly id: string | undefined }
  | { readonly state: "blocked"; readonly item: PlannedItem; readonly reason: string }
  | { readonly state: "failed"; readonly item: PlannedItem; readonly error: unknown }

/** The most items of one call. */
export const maxChunkItems = 500

/**
 * Registers a chunk of items, and takes up again those that were registered before and whose files never came: by this
 * client or another, as its notes or the service tell. What is open is noted on disk when this returns.
 */
export async function registerChunk(
  dataset: DatasetHandle,
  chunk: readonly ClaimedItem[],
  { notes, handleAsSlices }: { readonly notes: PushNotes; readonly handleAsSlices: boolean },
  context: OpenContext,
): Promise<RegisterOutcome[]> {
  const outcomes: RegisterOutcome[] = []
  const opened: [PlannedItem, Noted][] = []
  const open = (item: PlannedItem, { id }: RegisteredItem, uploads: Readonly<Record<string, string>>) => {
    outcomes.push(openAt(item, uploads))
    opened.push([item, { id: id ?? undefined, uploads }])
  }

  const fresh: PlannedItem[] = []
  const begun: { readonly item: PlannedItem; readonly noted: Noted }[] = []
  for (const { item, noted } of chunk) {
    if (noted === undefined) fresh.push(item)
    else begun.push({ item, noted })
  }
  for (const [{ item, noted }, found] of await lookUp(dataset, begun, ({ noted }) => noted.id, context)) {
    if (found.state === "failed") outcomes.push({ ...found, item })
    // Its registration has run out, or it was deleted.
    else if (found.state === "gone") fresh.push(item)
    else if (noted.done) outcomes.push({ state: "present", item, id: noted.id })
    else if (found.state === "unknown") outcomes.push(openAt(item, noted.uploads))
    else outcomes.push(resume(item, noted.id, found.uploads, noted.uploads))
  }

  const existing: { readonly item: PlannedItem; readonly reply: RegisteredItem }[] = []
  for (const { items, registration, error } of await registerAll(dataset, fresh, handleAsSlices, context)) {
    const unanswered = new Map(items.map((item) => [item.fullPath, item]))
    const take = (replies: readonly RegisteredItem[] = []) =>
      replies.flatMap((reply) => {
        const item = unanswered.get(fullPathOf(reply))
        unanswered.delete(fullPathOf(reply))
        return item === undefined ? [] : [{ item, reply }]
      })
    for (const { item, reply } of take(registration?.items)) {
      const uploads = uploadsOf(reply)
      const missing = item.slots.find(({ slotName }) => !Object.hasOwn(uploads, slotName))
      if (missing === undefined) open(item, reply, uploads)
      else {
        const rule = `no upload for slot ${missing.slotName} of ${item.fullPath}`
        outcomes.push({ state: "failed", item, error: badAnswer(dataset, rule) })
      }
    }
    for (const { item, reply } of take(registration?.blocked_items)) {
      const reason = reasonOf(reply)
      if (reason.toUpperCase() === "ALREADY_EXISTS") existing.push({ item, reply })
      else outcomes.push({ state: "blocked", item, reason })
    }
    for (const item of unanswered.values()) {
      const failure = registration === undefined ? error : badAnswer(dataset, `nothing of ${item.fullPath}`)
      outcomes.push({ state: "failed", item, error: failure })
    }
  }

  // One whose files never came is there by name only: to call it present would lose it.
  for (const [{ item, reply }, found] of await lookUp(dataset, existing, ({ reply }) => reply.id, context)) {
    if (found.state === "failed") outcomes.push({ ...found, item })
    else if (found.state !== "found") outcomes.push({ state: "present", item, id: reply.id ?? undefined })
    else {
      const outcome = resume(item, reply.id ?? undefined, found.uploads, undefined)
      if (outcome.state === "open") open(item, reply, Object.fromEntries(outcome.uploads))
      else outcomes.push(outcome)
    }
  }
  notes.registered(opened)
  return outcomes
}

function openAt(item: PlannedItem, uploads: Readonly<Record<string, string>>): RegisterOutcome {
  return { state: "open", item, uploads: new Map(Object.entries(uploads)) }
}

/** Goes on with an item that the service has, with the files that it still waits for. */
function resume(
  item: PlannedItem,
  id: string | undefined,
  { open, waiting }: ItemUploads,
  noted: Noted["uploads"] | undefined,
): RegisterOutcome {
  if (!open) return { state: "present", item, id }
  // Where the service does not say for which: for all of them, to send one twice does no harm.
  if (waiting.length === 0 && noted !== undefined) return openAt(item, noted)
  const slotNames = new Set(item.slots.map(({ slotName }) => slotName))
  if (waiting.length === 0 || waiting.some(({ slot_name: name }) => !slotNames.has(name))) {
    return { state: "blocked", item, reason: "ALREADY_EXISTS, with other files, whose upload has not ended" }
  }
  return openAt(item, Object.fromEntries(waiting.map((upload) => [upload.slot_name, upload.upload_id])))
}

interface RegisteredPart {
  readonly items: readonly PlannedItem[]
  readonly registration?: Registration
  readonly error?: unknown
}

/** The service refuses a call as a whole for one bad item in it: such a chunk is halved until it is alone. */
async function registerAll(
  dataset: DatasetHandle,
  items: readonly PlannedItem[],
  handleAsSlices: boolean,
  context: OpenContext,
): Promise<RegisteredPart[]> {
  if (items.length === 0) return []
  try {
    const registration = await registerUpload(dataset, items.map(requestOf), handleAsSlices, context)
    return [{ items, registration }]
  } catch (error) {
    if (context.signal.aborted) throw error
    if (items.length === 1 || !isError(error, "validation", "name-taken", "payload-too-large")) {
      return [{ items, error }]
    }
    const half = Math.ceil(items.length / 2)
    const parts = [items.slice(0, half), items.slice(half)]
    const registered: RegisteredPart[] = []
    for (const part of parts) {
      registered.push(...(await registerAll(dataset, part, handleAsSlices, context)))
    }
    return registered
  }
}

function requestOf({ name, folder, layout, slots }: PlannedItem): UploadRequest {
  return {
    name,
    path: folder,
    ...(layout !== undefined && { layout }),
    slots: slots.map(({ slotName, fileName, slot: { fps, asFrames, extractViews } }) => ({
      slot_name: slotName,
      file_name: fileName,
      ...(fps !== undefined && { fps }),
      ...(asFrames !== undefined && { as_frames: asFrames }),
      ...(extractViews !== undefined && { extract_views: extractViews }),
    })),
  }
}

function uploadsOf({ slots }: RegisteredItem): Record<string, string> {
  return Object.fromEntries(
    slots.flatMap(({ slot_name: name, upload_id: id }) =>
      id === undefined || id === null ? [] : [[name, id]],
    ),
  )
}

function fullPathOf({ path, name }: RegisteredItem): string {
  const folder = folderPath(path)
  return folder === "/" ? `/${name}` : `${folder}/${name}`
}

function reasonOf({ slots }: RegisteredItem): string {
  const reasons = slots.flatMap(({ reason }) => (reason === undefined || reason === null ? [] : [reason]))
  return [...new Set(reasons)].join(", ") || "no reason given"
}

function badAnswer({ session }: DatasetHandle, rule: string): ProtocolError {
  const url = maskUrl(new URL(`v2/teams/${session.team}/items/register_upload`, session.apiEndpoint))
  return new ProtocolError({ method: "POST", url, attempts: 1 }, `the answer: ${rule}`)
}
