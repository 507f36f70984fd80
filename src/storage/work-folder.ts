import { randomBytes } from "node:crypto"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { isOwnerGone } from "./atomic-file.ts"

/**
 * The name of a folder that a run makes beside what it is to replace: `.<kind>-<process>-<number>`. It tells the process, so
 * that nobody takes a name twice and what a killed one left can be told from what is being made.
 */
export function workFolderName(kind: string): string {
  return `.${kind}-${process.pid.toString(36)}-${randomBytes(4).toString("hex")}`
}

/** Whether a name was given by `workFolderName`. */
export function isWorkFolder(kind: string, name: string): boolean {
  return ownerOf(kind, name) !== undefined
}

/** The names of such folders in a directory whose processes run no longer. */
export function leftWorkFolders(directory: string, kind: string): string[] {
  return readdirSync(directory).filter((name) => {
    const owner = ownerOf(kind, name)
    return owner !== undefined && isOwnerGone(join(directory, name), Number.parseInt(owner, 36))
  })
}

function ownerOf(kind: string, name: string): string | undefined {
  if (!name.startsWith(`.${kind}-`)) return undefined
  return /^([0-9a-z]+)-[0-9a-f]{8}$/.exec(name.slice(kind.length + 2))?.[1]
}
