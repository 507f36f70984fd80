import { mkdirSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { isWorkFolder, leftWorkFolders, workFolderName } from "./work-folder.ts"

/** What a run does in a directory that others have to know of. */
export type RunKind = "pulling" | "removing"

/** The sign by which a run tells others on this machine what it does. */
export interface RunMark {
  /** Whether another run, of this process or another, is at something. */
  others(kind: RunKind): boolean
  remove(): void
}

/**
 * Sets the sign of a run in a directory, which is made where it is missing. Those of processes that run no longer are removed.
 * Who sets its own before it looks for others cannot miss one that does the same: at least one of the two sees the other.
 */
export function markRun(directory: string, kind: RunKind): RunMark {
  mkdirSync(directory, { recursive: true })
  const name = workFolderName(kind)
  mkdirSync(join(directory, name))
  return {
    others: (wanted) => {
      for (const left of leftWorkFolders(directory, wanted)) {
        rmSync(join(directory, left), { recursive: true, force: true })
      }
      return readdirSync(directory).some((entry) => entry !== name && isWorkFolder(wanted, entry))
    },
    remove: () => rmSync(join(directory, name), { recursive: true, force: true }),
  }
}
