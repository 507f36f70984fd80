import { PathError } from "../../errors.ts"

/**
 * A folder of a dataset as the API has it: `/`, or `/a/b`.
 *
 * @throws PathError (`path`) for one that leads elsewhere.
 *
 * @example
 * folderPath("a/b/") // "/a/b"
 */
export function folderPath(folder: string): string {
  const parts = folder.split("/").filter((part) => part !== "" && part !== ".")
  if (parts.includes("..") || folder.includes("\0"))
    throw new PathError(folder, "is not a folder of a dataset")
  return `/${parts.join("/")}`
}
