import type { Item } from "../model/annotation-file.ts"
import type { Manifest } from "./manifest/manifest.ts"
import { itemOwner, type MediaTarget } from "./names.ts"

// Folders that are one item's alone have their claims beside those of files: a folder of the dataset, which many items
// share, may have the name of such a folder, but two items may not.
const itemFolders = "items of "
const anyFolder = "a folder"

/**
 * The names under which the media files of an item stand in a dataset: their paths where these are free, else with `_2`,
 * `_3` …; the same item gets the same names each time. Where two items would share a folder of their own, the folder has
 * the number and not each file; where a file has the name of a folder, the folder has it.
 */
export function claimTargets(item: Item, targets: readonly MediaTarget[], manifest: Manifest): string[] {
  const folders = new Map<string, string>()
  const folderOf = (path: string, ownFolder: string | undefined): string => {
    const slash = path.lastIndexOf("/")
    // All is below images/, which is nobody's.
    if (slash === -1) return path
    const known = folders.get(path)
    if (known !== undefined) return known
    let name = folderOf(path.slice(0, slash), ownFolder) + path.slice(slash)
    // Below a folder of its own an item meets nobody.
    if (ownFolder === undefined || path.length <= ownFolder.length) {
      if (path === ownFolder) name = claimItemFolder(name, `${itemOwner(item)} folder`, manifest)
      else name = manifest.claim(name, anyFolder)
    }
    folders.set(path, name)
    return name
  }
  const claims = () =>
    targets.map(({ path, owner, ownFolder }) => {
      const slash = path.lastIndexOf("/")
      return manifest.claim(folderOf(path.slice(0, slash), ownFolder) + path.slice(slash), owner)
    })
  return targets.some(({ ownFolder }) => ownFolder !== undefined) ? manifest.together(claims) : claims()
}

/** The name of a folder that is its owner's alone. */
export function claimItemFolder(path: string, owner: string, manifest: Manifest): string {
  const own = manifest.claim(itemFolders + path, owner).slice(itemFolders.length)
  return manifest.claim(own, anyFolder)
}
