import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs"
import { join, resolve } from "node:path"
import { OptionError, PathError } from "../errors.ts"
import type { AnnotationFile } from "../model/annotation-file.ts"
import { annotationType } from "../model/check.ts"
import { readAnnotationFile } from "../model/read.ts"
import type { Context } from "../stream.ts"
import { type AtomicFile, createAtomicFile, partialPath, removeLeftovers } from "./atomic-file.ts"
import { byCodePoint } from "./by-code-point.ts"
import { type ReleaseFolder, releaseFolder } from "./dataset-directory.ts"
import { documents } from "./documents.ts"
import { itemOwner } from "./names.ts"
import { restoreView } from "./release-view.ts"

/** How a release is split. */
export interface SplitOptions {
  /**
   * The share of items for validation, from 0 to below 1.
   * @default 0.1
   */
  readonly val?: number
  /**
   * The share of items for tests, from 0 to below 1; something has to remain for training.
   * @default 0.2
   */
  readonly test?: number
  /**
   * Another whole number gives another split.
   * @default 0
   */
  readonly seed?: number
  /**
   * The release on disk.
   * @default the one that `releases/latest` points to
   */
  readonly release?: string
}

/** How many annotation files each part has. */
export type PartCounts = Readonly<Record<Part, number>>

/** What a split has written. */
export interface SplitReport {
  readonly release: string
  /** Where the lists are. */
  readonly directory: string
  readonly random: PartCounts
  /** By annotation type, for the types that the release has annotations of. */
  readonly stratified: Readonly<Partial<Record<StratifiedType, PartCounts>>>
}

type Part = "train" | "val" | "test"
type StratifiedType = (typeof stratifiedTypes)[number]

const parts = ["train", "val", "test"] as const
const stratifiedTypes = ["bounding_box", "polygon", "tag"] as const

/**
 * Splits a release on disk for training, validation and tests, as lists of annotation files in the layout of the Python SDK:
 * `lists/<train>_<val>_<test>[_s<seed>]/random_<part>.txt` and `stratified_<type>_<part>.txt`, one absolute path a line, and
 * `lists/default`, a link to that folder.
 *
 * The part of an item is told by a hash of the seed and the item's id alone, not by the other items: in a later release,
 * with whatever items more or less, and on any machine it is in the same part, and so are all frames of a video. A larger
 * share takes items from `train` and moves no others. The price is that shares are those of a draw and not exact: of n
 * items the number in a part is off by about the square root of n x share.
 *
 * In the stratified lists all items with the same classes of a type are drawn on their own, so an item whose classes have
 * changed is drawn anew there. Items without annotations of that type are in these lists, too.
 *
 * @throws OptionError (`option`) for shares that leave nothing, or a seed that is no whole number.
 * @throws PathError (`path`) when the release is not on disk.
 *
 * @example
 * const { directory, random } = await splitRelease("datasets/acme/street", { val: 0.1, test: 0.1, seed: 7 })
 */
export async function splitRelease(
  directory: string,
  options: SplitOptions = {},
  context: Context = {},
): Promise<SplitReport> {
  const { val = 0.1, test = 0.2, seed = 0 } = options
  checkShare("val", val)
  checkShare("test", test)
  if (val + test >= 1)
    throw new OptionError("test", "must leave something for training: val + test is 1 or more")
  if (!Number.isSafeInteger(seed)) throw new OptionError("seed", "must be a whole number")
  const folder = folderOnDisk(directory, options.release)
  const draw = (key: string) => partOf(`${seed}\n${key}`, val, test)

  const lists = join(directory, folder.lists)
  const making = partialPath(join(lists, "split"))
  const random = createLists(making, "random")
  const stratified = stratifiedTypes.map((type) => ({
    type,
    lists: createLists(making, `stratified_${type}`),
    found: false,
  }))
  try {
    for await (const { name, bytes } of documents(join(directory, folder.annotations), {
      extensions: [".json"],
    })) {
      context.signal?.throwIfAborted()
      const path = join(resolve(directory), folder.annotations, name)
      const file = readAnnotationFile(await bytes(), path, { onInvalid: "skip", onEvent: context.onEvent })
      if (file === undefined) continue
      const item = itemOwner(file.item)
      await random.add(draw(`random\n${item}`), path)
      for (const one of stratified) {
        const classes = classesOf(file, one.type)
        one.found ||= classes !== ""
        await one.lists.add(draw(`${one.type}\n${classes}\n${item}`), path)
      }
      context.onEvent?.({ type: "file", task: "split", path })
    }
    await random.commit()
    const kept = stratified.filter(({ found }) => found)
    for (const { lists: one, found } of stratified) await (found ? one.commit() : one.discard())
    const { train, val: forVal, test: forTest } = random.counts
    const name = `${train}_${forVal}_${forTest}${seed === 0 ? "" : `_s${seed}`}`
    place(making, join(lists, name))
    linkDefault(lists, name)
    removeLeftovers(lists)
    return {
      release: folder.key,
      directory: join(lists, name),
      random: random.counts,
      stratified: Object.fromEntries(kept.map(({ type, lists: { counts } }) => [type, counts])),
    }
  } finally {
    for (const one of [random, ...stratified.map((one) => one.lists)]) await one.discard()
    rmSync(making, { recursive: true, force: true })
  }
}

function checkShare(name: string, share: number): void {
  if (!(share >= 0 && share < 1)) throw new OptionError(name, "must be a number from 0 to below 1")
}

/** The part that a key belongs to. Tests are drawn from below and validation from above, so that neither share moves the other. */
function partOf(key: string, val: number, test: number): Part {
  const drawn = createHash("sha256").update(key).digest().readUIntBE(0, 6) / 2 ** 48
  if (drawn < test) return "test"
  return drawn >= 1 - val ? "val" : "train"
}

function classesOf(file: AnnotationFile, type: StratifiedType): string {
  const classes = new Set<string>()
  for (const annotation of file.annotations) {
    if (annotationType(annotation) === type) classes.add(annotation.name)
  }
  return [...classes].sort(byCodePoint).join("\n")
}

function folderOnDisk(directory: string, release: string | undefined): ReleaseFolder {
  const named = release === undefined || release === "latest" ? latestOnDisk(directory) : release
  const folder = releaseFolder(named)
  restoreView(directory, folder)
  const annotations = join(directory, folder.annotations)
  if (!existsSync(annotations))
    throw new PathError(annotations, "is not there: the release has to be pulled first")
  return folder
}

function latestOnDisk(directory: string): string {
  const link = join(directory, "releases", "latest")
  try {
    // Other tools make it absolute.
    return (
      readlinkSync(link)
        .split(/[\\/]/)
        .filter((part) => part !== "")
        .at(-1) ?? ""
    )
  } catch {
    throw new PathError(link, "is not there: no release has been pulled, or it has to be named")
  }
}

interface PartLists {
  readonly counts: Record<Part, number>
  add(part: Part, path: string): Promise<void>
  commit(): Promise<void>
  discard(): Promise<void>
}

function createLists(directory: string, name: string): PartLists {
  const counts = { train: 0, val: 0, test: 0 }
  const files = new Map<Part, AtomicFile>()
  const fileOf = async (part: Part): Promise<AtomicFile> => {
    const open = files.get(part) ?? (await createAtomicFile(join(directory, `${name}_${part}.txt`)))
    files.set(part, open)
    return open
  }
  return {
    counts,
    add: async (part, path) => {
      counts[part]++
      await (await fileOf(part)).write(`${path}\n`)
    },
    // A part without items has an empty list.
    commit: async () => {
      for (const part of parts) await (await fileOf(part)).commit()
    },
    discard: async () => {
      for (const file of files.values()) await file.discard()
    },
  }
}

const ownList = /^stratified_\w+_(?:train|val|test)\.txt$/

/** Puts the lists in their place: as a whole where there are none of that name, else each in the place of its own. */
function place(making: string, directory: string): void {
  mkdirSync(making, { recursive: true })
  if (!existsSync(directory)) {
    renameSync(making, directory)
    return
  }
  const made = readdirSync(making)
  for (const name of made) renameSync(join(making, name), join(directory, name))
  for (const name of readdirSync(directory)) {
    if (ownList.test(name) && !made.includes(name)) rmSync(join(directory, name))
  }
}

function linkDefault(lists: string, name: string): void {
  const link = join(lists, "default")
  const made = partialPath(link)
  try {
    symlinkSync(name, made, "dir")
    renameSync(made, link)
  } catch {
    // The platform allows no links; the lists are there all the same.
    rmSync(made, { force: true })
  }
}
