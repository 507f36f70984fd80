import { randomUUID } from "node:crypto"
import type { DatasetHandle } from "../../api/session.ts"
import { openJournal } from "../../storage/journal.ts"
import type { PlannedItem } from "./plan.ts"

/** An item that was registered before: by which id, and where its files go, by slot. */
export interface Noted {
  readonly id: string | undefined
  readonly uploads: Readonly<Record<string, string>>
  /** Whether all its files have come. */
  readonly done?: boolean
}

/** What is known of an item when it comes up. */
export type Claim =
  | { readonly state: "new" }
  | { readonly state: "registered"; readonly noted: Noted }
  /** Another item of this very run has the name. `source` is that one's. */
  | { readonly state: "taken"; readonly source: string }

/** What a push has done, so that one that was killed can go on. */
export interface PushNotes {
  /** Takes the item's name for this run, and tells what an earlier one has done for it. */
  claim(item: PlannedItem): Claim
  /** Notes the upload ids of items, on disk before it returns: no byte is sent for an upload that could be forgotten. */
  registered(items: readonly (readonly [item: PlannedItem, noted: Noted])[]): void
  /** All its files have come. `id` is that of an item which the service had before. */
  done(item: PlannedItem, id?: string): void
  /** The service does not know the item's uploads any more: the next run registers it anew. */
  forget(item: PlannedItem): void
  /** Forgets everything about the dataset: nothing is open any more. */
  clear(): void
  close(): void
}

interface Note {
  /** The run that came upon the item last. */
  readonly run: string
  readonly source: string
  readonly noted?: Noted
}

/**
 * Opens the notes about one dataset in a journal; without one they are in a temporary file that ends with the process:
 * that two items of a run do not take the same name has to be known for all of them.
 */
export function openNotes(dataset: DatasetHandle, path: string | false): PushNotes {
  const journal = openJournal(path === false ? "" : path)
  const run = randomUUID()
  const prefix = `push ${dataset.session.apiEndpoint} ${dataset.team} ${dataset.id} `
  const read = (item: PlannedItem): Note | undefined => {
    const text = journal.get(prefix + item.fullPath)
    return text === undefined ? undefined : JSON.parse(text)
  }
  const write = (item: PlannedItem, note: Omit<Note, "run" | "source">) => {
    journal.set(prefix + item.fullPath, JSON.stringify({ run, source: item.source, ...note }))
  }
  return {
    claim: (item) => {
      const note = read(item)
      if (note?.run === run) return { state: "taken", source: note.source }
      const { noted } = note ?? {}
      write(item, { ...(noted && { noted }) })
      if (noted === undefined || !(noted.done || hasSlots(noted, item))) return { state: "new" }
      return { state: "registered", noted }
    },
    registered: (items) => {
      for (const [item, noted] of items) write(item, { noted })
      journal.flush()
    },
    done: (item, id) => {
      const noted = read(item)?.noted ?? { id, uploads: {} }
      write(item, { noted: { ...noted, done: true } })
    },
    forget: (item) => write(item, {}),
    clear: () => journal.clear(prefix),
    close: () => journal.close(),
  }
}

/** Whether an item has exactly the slots that uploads are known for. */
function hasSlots({ uploads }: Noted, { slots }: PlannedItem): boolean {
  return (
    Object.keys(uploads).length === slots.length &&
    slots.every(({ slotName }) => Object.hasOwn(uploads, slotName))
  )
}
