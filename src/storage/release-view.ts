import { createHash } from "node:crypto"
import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs"
import { basename, dirname, join } from "node:path"
import { TransferError } from "../errors.ts"
import { partialPath, syncDirectory, writeFileAtomic } from "./atomic-file.ts"
import { lengthOnDisk } from "./check-file.ts"
import type { ReleaseFolder } from "./dataset-directory.ts"
import { diskError } from "./disk-error.ts"
import { folderEntries } from "./folder-entries.ts"
import type { Manifest } from "./manifest/manifest.ts"
import { smallBytes } from "./save-bytes.ts"
import { isStale, removeStale, staleFiles } from "./stale-files.ts"
import { isWorkFolder, leftWorkFolders, workFolderName } from "./work-folder.ts"

/**
 * The annotation files of a release while it is pulled.
 *
 * A release that was never here whole has nothing to keep: its files appear in `annotations` one by one, to be used as they
 * come. One that is here whole stays as it is while it is pulled again. Only what differs is written, into a new folder
 * beside; `commit` completes that one with the files that stay, and makes `annotations` a link to it in one rename. A run that
 * is killed, fails or is left at any moment before changes nothing of what stands in `annotations`.
 */
export interface ReleaseView {
  /**
   * Puts an annotation file. `name` is its path below the dataset's directory, claimed from the manifest and noted as used.
   * Gives where it stands, which holds while the release is not pulled again with other content.
   */
  put(name: string, source: string, bytes: Uint8Array): string
  /** The release has come to its end: what was put is from now on all that stands in `annotations`. */
  commit(): void
  /** Ends it; without a `commit` what was put beside is removed. */
  close(): void
}

/** Opens the view of a release. To be called before the manifest's `beginRelease`. */
export function openReleaseView(
  directory: string,
  manifest: Manifest,
  folder: ReleaseFolder,
  { durable = false }: { readonly durable?: boolean } = {},
): ReleaseView {
  restoreView(directory, folder)
  const current = join(directory, folder.annotations)
  // What other tools have brought is not ours to take apart either.
  const guarded = existsSync(current) && manifest.stateOf(folder.key) !== "begun"
  const beside = `${folder.folder}/${workFolderName(kind)}`
  const before = identityOf(current)
  let differs = false
  let isKept = false

  const besideName = (name: string) => `${beside}${name.slice(folder.annotations.length)}`
  const removeBeside = () => {
    rmSync(join(directory, beside), { recursive: true, force: true })
    manifest.forgetFiles(beside)
  }

  const replace = () => {
    const isBefore = () => identityOf(current) === before
    // A run that is killed behind the switch must not leave the old digests for the new files.
    manifest.doubt(folder.key, beside, folder.annotations, isBefore)
    // Not while others wait: of a large release it takes long.
    mkdirSync(join(directory, beside), { recursive: true })
    carryOver(directory, manifest, folder, beside)
    syncDirectory(join(directory, beside))
    let former: string | undefined
    // Two pulls that end at once take turns.
    manifest.exclusively(() => {
      if (!isBefore()) {
        // Another one was first. What it has put there is whole, and not to be mixed with what was compared with the former.
        if (!manifest.differ(beside, folder.annotations)) {
          // Its files are the same ones, and what was given of these holds as well.
          isKept = true
          return
        }
        throw new TransferError(current, "was replaced by another run in the meantime: pull again")
      }
      former = switchTo(directory, folder, beside)
      manifest.moveFiles(beside, folder.annotations)
    })
    if (former !== undefined) rmSync(join(directory, folder.folder, former), { recursive: true, force: true })
  }

  return {
    put: (name, source, bytes) => {
      const digest = createHash("sha256").update(bytes).digest("hex")
      const path = join(directory, name)
      const known = manifest.known(name)
      const isSame = known === undefined ? isContent(path, bytes) : known.digest === digest
      const file = { source, bytes: bytes.length, digest }
      const write = (to: string) =>
        writeFileAtomic(to, bytes, { durable: durable || bytes.length > smallBytes })
      if (isSame) {
        // The release has not changed, whatever has become of its file: that is mended in its place.
        const isWhole = !known?.doubtful && lengthOnDisk(path) === (known?.bytes ?? bytes.length)
        if (!isWhole) write(path)
        if (!isWhole || known === undefined) manifest.record(name, file)
        return path
      }
      const put = guarded ? manifest.claim(besideName(name), source) : name
      differs = true
      const placed = join(directory, put)
      try {
        write(placed)
      } catch (error) {
        throw diskError(placed, error)
      }
      manifest.record(put, file)
      return placed
    },

    commit: () => {
      if (!guarded) {
        // A release without items has its folder, too.
        mkdirSync(current, { recursive: true })
        manifest.endRelease(folder.key)
        removeStale(directory, manifest, folder)
      } else {
        manifest.endRelease(folder.key)
        if (differs || hasStale(directory, manifest, folder)) replace()
      }
      removeLeftViews(directory, manifest, folder)
    },

    close: () => {
      if (guarded && !isKept && liveFolder(directory, folder) !== basename(beside)) removeBeside()
    },
  }
}

const kind = "annotations"
const replaced = ".annotations-replaced"

/**
 * Puts back the annotations of a release that a run was about to replace when it was killed. No system can swap a plain
 * folder for something else in one step: it is moved aside first, and only then there is a moment without.
 */
export function restoreView(directory: string, folder: ReleaseFolder): void {
  const current = join(directory, folder.annotations)
  const aside = join(directory, folder.folder, replaced)
  if (lstatSync(current, { throwIfNoEntry: false }) === undefined && existsSync(aside))
    renameSync(aside, current)
}

/** The name of the folder that `annotations` is a link to, where it is one of ours. */
function liveFolder(directory: string, folder: ReleaseFolder): string | undefined {
  const current = join(directory, folder.annotations)
  if (!lstatSync(current, { throwIfNoEntry: false })?.isSymbolicLink()) return undefined
  const target = readlinkSync(current)
  return isWorkFolder(kind, target) ? target : undefined
}

/** Gives the name of the folder that was there before, where it was one of ours. */
function switchTo(directory: string, folder: ReleaseFolder, beside: string): string | undefined {
  const current = join(directory, folder.annotations)
  const before = liveFolder(directory, folder)
  const link = partialPath(current)
  let linked = true
  try {
    // Relative, so that it holds when the dataset's directory is moved.
    symlinkSync(basename(beside), link, "dir")
  } catch {
    linked = false
  }
  const plain = lstatSync(current, { throwIfNoEntry: false })?.isDirectory() ?? false
  if (plain || !linked) {
    const aside = join(directory, folder.folder, replaced)
    rmSync(aside, { recursive: true, force: true })
    renameSync(current, aside)
  }
  renameSync(linked ? link : join(directory, beside), current)
  syncDirectory(join(directory, folder.folder))
  return before
}

/** Gives the new folder all that stays of the present one: files of the release that are the same, and what others put there. */
function carryOver(directory: string, manifest: Manifest, folder: ReleaseFolder, beside: string): void {
  const from = join(directory, folder.annotations)
  const to = join(directory, beside)
  const visit = (below: string) => {
    for (const entry of folderEntries(join(from, below))) {
      const name = below + entry.name
      if (entry.isDirectory()) visit(`${name}/`)
      else if (!isStale(manifest, folder, name) && !existsSync(join(to, name)))
        linkOrCopy(join(from, name), join(to, name))
    }
  }
  visit("")
}

/** What tells a folder from another one in its place, be it reached through a link or not. */
function identityOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats === undefined ? "" : `${stats.dev}:${stats.ino}`
}

function hasStale(directory: string, manifest: Manifest, folder: ReleaseFolder): boolean {
  for (const _ of manifest.unusedBy(folder.key, `${folder.annotations}/`)) return true
  for (const _ of staleFiles(directory, manifest, folder)) return true
  return false
}

/** Removes what earlier runs left of their folders: those that were killed, and those replaced since. */
function removeLeftViews(directory: string, manifest: Manifest, folder: ReleaseFolder): void {
  const live = liveFolder(directory, folder)
  const parent = join(directory, folder.folder)
  for (const name of [...leftWorkFolders(parent, kind), replaced]) {
    if (name === live) continue
    rmSync(join(parent, name), { recursive: true, force: true })
    manifest.forgetFiles(`${folder.folder}/${name}`)
  }
}

function linkOrCopy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  try {
    linkSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw error
    copyFileSync(from, to)
  }
}

/** Whether a file is there with that very content. */
function isContent(path: string, bytes: Uint8Array): boolean {
  return lengthOnDisk(path) === bytes.length && readFileSync(path).equals(bytes)
}
