import { OptionError } from "../../errors.ts"
import type { PushFile } from "./push-file.ts"
import { seriesZip } from "./series-zip.ts"

/** Several files, to become one item. */
export interface FilesToMerge {
  /** The item's name. */
  readonly name: string
  /** Paths in the order of the slots. */
  readonly files: readonly string[]
}

/** The most files that one view shows side by side, and that channels can be made of. */
const maxCells = 16

/**
 * Makes one item of several files: of each file a slot, named by its place, up to 16 of them side by side; or of all one
 * archive, a DICOM series; or of all one view, a channel each, in slots named as the files.
 *
 * @param fps frames per second to take from videos; not for a series
 * @throws OptionError (`option`) for more than 16 channels, and the system's own error for a file of a series that is not
 * there.
 *
 * @example
 * const scans = pipe(mediaFolders("scans/*", "series"), map((folder) => mergeFiles(folder, "series")))
 * await pipeline(scans, pushTo(dataset))
 */
export async function mergeFiles(
  { name, files }: FilesToMerge,
  mode: "slots" | "series" | "channels",
  fps?: number | "native",
): Promise<PushFile> {
  if (mode === "series") return { name, fileName: `${name}.dcm`, ...(await seriesZip(files)) }
  if (mode === "slots") {
    return {
      name,
      layout: { version: 3, slots_grid: gridOf(files.length) },
      slots: files.map((path) => ({ path, fps })),
    }
  }
  if (files.length > maxCells) {
    throw new OptionError(
      "itemMergeMode",
      `channels: ${name} has ${files.length} files, ${maxCells} at most can be`,
    )
  }
  const slots = files.map((path) => ({ path, slotName: path.split(/[\\/]/).at(-1) ?? path, fps }))
  return { name, layout: { version: 3, slots_grid: [[slots.map(({ slotName }) => slotName)]] }, slots }
}

/** Columns of cells of one slot each, filled row by row. */
function gridOf(count: number): string[][][] {
  const cells = Math.min(count, maxCells)
  const columns = cells <= 3 ? cells : cells === 4 ? 2 : cells <= 9 ? 3 : 4
  return Array.from({ length: columns }, (_, column) =>
    Array.from({ length: Math.ceil((cells - column) / columns) }, (_, row) => [
      String(column + row * columns),
    ]),
  )
}
