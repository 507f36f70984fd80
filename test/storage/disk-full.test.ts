import { execFileSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { openDatasetAt } from "../pull/open.ts"
import { contentOf, releaseZip } from "../pull/release-zip.ts"
import { ranges } from "../servers/range-answers.ts"
import { startReleaseServer } from "../servers/release-server.ts"
import { tempDirectory } from "./temp-directory.ts"

/** A file system of its own, where this process may make one. */
function mountSmall(directory: string, options: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", directory], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

async function openOn(options: string) {
  const server = await startReleaseServer()
  onTestFinished(() => server.close())
  const directory = await tempDirectory()
  if (!mountSmall(directory, options)) return undefined
  onTestFinished(() => void execFileSync("umount", ["--lazy", directory]))
  return { server, directory, dataset: await openDatasetAt(server, directory, "acme/street") }
}

test("a full disk ends the pull with an error that names the file, and the next one goes on", async ({
  skip,
}) => {
  const opened = await openOn("size=8m")
  if (opened === undefined) return skip("this process may not mount a file system")
  const { server, directory, dataset } = opened
  const names = Array.from({ length: 40 }, (_, at) => `${at}.png`)
  const content = (name: string) => contentOf(name, Number.parseInt(name, 10) % 8 === 3 ? 1_300_000 : 20_000)
  const items = names.map((name) => ({ name, url: server.serve(name, ranges(content(name))) }))
  server.addRelease("v1", await releaseZip(items))
  const ballast = join(directory, "ballast")
  writeFileSync(ballast, Buffer.alloc(4 << 20))

  await expect(dataset.pull({ concurrency: 4 })).rejects.toMatchObject({
    code: "transfer",
    rule: "the disk is full",
    path: expect.stringContaining(join(directory, "acme/street")),
  })
  const images = join(directory, "acme/street/images")
  for (const name of readdirSync(images))
    expect(readFileSync(join(images, name)).equals(content(name))).toBe(true)
  expect(readdirSync(images).length).toBeLessThan(names.length)

  execFileSync("mount", ["-o", "remount,size=64m", directory])
  expect((await dataset.pull()).items).toMatchObject({ failed: 0 })
  for (const name of names) expect(readFileSync(join(images, name)).equals(content(name))).toBe(true)
  expect(server.requests.some(({ headers }) => headers.range !== undefined)).toBe(true)
})

test("a read-only file system below images/ ends the pull with an error that says so", async ({ skip }) => {
  const opened = await openOn("size=8m")
  if (opened === undefined) return skip("this process may not mount a file system")
  const { server, directory, dataset } = opened
  server.addRelease("v1", await releaseZip([{ name: "a.png", url: server.serve("a.png", "a") }]))
  const images = join(directory, "acme/street/images")
  mkdirSync(images, { recursive: true })
  mountSmall(images, "size=1m,ro")
  onTestFinished(() => void execFileSync("umount", ["--lazy", images]))
  await expect(dataset.pull()).rejects.toMatchObject({
    code: "transfer",
    path: join(images, "a.png"),
    rule: "the file system is read-only",
  })
})
