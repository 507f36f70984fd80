import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"

/** A directory that is gone when the test is over. */
export async function tempDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "darwin-streams-test-"))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}
