import { createHash } from "node:crypto"
import { readdirSync, readFileSync, readlinkSync } from "node:fs"
import { join } from "node:path"

/**
 * All files below a directory with the SHA-256 of their content, and links with their target behind `-> `; paths with `/`,
 * sorted. The manifest's own folder is left out.
 */
export function treeOf(directory: string): Record<string, string> {
  const files: [string, string][] = []
  // Folder by folder: what Node itself does with `recursive` about links to folders depends on its version.
  const visit = (below: string): void => {
    for (const entry of readdirSync(join(directory, below), { withFileTypes: true })) {
      const name = below === "" ? entry.name : `${below}/${entry.name}`
      if (name.startsWith(".darwin-streams")) continue
      const path = join(directory, name)
      if (entry.isSymbolicLink()) files.push([name, `-> ${readlinkSync(path)}`])
      else if (entry.isDirectory()) visit(name)
      else if (entry.isFile()) files.push([name, digestOf(readFileSync(path))])
    }
  }
  visit("")
  return Object.fromEntries(files.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The names of the files below a directory, sorted. */
export function namesIn(directory: string): string[] {
  return Object.keys(treeOf(directory))
}

/** SHA-256 in hexadecimal. */
export function digestOf(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex")
}
