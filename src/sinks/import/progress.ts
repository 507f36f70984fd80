import { createHash } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { DatasetHandle } from "../../api/session.ts"
import { openJournal } from "../../storage/journal.ts"
import type { Candidate } from "./match-items.ts"

/** What a run, or the run before it that did not end, has done so far: on disk, so it takes no memory. */
export interface Progress {
  /** Whether the service has confirmed this content for the item. */
  isConfirmed(candidate: Candidate): boolean
  confirm(candidate: Candidate): void
  /**
   * Claims the item for a file that will replace what it holds. Gives the path of another file that has done so: a second
   * one would undo the first.
   */
  claim(candidate: Candidate): string | undefined
  /** To be called when the run has ended whole: a run that replaces begins anew the next time. */
  complete(): void
  close(): void
}

/** Opens the progress of imports into a dataset, which is kept where `journal` says, else until the run ends. */
export function openProgress(
  { session, id }: DatasetHandle,
  { journal, replaces }: { readonly journal: string | undefined; readonly replaces: boolean },
): Progress {
  const scratch = journal === undefined ? mkdtempSync(join(tmpdir(), "darwin-streams-import-")) : undefined
  const notes = openJournal(journal ?? join(scratch ?? "", "journal"))
  const dataset = `${JSON.stringify([session.apiEndpoint, session.team, id, replaces ? "replace" : "add"])} `
  const keyOf = (kind: string, ...parts: string[]) =>
    `${dataset}${kind} ${createHash("sha256").update(JSON.stringify(parts)).digest("base64url")}`
  return {
    isConfirmed: ({ path, digest }) => notes.get(keyOf("done", path, digest)) !== undefined,
    confirm: ({ path, digest }) => notes.set(keyOf("done", path, digest), ""),
    claim: ({ path, file }) => {
      const key = keyOf("claim", path)
      const other = notes.get(key)
      if (other !== undefined && other !== JSON.stringify(file.path)) return other
      notes.set(key, JSON.stringify(file.path))
      return undefined
    },
    complete: () => {
      if (replaces) notes.clear(dataset)
    },
    close: () => {
      notes.close()
      if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true })
    },
  }
}
