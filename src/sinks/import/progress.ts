import { createHash, randomUUID } from "node:crypto"
import type { DatasetHandle } from "../../api/session.ts"
import { openJournal } from "../../storage/journal.ts"
import type { Candidate } from "./match-items.ts"

/** What a run, or the run before it that did not end, has done so far: on disk, so it takes no memory. */
export interface Progress {
  /** Whether the service has confirmed this content for the item. */
  isConfirmed(candidate: Candidate): boolean
  confirm(candidate: Candidate): void
  /** Whether this run has filled the item from another file: a second one adds to it, as it must not undo the first. */
  isFilled(candidate: Candidate): boolean
  /** To be called when the run has ended whole: a run that replaces begins anew the next time. */
  complete(): void
  close(): void
}

// A run that adds, and may be repeated without harm, need know nothing.
const nothingKnown: Progress = {
  isConfirmed: () => false,
  confirm: () => {},
  isFilled: () => false,
  complete: () => {},
  close: () => {},
}

/** How progress is kept. */
export interface ProgressOptions {
  /** Where; without it a run that adds keeps none, and any other until it ends. */
  readonly journal: string | undefined
  readonly adds: boolean
  readonly replaces: boolean
}

/** Opens the progress of imports into a dataset. */
export function openProgress(
  { session, id }: DatasetHandle,
  { journal, adds, replaces }: ProgressOptions,
): Progress {
  if (journal === undefined && adds) return nothingKnown
  const notes = openJournal(journal ?? "")
  const dataset = `${JSON.stringify([session.apiEndpoint, session.team, id, replaces ? "replace" : "add"])} `
  const keyOf = (kind: string, ...parts: string[]) =>
    `${dataset}${kind} ${createHash("sha256").update(JSON.stringify(parts)).digest("base64url")}`
  const run = randomUUID()
  // A file that an earlier run has brought in, and that comes again in this one, fills its item in this run as well. One
  // that does not come again has been edited meanwhile.
  const fill = ({ path, digest }: Candidate) => notes.set(keyOf("filled", path), `${run} ${digest}`)
  return {
    isConfirmed: (candidate) => {
      const isConfirmed = notes.get(keyOf("done", candidate.path, candidate.digest)) !== undefined
      if (isConfirmed) fill(candidate)
      return isConfirmed
    },
    confirm: (candidate) => {
      notes.set(keyOf("done", candidate.path, candidate.digest), "")
      fill(candidate)
    },
    isFilled: ({ path, digest }) => {
      const [by, content] = notes.get(keyOf("filled", path))?.split(" ") ?? []
      return by === run && content !== digest
    },
    complete: () => {
      if (replaces) notes.clear(dataset)
    },
    close: notes.close,
  }
}
