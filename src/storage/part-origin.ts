import { readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { DeclaredDigest } from "../http/declared-digest.ts"
import type { WholeFile } from "./check-file.ts"

/** What names the very bytes that a part holds the beginning of. */
export interface PartOrigin {
  /** The file that is brought: its path below the dataset's directory. */
  readonly name: string
  /** Where from, without tokens. */
  readonly source: string
  /** What `If-Range` is asked with. */
  readonly validator: string
  /** How long the whole is; undefined where the server did not say. */
  readonly length?: number | undefined
  /** The digest of the whole, where the server gave one. */
  readonly digest?: DeclaredDigest | undefined
}

/** The origin as it stands on disk, in the part's folder. */
export interface NotedOrigin extends PartOrigin {
  /** So many bytes were on the disk itself, and not only on their way to it. */
  readonly synced: number
  /** What it is as a whole, noted before it gets its final name. */
  readonly whole?: WholeFile | undefined
}

const originFile = "origin.json"

/** Notes the origin of a part in its folder, in one step. */
export function writeOrigin(folder: string, origin: NotedOrigin): void {
  const made = join(folder, `${originFile}.new`)
  writeFileSync(made, JSON.stringify(origin))
  renameSync(made, join(folder, originFile))
}

/** The origin of a part; undefined where the folder has none that can be read. */
export function readOrigin(folder: string): NotedOrigin | undefined {
  try {
    const origin = JSON.parse(readFileSync(join(folder, originFile), "utf8")) as Partial<NotedOrigin>
    const { name, source, validator, synced } = origin
    const whole =
      [name, source, validator].every((text) => typeof text === "string") && Number.isInteger(synced)
    return whole ? (origin as NotedOrigin) : undefined
  } catch {
    return undefined
  }
}
