import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { contentsOf, type EmptyDataset, folderWith, openEmpty } from "../sinks/push/embedded.ts"
import { makeDirectory, runCommand } from "./command.ts"

/** Runs `push` against a server, and gives how it ended. */
async function push({ server }: EmptyDataset, ...args: readonly string[]) {
  const env = { DARWIN_BASE_URL: server.url, DARWIN_API_KEY: server.apiKey }
  return runCommand(["push", "acme/street", ...args], { home: await makeDirectory(), env })
}

describe("push", () => {
  test("pushes and tells it, in words and as JSON", async () => {
    const opened = await openEmpty()
    const folder = await folderWith(["a.png", "b/c.png", "d.mp4"])
    const first = await push(
      opened,
      join(folder, "a.png"),
      join(folder, "d.mp4"),
      "--fps",
      "5",
      "--path",
      "/street",
    )
    expect(first).toMatchObject({ code: 0, stderr: "" })
    expect(first.stdout).toMatch(
      /^pushed into acme\/street\n {2}items {2}2 pushed\n {2}files {2}2 sent \(\d+ B\)\n$/,
    )
    const second = await push(opened, folder, "--preserve-folders", "--path", "street", "--json")
    const types = second.messages().map(({ type }) => type)
    expect(types.toSorted()).toEqual(["end", "file", "file", "file", "report", "start", "transfer"])
    expect(second.last()).toMatchObject({
      command: "push",
      dataset: "acme/street",
      items: { done: 1, present: 2, blocked: 0, failed: 0 },
    })
    expect(Object.keys(await contentsOf(opened))).toEqual([
      "/street/a.png#0",
      "/street/d.mp4#0",
      "/street/b/c.png#0",
    ])
  })

  test("its exit code tells of failures, and under --strict of what was left out", async () => {
    const opened = await openEmpty()
    const folder = await folderWith(["a.png", "b.txt", "in/a.png"])
    const failed = await push(opened, folder, "--json", "--no-journal")
    expect(failed.code).toBe(1)
    expect(failed.last()).toMatchObject({ items: { done: 1, failed: 1 }, skipped: 1 })
    const kept = await push(opened, folder, "--preserve-folders")
    expect(kept).toMatchObject({ code: 0, stderr: expect.stringContaining("b.txt: is not a kind of file") })
    expect((await push(opened, folder, "--preserve-folders", "--strict")).code).toBe(3)
    const excluding = ["--exclude", join(folder, "b.txt"), "--exclude", join(folder, "in/a.png")]
    expect((await push(opened, folder, "--strict", ...excluding)).code).toBe(0)
  })

  test("merges the files of directories, and keeps its notes where it is told to", async () => {
    const opened = await openEmpty()
    const folder = await folderWith(["x/1.png", "x/2.png"])
    const journal = join(folder, "notes")
    await mkdir(join(folder, "y"))
    await writeFile(join(folder, "y/1.png"), "")
    const merged = await push(
      opened,
      `${folder}/*`,
      "--item-merge-mode",
      "slots",
      "--journal",
      journal,
      "--json",
    )
    expect(merged.code).toBe(0)
    expect(merged.last()).toMatchObject({ items: { done: 2 }, files: 3 })
  })

  test("wrong use", async () => {
    const opened = await openEmpty()
    const folder = await folderWith(["a.txt"])
    for (const [args, code] of [
      [[folder, "--fps", "fast"], 2],
      [[folder, "--item-merge-mode", "heap"], 2],
      [[], 2],
      [[join(folder, "a.txt")], 1],
      [[folder], 1],
      [[folder, "--item-merge-mode", "series", "--as-frames"], 2],
    ] as const) {
      expect([args, (await push(opened, ...args)).code]).toEqual([args, code])
    }
    expect(opened.requests.filter(({ url }) => url.includes("/items"))).toEqual([])
  })
})
