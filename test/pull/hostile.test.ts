import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import { Client } from "../../src/client/index.ts"
import type { RunEvent } from "../../src/events.ts"
import { handArchive } from "../parse/zip-archives.ts"
import { sendJson, startRecordingServer } from "../servers/recording-server.ts"
import { apiKey } from "../servers/release-server.ts"
import { tempDirectory } from "../storage/temp-directory.ts"
import { openDataset } from "./open.ts"
import { box, documentOf, type ItemSketch, releaseZip } from "./release-zip.ts"
import { namesIn } from "./tree.ts"

describe("names that would leave the dataset, or that no file system takes", () => {
  const names: readonly (readonly [what: Partial<ItemSketch>, reason: string])[] = [
    [{ name: "..", path: "/" }, "would leave its directory"],
    [{ name: "a.png", path: "/../../out" }, "would leave its directory"],
    [{ name: "a.png", path: "../../../out" }, "would leave its directory"],
    [{ name: "a\0.png" }, "holds a NUL character"],
    [{ name: "a.png", path: "/b\0c" }, "holds a NUL character"],
    [{ name: "C:a.png" }, "begins with a drive letter"],
    [{ name: "a.png", path: "/C:/Windows" }, "begins with a drive letter"],
    [{ name: "CON.png" }, "is the name of a device on Windows"],
    [{ name: "a.png", path: "/aux" }, "is the name of a device on Windows"],
  ]

  test.each(names)("%j is a failed item, and the others come", async (sketch, reason) => {
    const { server, dataset, directory, datasetsDirectory } = await openDataset()
    const url = server.serve("a.png", "image")
    const good = { name: "good.png", url }
    const bad = { name: "bad.png", url, ...sketch }
    server.addRelease("v1", await releaseZip([bad, good]))
    const events: RunEvent[] = []
    const report = await dataset.pull({ onEvent: (event) => events.push(event) })

    expect(report.items).toEqual({ done: 1, skipped: 0, failed: 1, filtered: 0 })
    expect(report.problems).toEqual([
      { kind: "failed", file: "v1.zip/0.json", reason: expect.stringContaining(reason) },
    ])
    expect(events.filter((event) => event.type === "fail")).toMatchObject([
      { file: "v1.zip/0.json", error: { code: "path" } },
    ])
    expect(namesIn(directory).filter((name) => name.startsWith("images/"))).toEqual(["images/good.png"])
    expect(readdirSync(datasetsDirectory)).toEqual(["acme"])
    expect(readdirSync(join(datasetsDirectory, "acme"))).toEqual(["street"])
  })

  test("names with folders in them become plain names", async () => {
    const { server, dataset, directory } = await openDataset()
    const url = server.serve("a.png", "image")
    const slot = { slot_name: "../../slot", source_files: ["../../../s.png", "/etc/t.png"] }
    const sources = slot.source_files.map((file_name) => ({ file_name, url }))
    server.addRelease(
      "v1",
      await releaseZip([
        { name: "../../../up.png", url },
        { name: "/etc/passwd.png", url },
        { name: "..\\up.png", path: "\\\\host\\share", url },
        { name: "slots", slots: [{ ...slot, source_files: sources }] },
      ]),
    )
    expect((await dataset.pull()).problems).toEqual([])
    expect(namesIn(directory).filter((name) => !name.startsWith("releases/v1/lists"))).toEqual([
      "images/.._.._.._up.png",
      "images/__host_share/.._up.png",
      "images/_etc_passwd.png",
      "images/slots/.._.._slot/.._.._.._s.png",
      "images/slots/.._.._slot/_etc_t.png",
      "releases/latest",
      "releases/v1/annotations/.._.._.._up.json",
      "releases/v1/annotations/.._up.json",
      "releases/v1/annotations/_etc_passwd.json",
      "releases/v1/annotations/slots.json",
    ])
  })

  test.each(["..", ".", "C:x", "nul", "a\0b", "latest", "LATEST"])(
    "a release named %j is refused",
    async (name) => {
      const { server, dataset, datasetsDirectory } = await openDataset()
      server.addRelease(name, await releaseZip([]))
      const release = (await dataset.getReleases())[0]
      await expect(dataset.pull(release === undefined ? {} : { release })).rejects.toMatchObject({
        code: "path",
      })
      expect(readdirSync(datasetsDirectory)).toEqual([])
    },
  )

  test("a release named with folders gets one folder", async () => {
    const { server, dataset, directory } = await openDataset()
    server.addRelease("../../v1", await releaseZip([{ name: "a.png", url: server.serve("a.png", "image") }]))
    expect((await dataset.pull()).items.done).toBe(1)
    expect(readdirSync(join(directory, "releases")).sort()).toEqual([".._.._v1", "latest"])
    expect(existsSync(join(directory, "releases/latest/annotations/a.json"))).toBe(true)
  })

  test("a dataset or team named with folders does not leave the directory of datasets", async () => {
    const zip = await releaseZip([{ name: "a.png" }])
    const service = await startRecordingServer((request, response) => {
      if (request.url === "/archive.zip") return void response.end(zip)
      if (request.url.endsWith("token_info")) return sendJson(response, { selected_team: { slug: "acme" } })
      if (request.url.endsWith("/datasets")) {
        return sendJson(response, [{ id: 1, name: "x", slug: "../../out" }])
      }
      const inserted_at = "2026-01-01T00:00:00Z"
      const download_url = new URL("/archive.zip", `http://${request.headers.host}`)
      sendJson(response, [
        { name: "v1", version: 1, status: "complete", inserted_at, download_url, format: "darwin_json_2" },
      ])
    })
    onTestFinished(() => service.close())
    const datasetsDirectory = join(await tempDirectory(), "deep/er/datasets")
    const client = await Client.fromApiKey(apiKey, { baseUrl: service.url, datasetsDirectory })
    onTestFinished(() => client.close())
    const [dataset] = await client.listRemoteDatasets()
    expect((await dataset?.pull())?.directory).toBe(join(datasetsDirectory, "acme/.._.._out"))
    expect(namesIn(datasetsDirectory)).toContain("acme/.._.._out/releases/v1/annotations/a.json")
  })

  test("entries of the archive are never paths on disk", async () => {
    const { server, dataset, directory, datasetsDirectory } = await openDataset()
    const text = (name: string) => documentOf({ name })
    server.addRelease(
      "v1",
      handArchive(
        ["../../../../up.json", "/etc/x.json", "C:\\y.json", "a\0b.json", "plain.json"].map((name, at) => ({
          name,
          data: Buffer.from(text(`${at}.png`)),
        })),
      ),
    )
    expect((await dataset.pull({ onlyAnnotations: true })).items.done).toBe(5)
    const names = ["0.json", "1.json", "2.json", "3.json", "4.json"]
    expect(namesIn(join(directory, "releases/v1/annotations"))).toEqual(names)
    expect(readdirSync(datasetsDirectory)).toEqual(["acme"])

    // In the form of the Python SDK only plain names can be shown; the others are told.
    let seen: string[] = []
    const report = await dataset.pull({
      onlyAnnotations: true,
      subsetFilterDirectory: (path) => {
        seen = namesIn(path)
      },
    })
    expect(seen).toEqual(["plain.json"])
    expect(report).toMatchObject({ items: { done: 1 }, invalid: 4 })
    expect(report.problems.map(({ file }) => file)).toEqual([
      "v1.zip/../../../../up.json",
      "v1.zip//etc/x.json",
      "v1.zip/C:/y.json",
      "v1.zip/a\0b.json",
    ])
  })
})

describe("what fails alone", () => {
  test("a picture that is not there: its item fails, the others come, and the report says so", async () => {
    const { server, dataset, directory } = await openDataset()
    const items = ["a", "b", "c"].map((name) => ({
      name: `${name}.png`,
      url: name === "b" ? `${server.url}/files/gone.png` : server.serve(`${name}.png`, name),
      annotations: [box(name)],
    }))
    server.addRelease("v1", await releaseZip(items))
    const events: RunEvent[] = []
    const report = await dataset.pull({ onEvent: (event) => events.push(event) })
    expect(report).toMatchObject({
      items: { done: 2, skipped: 0, failed: 1, filtered: 0 },
      files: { fetched: 2 },
      bytes: 2,
      problems: [{ kind: "failed", file: "v1.zip/1.json", reason: expect.stringMatching(/gone\.png: 404/) }],
    })
    expect(events.filter((event) => event.type === "fail")).toHaveLength(1)
    expect(namesIn(directory).filter((name) => name.startsWith("images/"))).toEqual([
      "images/a.png",
      "images/c.png",
    ])
    // Fetched the next time, and it alone.
    server.serve("gone.png", "b")
    expect(await dataset.pull()).toMatchObject({ items: { done: 1, skipped: 2, failed: 0 } })
  })

  test("one of several files of an item: the others are brought and counted", async () => {
    const { server, dataset, directory } = await openDataset()
    const source_files = ["1.png", "2.png", "3.png"].map((file_name) => ({
      file_name,
      url: file_name === "1.png" ? `${server.url}/files/gone` : server.serve(file_name, "image"),
    }))
    server.addRelease("v1", await releaseZip([{ name: "i", slots: [{ slot_name: "0", source_files }] }]))
    expect(await dataset.pull()).toMatchObject({
      items: { done: 0, failed: 1 },
      files: { fetched: 2 },
      bytes: 10,
    })
    expect(namesIn(join(directory, "images"))).toEqual(["i/0/2.png", "i/0/3.png"])
  })

  test("an annotation file that is no JSON, and an annotation that breaks the rules, are told and counted", async () => {
    const { server, dataset, directory } = await openDataset()
    const good = {
      name: "a.png",
      annotations: [box("car"), { id: "1", name: "bad", bounding_box: { x: 1 } }],
    }
    server.addRelease(
      "v1",
      await releaseZip([good], {
        "broken.json": '{"item": {"name": "b.png"}, "annotations": [}',
        "other.json": '{"nothing": "of ours"}',
        "readme.txt": "not read",
        "__MACOSX/a.json": "not read",
      }),
    )
    const report = await dataset.pull()
    expect(report).toMatchObject({ items: { done: 1, failed: 0 }, annotations: 1, invalid: 3 })
    expect(report.problems.map(({ kind, file }) => [kind, file])).toEqual([
      ["invalid", "v1.zip/0.json"],
      ["invalid", "v1.zip/broken.json"],
      ["invalid", "v1.zip/other.json"],
    ])
    expect(report.problems[0]?.reason).toContain("annotations[1]")
    expect(namesIn(join(directory, "releases/v1/annotations"))).toEqual(["a.json"])
  })
})
