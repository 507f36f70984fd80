import { createHash, randomUUID } from "node:crypto"
import type { DatasetHandle } from "../../api/session.ts"
import { openJournal } from "../../storage/journal.ts"
import type { Candidate } from "./match-items.ts"

/** What a run, or the run before it that did not end, has done so far: on disk, so it takes no memory. */
export interface Progress {
  /** Whether the service has confirmed this content for the item, and nothing was put in its place since. */
  isConfirmed(candidate: Candidate): boolean
  confirm(candidate: Candidate): void
  /** Whether this run has filled the item from another file: a second one adds to it, as it must not undo the first. */
  isFilled(candidate: Candidate): boolean
  /** To be called before what the item holds is replaced: on disk when it returns, for nothing confirmed before holds any more. */
  replace(candidate: Candidate): void
  /** To be called when the run has ended whole: the next one begins anew. */
  complete(): void
  close(): void
}

// A run that adds, and may be repeated without harm, need know nothing.
const nothingKnown: Progress = {
  isConfirmed: () => false,
  confirm: () => {},
  isFilled: () => false,
  replace: () => {},
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
  const dataset = `${JSON.stringify([session.apiEndpoint, session.team, id])} `
  const keyOf = (kind: string, ...parts: string[]) =>
    `${dataset}${kind} ${createHash("sha256").update(JSON.stringify(parts)).digest("base64url")}`
  const mode = replaces ? "replace" : "add"
  const done = ({ path, digest }: Candidate) => keyOf(`${mode} done`, path, digest)
  const filled = ({ path }: Candidate) => keyOf(`${mode} filled`, path)
  // What is confirmed holds for one filling of the item, whose name changes with each replacement, in whatever mode.
  const filling = ({ path }: Candidate) => keyOf("filling", path)
  const run = randomUUID()
  // A file that an earlier run has brought in, and that comes again in this one, fills its item in this run as well. One
  // that does not come again has been edited meanwhile.
  const fill = (candidate: Candidate) => notes.set(filled(candidate), `${run} ${candidate.digest}`)
  return {
    isConfirmed: (candidate) => {
      const current = notes.get(filling(candidate))
      const isConfirmed = current !== undefined && notes.get(done(candidate)) === current
      if (isConfirmed) fill(candidate)
      return isConfirmed
    },
    confirm: (candidate) => {
      const current = notes.get(filling(candidate)) ?? randomUUID()
      notes.set(filling(candidate), current)
      notes.set(done(candidate), current)
      fill(candidate)
    },
    isFilled: (candidate) => {
      const [by, content] = notes.get(filled(candidate))?.split(" ") ?? []
      return by === run && content !== candidate.digest
    },
    replace: (candidate) => {
      if (notes.get(filling(candidate)) === undefined) return
      notes.set(filling(candidate), randomUUID())
      notes.flush({ durable: true })
    },
    complete: () => {
      for (const kind of ["add done", "replace done", "filling"]) notes.clear(`${dataset}${kind} `)
      // What another run that goes on has filled it has to know.
      notes.clear(`${dataset}${mode} filled `, run)
    },
    close: notes.close,
  }
}
