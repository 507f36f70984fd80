import { readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { partialPath } from "./atomic-file.ts"
import { part } from "./names.ts"

/**
 * Makes `releases/latest` a link to the newest release, in one step. The link is relative, so that it holds when the
 * dataset's directory is moved. Gives false where the platform allows no link.
 */
export function linkLatest(directory: string, release: string): boolean {
  const link = join(directory, "releases", "latest")
  if (targetOf(link) === part(release)) return true
  const made = partialPath(link)
  try {
    symlinkSync(part(release), made, "dir")
    renameSync(made, link)
    return true
  } catch {
    rmSync(made, { force: true })
    return false
  }
}

function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link)
  } catch {
    return undefined
  }
}
