import { createHash } from "node:crypto"
import { createReadStream, readFileSync, statSync } from "node:fs"
import { smallBytes } from "./save-bytes.ts"

/** What is wrong with a file that a release needs, or that nothing is. */
export type FileState = "whole" | "missing" | "changed" | "partial"

/** What a file is as a whole. */
export interface WholeFile {
  readonly bytes: number
  /** SHA-256 of the content, in hexadecimal. */
  readonly digest: string
}

/** What a look at a file has shown. */
export interface FileCheck {
  readonly state: FileState
  /** On disk; 0 where there is none. */
  readonly bytes: number
  /** What it is that is wrong; empty for a whole file. */
  readonly reason: string
}

/**
 * Compares a file on disk with what it has to be: `changed` when it is something else, `partial` when it is shorter, or was
 * never known to be whole. `quick` looks at its length only, else the content is read and its digest compared.
 */
export async function checkFile(
  path: string,
  expected: WholeFile | undefined,
  { quick, signal }: { readonly quick: boolean; readonly signal: AbortSignal },
): Promise<FileCheck> {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return { state: "missing", bytes: 0, reason: "is not there" }
  const bytes = stats.size
  if (!stats.isFile()) return { state: "changed", bytes: 0, reason: "is no file" }
  if (expected === undefined) return { state: "partial", bytes, reason: "was never noted as whole" }
  if (bytes !== expected.bytes) {
    const state = bytes < expected.bytes ? "partial" : "changed"
    return { state, bytes, reason: `has ${bytes} bytes and not ${expected.bytes}` }
  }
  if (!quick && (await digestOf(path, bytes, signal)) !== expected.digest) {
    return { state: "changed", bytes, reason: "has other content" }
  }
  return { state: "whole", bytes, reason: "" }
}

/** How many bytes the file at a path has; undefined where none is. */
export function lengthOnDisk(path: string): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats?.isFile() ? stats.size : undefined
}

async function digestOf(path: string, bytes: number, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256")
  // Several times as fast as a stream.
  if (bytes <= smallBytes) return hash.update(readFileSync(path)).digest("hex")
  for await (const chunk of createReadStream(path, { highWaterMark: smallBytes, signal })) hash.update(chunk)
  return hash.digest("hex")
}
