import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { PNG } from "pngjs"
import { describe, expect, onTestFinished, test } from "vitest"
import { sendJson } from "../servers/recording-server.ts"
import { cutOff, type Served, startReleaseServer } from "../servers/release-server.ts"
import { openDataset } from "./open.ts"
import { contentOf, type ItemSketch, releaseZip } from "./release-zip.ts"
import { digestOf, treeOf } from "./tree.ts"

const images = (directory: string) =>
  Object.fromEntries(Object.entries(treeOf(directory)).filter(([name]) => name.startsWith("images/")))
const series = (url: string, path = "/"): ItemSketch => ({
  name: "knee.dcm",
  path,
  slots: [{ slot_name: "0", type: "dicom", source_files: [{ file_name: "k.dcm", url }] }],
})
const slice = (at: number) => contentOf(`slice ${at}`, 400)

describe("an address that gives a list of addresses", () => {
  async function openList(path = "/") {
    const opened = await openDataset()
    const { server } = opened
    const foreign = await startReleaseServer()
    onTestFinished(() => foreign.close())
    const urls = [
      `${foreign.serve("s/1.dcm", slice(1))}?X-Amz-Signature=abc`,
      server.serve("s/2.dcm", slice(2)),
      foreign.serve("t/1.dcm", slice(3)),
    ]
    const list = { urls }
    const url = server.serve("list", (_, response) => sendJson(response, list))
    server.addRelease(
      "v1",
      await releaseZip([series(url, path), { name: "a.png", url: server.serve("a", "a") }]),
    )
    return { ...opened, foreign, list }
  }
  const expected = {
    "images/a.png": digestOf("a"),
    "images/knee/1.dcm": digestOf(slice(1)),
    "images/knee/1_2.dcm": digestOf(slice(3)),
    "images/knee/2.dcm": digestOf(slice(2)),
  }

  test("is followed: the files stand in a folder of the item's name, and the key goes to none of them", async () => {
    const { server, foreign, dataset, directory } = await openList()
    const report = await dataset.pull()
    expect(report).toMatchObject({ items: { done: 2 }, files: { fetched: 4 }, bytes: 1_201, problems: [] })
    expect(images(directory)).toEqual(expected)
    expect(foreign.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined])
    const keyAt = (path: string) => server.requests.find(({ url }) => url === path)?.headers.authorization
    expect(keyAt("/files/list")).toMatch(/^ApiKey /)
    expect(keyAt("/files/s/2.dcm")).toBeUndefined()
  })

  test("is not asked again while its files are whole, and once when one is gone", async () => {
    const { server, foreign, dataset, directory } = await openList()
    await dataset.pull()
    const asked = () =>
      [...server.requests, ...foreign.requests].filter(({ url }) => url.startsWith("/files/")).length
    const before = asked()
    expect(await dataset.pull()).toMatchObject({ items: { skipped: 2 }, files: { present: 4, fetched: 0 } })
    expect(asked()).toBe(before)
    rmSync(join(directory, "images/knee/2.dcm"))
    expect(await dataset.pull()).toMatchObject({ items: { skipped: 1 }, files: { present: 3, fetched: 1 } })
    expect(asked()).toBe(before + 2)
    expect(images(directory)).toEqual(expected)
    expect(await dataset.pull({ forceReplace: true })).toMatchObject({ files: { present: 0, fetched: 4 } })
  })

  test.each(["a whole pull", "annotations alone", "a list that cannot be had", "a list of one file less"])(
    "its files are not taken for extra after %s",
    async (what) => {
      const { server, dataset, directory, list } = await openList()
      await dataset.pull({ removeExtra: true })
      if (what === "a list that cannot be had") {
        rmSync(join(directory, "images/knee/2.dcm"))
        server.serve("list", (_, response) => sendJson(response, {}, 500))
      }
      const after: Record<string, string> = { ...expected }
      if (what === "a list that cannot be had") delete after["images/knee/2.dcm"]
      if (what === "a list of one file less") list.urls.pop()
      await dataset.pull({
        removeExtra: true,
        onlyAnnotations: what === "annotations alone",
        forceReplace: what === "a list of one file less",
      })
      expect(images(directory)).toEqual(after)
      if (what !== "a list of one file less") return
      // This one needed it still by what was known when it began; the next one does not.
      await dataset.pull({ removeExtra: true })
      delete after["images/knee/1_2.dcm"]
      expect(images(directory)).toEqual(after)
    },
  )

  test("and gives a file later is that file", async () => {
    const { server, dataset, directory } = await openList("/deep")
    await dataset.pull()
    server.serve("list", slice(9))
    await dataset.pull({ forceReplace: true })
    await dataset.pull({ removeExtra: true })
    expect(images(directory)).toEqual({
      "images/a.png": digestOf("a"),
      "images/deep/knee.dcm": digestOf(slice(9)),
    })
  })

  test.each([
    ["an error with status 200", { error: "no such file" }, /JSON, neither a file nor a list/],
    ["an empty list", { urls: [] }, /an empty list/],
    [
      "what is no address",
      { urls: ["https://h/a.dcm", "/etc/passwd"] },
      /"\/etc\/passwd", which is no address/,
    ],
    ["a file of this disk", { urls: ["file:///etc/passwd"] }, /which is no address/],
    ["what is no text", { urls: [7] }, /a list with 7, which is no address/],
    ["an address without a name", { urls: ["https://h/a/"] }, /would leave its directory/],
  ])("gives %s: the item fails, and nothing stands there", async (_, reply, message) => {
    const { server, dataset, directory } = await openDataset()
    const url = server.serve("list", (_, response) => sendJson(response, reply))
    server.addRelease("v1", await releaseZip([series(url), { name: "a.png", url: server.serve("a", "a") }]))
    const report = await dataset.pull()
    expect(report).toMatchObject({ items: { done: 1, failed: 1 } })
    expect(report.problems).toMatchObject([{ kind: "failed", reason: expect.stringMatching(message) }])
    expect(images(directory)).toEqual({ "images/a.png": digestOf("a") })
  })

  test("gives a list in a list: the item fails", async () => {
    const { server, dataset } = await openDataset()
    const url = server.serve("list", (_, response) =>
      sendJson(response, { urls: [`${server.url}/files/list`] }),
    )
    server.addRelease("v1", await releaseZip([series(url)]))
    const { problems } = await dataset.pull()
    expect(problems).toMatchObject([{ reason: expect.stringContaining("gave a list again") }])
  })
})

describe("frames of packed 16-bit grey", () => {
  const values = [0, 1, 257, 258, 32_768, 40_000, 65_535, 65_278]
  const packed = (colorType: 2 | 6 = 2) => {
    const png = new PNG({ width: 4, height: 2 })
    for (const [at, value] of values.entries()) png.data.set([value >> 8, value & 255, 9, 255], 4 * at)
    return PNG.sync.write(png, { colorType })
  }
  // The whole part of the value in 255 steps, as the reference rounds.
  const grey = [0, 0, 0, 1, 127, 155, 254, 253]

  async function openFrames(frames: readonly Served[]) {
    const opened = await openDataset()
    const { server } = opened
    const slot = {
      slot_name: "0",
      type: "dicom",
      source_files: [{ file_name: "k.dcm", url: server.serve("k.dcm", packed()) }],
      frame_urls: frames.map((frame, at) => server.serve(`frames/${at}`, frame)),
      metadata: { colorspace: "RG16" },
    } as const
    server.addRelease("v1", await releaseZip([{ name: "knee.dcm", slots: [slot] }]))
    return opened
  }
  const read = (directory: string, at: number) => readFileSync(join(directory, `images/knee/000000${at}.png`))

  test("become 8-bit grey; what is grey already, and the volume itself, stay as they are", async () => {
    const single = PNG.sync.write(new PNG({ width: 3, height: 1 }), { colorType: 0 })
    const { dataset, directory } = await openFrames([packed(), packed(6), single])
    const report = await dataset.pull({ videoFrames: true })
    expect(report).toMatchObject({ files: { fetched: 3 }, problems: [] })
    for (const at of [0, 1]) {
      const bytes = read(directory, at)
      // Eight bits a sample, one sample a pixel.
      expect([...bytes.subarray(24, 26)]).toEqual([8, 0])
      const { width, height, data } = PNG.sync.read(bytes)
      expect([width, height]).toEqual([4, 2])
      expect(values.map((_, pixel) => data[4 * pixel])).toEqual(grey)
    }
    expect(read(directory, 2)).toEqual(single)

    expect(await dataset.pull({ videoFrames: true })).toMatchObject({ files: { present: 3, fetched: 0 } })
    await dataset.pull()
    expect(readFileSync(join(directory, "images/knee.dcm"))).toEqual(packed())
  })

  test("that are none fail, and nothing stands there", async () => {
    const huge = Buffer.from(packed())
    huge.writeUInt32BE(1 << 20, 16)
    huge.writeUInt32BE(1 << 20, 20)
    const damaged = Buffer.from(packed())
    damaged.writeUInt8((damaged[45] as number) ^ 255, 45)
    for (const [frame, reason] of [
      ["no picture", "this is not a PNG picture"],
      [damaged, "this is not a PNG picture: "],
      [huge, "the picture has more than 67108864 pixels"],
      [cutOff(packed(), 40), "GET "],
    ] as const) {
      const { dataset, directory } = await openFrames([frame])
      const report = await dataset.pull({ videoFrames: true })
      expect(report).toMatchObject({ items: { failed: 1 } })
      expect(report.problems).toMatchObject([{ reason: expect.stringContaining(reason) }])
      expect(images(directory)).toEqual({})
    }
  })
})

test("a source file without an address is told, and the others come", async () => {
  const { server, dataset, directory } = await openDataset()
  const slots = [
    { slot_name: "b", source_files: [{ file_name: "b.png", url: server.serve("b", "b") }] },
    { slot_name: "a", source_files: [{ file_name: "a.png", url: null }, { file_name: "c.png" }] },
  ]
  server.addRelease("v1", await releaseZip([{ name: "i", slots }]))
  const report = await dataset.pull()
  expect(report).toMatchObject({ items: { done: 1 }, files: { fetched: 1 }, invalid: 2 })
  const reason = "it has no address to fetch it from"
  expect(report.problems).toEqual([
    { kind: "invalid", file: "v1.zip/0.json", reason: `item.slots[1].source_files[0]: ${reason}` },
    { kind: "invalid", file: "v1.zip/0.json", reason: `item.slots[1].source_files[1]: ${reason}` },
  ])
  expect(images(directory)).toEqual({ "images/i/b/b.png": digestOf("b") })
  expect(await dataset.pull({ onlyAnnotations: true })).toMatchObject({ invalid: 0 })
})
