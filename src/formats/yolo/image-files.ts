import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs"
import { dirname, join, posix, resolve, sep } from "node:path"
import { imageSize } from "image-size"
import { FormatError } from "../../errors.ts"
import { itemName } from "./label-names.ts"
import type { Size } from "./picture.ts"

/** The image that a label file belongs to. */
export interface ImageFile {
  /** Its ending, with the dot. */
  readonly ending: string
  /** Undefined where its header cannot be read. */
  readonly size: Size | undefined
}

const endings = ["jpg", "jpeg", "png", "bmp", "tif", "tiff", "webp", "gif", "heic", "avif"].flatMap(
  (ending) => [`.${ending}`, `.${ending.toUpperCase()}`],
)

/**
 * Finds the image of a label file, by the file's path and by its name below the input. Files of one folder mostly end
 * alike, so the last ending found is tried first.
 */
export function createImageFinder(
  directory: string | undefined,
  warn: (message: string) => void,
): (path: string, name: string) => ImageFile | undefined {
  let order = endings
  let folder: { readonly path: string; readonly exists: boolean } | undefined

  const exists = (path: string): boolean => {
    if (folder?.path !== path) {
      folder = { path, exists: statsOf(path)?.isDirectory() ?? false }
    }
    return folder.exists
  }

  return (path, name) => {
    for (const stem of stemsOf(path, name, directory)) {
      if (!exists(dirname(stem))) continue
      for (const ending of order) {
        const image = stem + ending
        if (!statsOf(image)?.isFile()) continue
        if (order[0] !== ending) order = [ending, ...endings.filter((other) => other !== ending)]
        const size = sizeOf(image)
        if (size === undefined) warn(`${image}: the size of this image cannot be read`)
        return { ending, size }
      }
    }
    return undefined
  }
}

/** What a file with labels is refused for whose image has no size. */
export function imageMissing(file: string): FormatError {
  return new FormatError(
    file,
    "",
    "the size of its image is not known: no image is found for it, and no option imageSize is given",
  )
}

// Names from archives may be none that a file system takes.
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

function stemsOf(path: string, name: string, directory: string | undefined): string[] {
  // Within the directory, whatever an archive says.
  if (directory !== undefined) return [join(directory, posix.normalize(`/${itemName(name)}`))]
  const stem = resolve(path).replace(/\.txt$/i, "")
  const parts = stem.split(sep)
  const at = parts.lastIndexOf("labels", -2)
  return at === -1 ? [stem] : [parts.with(at, "images").join(sep), stem]
}

// The header stands in the first of these bytes, but for pictures with a long profile before it, and some TIFFs that have
// it at their end.
const headBytes = [1 << 14, 1 << 19, 1 << 29]

function sizeOf(path: string): Size | undefined {
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, "r")
    const { size: fileBytes } = fstatSync(descriptor)
    for (const [index, most] of headBytes.entries()) {
      const head = Buffer.alloc(Math.min(fileBytes, most))
      readSync(descriptor, head, 0, head.length, 0)
      const size = sizeIn(head)
      if (size !== undefined) return size
      if (fileBytes <= most || (index === 1 && !/\.tiff?$/i.test(path))) return undefined
    }
    return undefined
  } catch {
    return undefined
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

function sizeIn(head: Uint8Array): Size | undefined {
  try {
    const { width, height, orientation = 1 } = imageSize(head)
    if (!(width > 0 && height > 0)) return undefined
    // Pictures that a camera has turned are seen, and labelled, upright.
    return orientation >= 5 ? { width: height, height: width } : { width, height }
  } catch {
    return undefined
  }
}
