import { stat } from "node:fs/promises"
import { resolve } from "node:path"
import { OptionError, PathError } from "../../errors.ts"
import { folderPath } from "./folder-path.ts"
import type { PushFile, PushSlot } from "./push-file.ts"

/** A file with everything decided. */
export interface PlannedSlot {
  readonly slotName: string
  readonly fileName: string
  readonly slot: PushSlot
}

/** An item with everything decided. */
export interface PlannedItem {
  readonly name: string
  readonly folder: string
  /** Folder and name: what tells an item from all others of its dataset. */
  readonly fullPath: string
  readonly layout: Readonly<Record<string, unknown>> | undefined
  readonly slots: readonly PlannedSlot[]
  /** Where it comes from, the same in each run; empty where it is generated. */
  readonly source: string
  /** Bytes that are made rather than read. */
  readonly generatedBytes: number
}

/**
 * Decides what an item and its files are called.
 *
 * @throws OptionError (`option`), PathError (`path`) for names that cannot be.
 */
export function planItem(file: PushFile): PlannedItem {
  const given = slotsOf(file)
  const [first] = given
  if (first === undefined) throw new OptionError("slots", "must name one file or more")
  const name = file.name ?? fileNameOf(first)
  if (name === undefined) throw new OptionError("name", "is needed where there is no path to take it from")
  if (name.trim() === "" || name === "." || name === ".." || /[/\0]/.test(name)) {
    throw new PathError(name, "is not the name of an item")
  }
  const slots = given.map((slot, at) => ({
    slotName: slot.slotName ?? String(at),
    fileName: fileNameOf(slot) ?? name,
    slot,
  }))
  if (new Set(slots.map(({ slotName }) => slotName)).size !== slots.length) {
    throw new OptionError("slotName", "two slots of one item have the same")
  }
  for (const { path, sizeBytes } of given) {
    if (path === undefined && !(Number.isSafeInteger(sizeBytes) && sizeBytes >= 0)) {
      throw new OptionError("sizeBytes", "must be a whole number, 0 or more")
    }
  }
  const folder = folderPath(file.folder ?? "/")
  return {
    name,
    folder,
    fullPath: folder === "/" ? `/${name}` : `${folder}/${name}`,
    layout: file.layout,
    slots,
    source: given.map(({ path }) => (path === undefined ? "" : resolve(path))).join("\n"),
    generatedBytes: given.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0),
  }
}

/**
 * Looks whether the files of an item are there: one that cannot be uploaded is better never registered.
 *
 * @throws PathError (`path`) when one is not.
 */
export async function checkFiles({ slots }: PlannedItem): Promise<void> {
  for (const { slot } of slots) {
    const { path } = slot
    if (path === undefined) continue
    const stats = await stat(path).catch((error) => {
      throw new PathError(path, error.code === "ENOENT" ? "no such file" : error.message)
    })
    if (!stats.isFile()) throw new PathError(path, "is not a file")
  }
}

/** What an item is called in messages before it is planned. */
export function labelOf(file: PushFile): string {
  const [first] = slotsOf(file)
  return file.name ?? first?.path ?? first?.fileName ?? "a file without a name"
}

function slotsOf(file: PushFile): readonly PushSlot[] {
  return "slots" in file ? file.slots : [file]
}

function fileNameOf({ fileName, path }: PushSlot): string | undefined {
  return fileName ?? path?.split(/[\\/]/).at(-1)
}
