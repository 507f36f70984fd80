import { posix } from "node:path"
import { FormatError } from "../../errors.ts"
import type { Item, Slot } from "../../model/annotation-file.ts"
import { part } from "../../storage/names.ts"

/** The item's folder and name as one relative path, `folder/name`, without doubled slashes. */
export function fullNameOf({ path, name }: Item): string {
  let full = ""
  for (const folder of path.split("/")) if (folder !== "" && folder !== ".") full += `${folder}/`
  return full + name
}

const mediaEnding =
  /\.(?:jpe?g|jpe|jfif|jp2|png|bmp|gif|tiff?|webp|avif|heic|heif|svs|ndpi|dcm|dicom|nii|nii\.gz|rvg|pdf|mp4|m4v|mov|avi|mkv|webm)$/i

/**
 * `fullNameOf` without its ending, as a path that is safe on every file system. Only an ending that is one of pictures or
 * videos is cut: `report.v1` stays whole.
 *
 * @throws PathError (`path`) for a name that would leave its directory, or that no file system takes.
 *
 * @example
 * targetOf("street/kerb.jpg") // "street/kerb"
 */
export function targetOf(fullName: string): string {
  const stem = fullName.replace(mediaEnding, "")
  const isBare = stem === "" || stem.endsWith("/")
  return (isBare ? fullName : stem).split("/").map(part).join("/")
}

/**
 * The item that a full name from outside stands for: an image with one slot. Parts such as `..` are resolved within the
 * root: they must never reach a path on disk.
 *
 * @throws FormatError (`format`) at `place` of `file` for a name that is none of a file.
 *
 * @example
 * imageItem("a/b.png", { width: 4, height: 3 }, "x.json", "filename").path // "/a"
 */
export function imageItem(
  fullName: string,
  { url, ...slot }: Partial<Pick<Slot, "width" | "height">> & { readonly url?: string },
  file: string,
  place: string,
): Item {
  const path = posix.normalize(`/${fullName}`)
  const name = posix.basename(path)
  if (name === "" || path.endsWith("/")) throw new FormatError(file, place, "expected the name of a file")
  return {
    name,
    path: posix.dirname(path),
    slots: [
      {
        slot_name: "0",
        type: "image",
        source_files: [{ file_name: name, ...(url !== undefined && { url }) }],
        ...slot,
      },
    ],
  }
}
