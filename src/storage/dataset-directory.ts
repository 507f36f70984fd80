import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PathError } from "../errors.ts"
import { leftovers, removeLeftovers } from "./atomic-file.ts"
import { copyDatabase } from "./database.ts"
import { type Manifest, openManifest } from "./manifest/manifest.ts"
import { part } from "./names.ts"
import { openParts, type Parts } from "./parts.ts"
import { markRun, type RunKind, type RunMark } from "./run-mark.ts"

/**
 * Where the parts of a dataset stand on disk, relative to its directory, with `/` between folders. It is the layout of
 * the Python SDK: `images/` for all releases, `releases/<release>/{annotations,lists}`, a link `releases/latest`.
 */
export interface ReleaseFolder {
  /** What the manifest knows the release by: its name, and that of the subset behind a `/`. */
  readonly key: string
  readonly folder: string
  readonly annotations: string
  readonly lists: string
}

/**
 * The folder of a release, or of a subset of it.
 *
 * @throws PathError (`path`) for a name that would leave the directory, or that the layout itself uses there.
 */
export function releaseFolder(release: string, subset?: string): ReleaseFolder {
  const own = partBeside(release, ["latest"])
  const key = subset === undefined ? own : `${own}/${partBeside(subset, ["annotations", "lists"])}`
  const folder = `releases/${key}`
  return { key, folder, annotations: `${folder}/annotations`, lists: `${folder}/lists` }
}

function partBeside(name: string, taken: readonly string[]): string {
  const safe = part(name)
  // Many file systems do not tell upper from lower case.
  if (taken.includes(safe.toLowerCase()))
    throw new PathError(name, "is a name that the dataset's layout uses")
  return safe
}

/** Opens the manifest of a dataset's directory. */
export function openDatasetManifest(directory: string): Manifest {
  return openManifest(manifestPath(directory))
}

/** Whether a dataset's directory has a manifest. */
export function hasDatasetManifest(directory: string): boolean {
  return existsSync(manifestPath(directory))
}

/**
 * Opens a copy of a dataset's manifest, gone when it is closed: for runs that need it and shall write nothing into the
 * dataset's directory, which need not be there at all.
 */
export function openManifestCopy(directory: string): Manifest {
  const temporary = mkdtempSync(join(tmpdir(), "darwin-streams-"))
  const remove = () => rmSync(temporary, { recursive: true, force: true })
  try {
    const copy = join(temporary, "manifest.db")
    copyDatabase(manifestPath(directory), copy)
    const manifest = openManifest(copy)
    return {
      ...manifest,
      close: () => {
        try {
          manifest.close()
        } finally {
          remove()
        }
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}

function manifestPath(directory: string): string {
  return join(directory, own, "manifest.db")
}

/** Opens what earlier transfers into a dataset's directory have left unfinished. */
export function openDatasetParts(directory: string): Parts {
  return openParts(join(directory, own, "parts"))
}

const trees = ["images", "releases"]

/** What killed processes left half-written in a dataset's directory. */
export function* datasetLeftovers(directory: string): Generator<string> {
  for (const tree of trees) yield* leftovers(join(directory, tree))
}

/** Removes what killed processes left half-written in a dataset's directory. */
export function removeDatasetLeftovers(directory: string): void {
  for (const tree of trees) removeLeftovers(join(directory, tree))
}

/** Tells others that work in a dataset's directory what this run does there. */
export function markDatasetRun(directory: string, kind: RunKind): RunMark {
  return markRun(join(directory, own), kind)
}

/** The folder for what is this library's own. */
const own = ".darwin-streams"
