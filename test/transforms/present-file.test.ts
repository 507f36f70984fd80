import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { openManifest } from "../../src/storage/manifest/manifest.ts"
import { distrustFormer } from "../../src/transforms/present-file.ts"
import { tempDirectory } from "../storage/temp-directory.ts"

test("the note of a file is gone, for all processes, before one from elsewhere takes its place", async () => {
  const path = join(await tempDirectory(), "manifest.db")
  const manifest = openManifest(path)
  const other = openManifest(path)
  onTestFinished(() => {
    manifest.close()
    other.close()
  })
  const name = manifest.claim("images/a.png", "owner")
  manifest.record(name, { source: "one", bytes: 5, digest: "d" })
  distrustFormer(name, "one", { manifest })
  distrustFormer("images/b.png", "two", { manifest })
  expect(manifest.known(name)).toMatchObject({ source: "one", bytes: 5 })
  distrustFormer(name, "two", { manifest })
  // As another process sees it, and as whoever comes after a kill.
  expect(other.known(name)?.bytes).toBe(-1)
  // What is to be replaced whatever it is.
  manifest.record(name, { source: "two", bytes: 5, digest: "d" })
  distrustFormer(name, undefined, { manifest })
  expect(manifest.known(name)?.bytes).toBe(-1)
})
