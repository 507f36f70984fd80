import { existsSync } from "node:fs"
import { mkdir, symlink } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import type { RunEvent } from "../../../src/events.ts"
import { openDatasetAt } from "../../pull/open.ts"
import { callerOf } from "../../server/support.ts"
import { contentOf, contentsOf, digestOf, folderWith, openEmpty, requestsFor } from "./embedded.ts"

const digests = (files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([item, file]) => [`${item}#0`, digestOf(contentOf(file))]))

describe("push", () => {
  test("brings files, directories and patterns, in order, each once", async () => {
    const { dataset, call, requests } = await openEmpty()
    const folder = await folderWith(["b.png", "a/c.png", "a/deep/d.JPG", "é.pdf", "notes.txt"])
    const more = await folderWith(["x.png", "y.txt", "in/z.png", "in/.hidden.png"])
    const events: RunEvent[] = []
    const report = await dataset.push([folder, `${more}/**/*.png`], {
      onEvent: (event) => events.push(event),
    })
    expect(report).toMatchObject({
      dataset: "acme/street",
      items: { done: 6, present: 0, blocked: 0, failed: 0 },
      files: 6,
      skipped: 1,
      problems: [{ kind: "skipped", file: join(folder, "notes.txt") }],
    })
    expect(await contentsOf({ call })).toEqual(
      digests({
        "/b.png": "b.png",
        "/c.png": "a/c.png",
        "/d.JPG": "a/deep/d.JPG",
        "/é.pdf": "é.pdf",
        "/x.png": "x.png",
        "/z.png": "in/z.png",
      }),
    )
    expect(requestsFor(requests, "register_upload")).toHaveLength(1)
    expect(events[0]).toEqual({ type: "start", task: "push" })
    expect(events.at(-1)).toEqual({ type: "end", task: "push" })
    expect(events.filter(({ type }) => type === "transfer")).toHaveLength(6)
    expect(events.filter(({ type }) => type === "file")).toHaveLength(6)
    // Nothing is open, so no notes are left.
    expect(existsSync(`${folder}.push-journal`)).toBe(false)
  })

  test("keeps folders where asked to, below a folder where one is named", async () => {
    const { dataset, call } = await openEmpty()
    const folder = await folderWith(["b.png", "a/b.png", "a/c/b.png"])
    const report = await dataset.push(folder, { preserveFolders: true, path: "street/" })
    expect(report.items.done).toBe(3)
    expect(await contentsOf({ call })).toEqual(
      digests({ "/street/b.png": "b.png", "/street/a/b.png": "a/b.png", "/street/a/c/b.png": "a/c/b.png" }),
    )
  })

  test("tells of two files that would be one item, and of none given twice", async () => {
    const { dataset, call } = await openEmpty()
    const folder = await folderWith(["a/x.png", "b/x.png", "y.png"])
    const report = await dataset.push([folder, `${folder}/y.png`])
    expect(report).toMatchObject({ items: { done: 2, failed: 1 } })
    expect(report.problems).toMatchObject([
      { kind: "failed", stage: "register", file: join(folder, "b/x.png"), item: "/x.png" },
    ])
    expect(report.problems[0]?.reason).toContain(join(folder, "a/x.png"))
    expect(await contentsOf({ call })).toEqual(digests({ "/x.png": "a/x.png", "/y.png": "y.png" }))
  })

  test("items that are there already are present, with and without a journal", async () => {
    const { dataset, requests } = await openEmpty()
    const folder = await folderWith(["a.png", "b.png"])
    await dataset.push(folder)
    for (const journal of [undefined, false] as const) {
      requests.length = 0
      const report = await dataset.push(folder, { journal })
      expect(report).toMatchObject({ items: { done: 0, present: 2, blocked: 0, failed: 0 }, problems: [] })
      expect(requestsFor(requests, "/sign")).toEqual([])
    }
  })

  test("an item that was deleted since is brought again, whatever the notes of a push that failed in part say", async () => {
    const { dataset } = await openEmpty()
    const [directory, other] = [await folderWith(["a.png", "b.png"]), await folderWith(["b.png"])]
    const files = [join(directory, "a.png"), join(directory, "b.png"), join(other, "b.png")]
    const push = async () => (await dataset.push(files, { journal: join(directory, "journal") })).items
    expect(await push()).toMatchObject({ done: 2, failed: 1 })
    await dataset.delete(["/a.png"])
    expect(await push()).toMatchObject({ done: 1, present: 1, failed: 1 })
    const names: string[] = []
    for await (const { name } of dataset.items()) names.push(name)
    expect(names.sort()).toEqual(["a.png", "b.png"])
  })

  test("walks a directory that is called like an image, and leaves out what is excluded", async () => {
    const { dataset, call } = await openEmpty()
    const folder = await folderWith(["album.png/a.png", "album.png/b.png", "c.png"])
    const report = await dataset.push(folder, { filesToExclude: [join(folder, "c.png")] })
    expect(report).toMatchObject({ items: { done: 2 }, skipped: 0 })
    expect(Object.keys(await contentsOf({ call }))).toEqual(["/a.png#0", "/b.png#0"])
  })

  test("does not follow links to directories, but takes linked files", async () => {
    const { dataset, call } = await openEmpty()
    const other = await folderWith(["far.png", "near.png"])
    const folder = await folderWith(["a.png"])
    await symlink(other, join(folder, "loop.png"))
    await symlink(join(other, "near.png"), join(folder, "near.png"))
    await dataset.push(folder)
    expect(Object.keys(await contentsOf({ call }))).toEqual(["/a.png#0", "/near.png#0"])
  })

  test("sends fps, frames and views along", async () => {
    const { dataset, call } = await openEmpty()
    const folder = await folderWith(["a.mp4"])
    await dataset.push(folder, { fps: 5, asFrames: true, extractViews: true })
    const { json } = await call("GET", "v2/teams/acme/items")
    expect(json.items[0].slots[0]).toMatchObject({ fps: 5, file_name: "a.mp4" })
  })

  test("refuses before anything is sent", async () => {
    const { dataset, requests } = await openEmpty()
    const folder = await folderWith(["a.png", "a.txt"])
    await mkdir(join(folder, "empty"))
    for (const [files, options, code] of [
      [[folder, join(folder, "a.txt")], {}, "path"],
      [[folder, join(folder, "none.png")], {}, "path"],
      [join(folder, "empty"), {}, "path"],
      [`${folder}/*.gif`, {}, "path"],
      [[], {}, "option"],
      [folder, { itemMergeMode: "slots", preserveFolders: true }, "option"],
      [folder, { itemMergeMode: "series", asFrames: true }, "option"],
      [folder, { itemMergeMode: "channels", extractViews: true }, "option"],
      [folder, { itemMergeMode: "heap" as "slots" }, "option"],
      [folder, { fps: 0 }, "option"],
      [folder, { concurrency: 0 }, "option"],
      [folder, { path: "/a/../b" }, "path"],
      [folder, { journal: "" }, "option"],
    ] as const) {
      await expect(dataset.push(files, options)).rejects.toMatchObject({ code })
    }
    expect(requests).toEqual([])
    expect(existsSync(`${folder}.push-journal`)).toBe(false)
  })

  test("goes without notes, and says so, where they cannot be written", async () => {
    const { dataset } = await openEmpty()
    const folder = await folderWith(["a.png"])
    await mkdir(`${folder}.push-journal`)
    const events: RunEvent[] = []
    const report = await dataset.push(folder, { onEvent: (event) => events.push(event) })
    expect(report.items.done).toBe(1)
    expect(events[0]).toMatchObject({ type: "warning", message: expect.stringContaining("push-journal") })
    await expect(dataset.push(folder, { journal: `${folder}.push-journal` })).rejects.toThrow()
  })

  test("an empty file is sent with its length", async () => {
    const { dataset, call, requests } = await openEmpty()
    const folder = await folderWith({ "empty.mp4": new Uint8Array() })
    expect((await dataset.push(folder)).items.done).toBe(1)
    expect(await contentsOf({ call })).toEqual({ "/empty.mp4#0": digestOf(new Uint8Array()) })
    const put = requests.find(({ method }) => method === "PUT")
    expect(put?.headers).toMatchObject({ "content-length": "0" })
    expect(put?.headers).not.toHaveProperty("transfer-encoding")
    expect(put?.headers).not.toHaveProperty("authorization")
  })

  test("calls of two teams carry their own keys, and uploads none", async () => {
    const { dataset, server, requests } = await openEmpty()
    const other = server.addTeam("Beta")
    await callerOf({ url: server.url, apiKey: other.apiKey })("POST", "datasets", {
      body: { name: "Street" },
    })
    const folder = await folderWith(["a.png"])
    const beta = await openDatasetAt({ url: server.url, apiKey: other.apiKey }, folder, "beta/street")
    requests.length = 0
    await Promise.all([dataset.push(folder, { journal: false }), beta.push(folder, { journal: false })])
    for (const { url, headers, method } of requests) {
      const key = url.includes("/teams/acme/") ? server.apiKey : other.apiKey
      expect([url, headers.authorization]).toEqual([url, method === "PUT" ? undefined : `ApiKey ${key}`])
    }
    expect(requests).toHaveLength(8)
  })
})
