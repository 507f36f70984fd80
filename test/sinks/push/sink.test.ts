import { setTimeout as sleep } from "node:timers/promises"
import { describe, expect, test } from "vitest"
import type { RunEvent } from "../../../src/events.ts"
import { pipeline } from "../../../src/pipeline.ts"
import { type PushFile, pushTo } from "../../../src/sinks/index.ts"
import { contentOf, contentsOf, digestOf, folderWith, openEmpty, requestsFor } from "./embedded.ts"

/** A file of pieces that are made when they are asked for. */
function generated(name: string, pieces: number, pieceBytes = 1 << 16): PushFile {
  return {
    name,
    sizeBytes: pieces * pieceBytes,
    data: async function* () {
      for (let at = 0; at < pieces; at++) yield Buffer.alloc(pieceBytes, at)
    },
  }
}

describe("pushTo", () => {
  test("takes files, items of several slots and bytes that are made, from one stream", async () => {
    const { dataset, call } = await openEmpty()
    const folder = await folderWith(["a.png", "left/x.png", "right/x.png"])
    const files: PushFile[] = [
      { path: `${folder}/a.png`, folder: "/street/", name: "renamed.png" },
      {
        name: "pair",
        slots: [{ path: `${folder}/left/x.png`, slotName: "left" }, { path: `${folder}/right/x.png` }],
      },
      { name: "plain.mp4", sizeBytes: 3, data: () => [Buffer.from("abc")] },
      generated("large.mp4", 100),
    ]
    const report = await pipeline(files, pushTo(dataset))
    expect(report).toMatchObject({ items: { done: 4 }, files: 5, problems: [] })
    const large = Buffer.concat(Array.from({ length: 100 }, (_, at) => Buffer.alloc(1 << 16, at)))
    expect(await contentsOf({ call })).toEqual({
      "/street/renamed.png#0": digestOf(contentOf("a.png")),
      "/pair#left": digestOf(contentOf("left/x.png")),
      "/pair#1": digestOf(contentOf("right/x.png")),
      "/plain.mp4#0": digestOf(Buffer.from("abc")),
      "/large.mp4#0": digestOf(large),
    })
  })

  test("what cannot be sent stands in the report, and the others go on", async () => {
    const { dataset, call, requests } = await openEmpty()
    const folder = await folderWith(["a.png", "b.png"])
    const events: RunEvent[] = []
    const files: PushFile[] = [
      { path: `${folder}/none.png` },
      { path: folder },
      { path: `${folder}/a.png`, name: "a/b.png" },
      { path: `${folder}/a.png`, folder: "../x" },
      { sizeBytes: 1, data: () => [Buffer.from("x")] },
      { name: "none", slots: [] },
      {
        name: "twins",
        slots: [
          { path: `${folder}/a.png`, slotName: "x" },
          { path: `${folder}/b.png`, slotName: "x" },
        ],
      },
      { name: "part.mp4", sizeBytes: -1, data: () => [] },
      { name: "short.mp4", sizeBytes: 5, data: () => [Buffer.from("four")] },
      { name: "long.mp4", sizeBytes: 3, data: () => [Buffer.from("four")] },
      {
        name: "broken.mp4",
        sizeBytes: 3,
        data: async function* () {
          yield Buffer.from("a")
          throw new Error("the camera is gone")
        },
      },
      { path: `${folder}/b.png` },
    ]
    const report = await pipeline(files, pushTo(dataset), { onEvent: (event) => events.push(event) })
    expect(report.items).toEqual({ done: 1, present: 0, blocked: 0, failed: 11 })
    // They come as they are found, which is not the order of the files.
    const told = report.problems.map(
      ({ file, stage, reason }) => `${file.replace(folder, "")} ${stage} ${reason}`,
    )
    const wanted = [
      [" ", "register", "is not a file"],
      ["/a.png ", "register", "is not a folder of a dataset"],
      ["/none.png ", "register", "no such file"],
      ["a file without a name ", "register", "name: is needed"],
      ["a/b.png ", "register", "is not the name of an item"],
      ["broken.mp4 ", "upload", "the camera is gone"],
      ["long.mp4 ", "upload", "it gave more bytes in place of 3"],
      ["none ", "register", "slots: must name"],
      ["part.mp4 ", "register", "sizeBytes: must be"],
      ["short.mp4 ", "upload", "it gave 4 bytes in place of 5"],
      ["twins ", "register", "slotName: two slots"],
    ] as const
    expect(told).toHaveLength(wanted.length)
    for (const [at, text] of told.toSorted().entries()) {
      const [file = "", stage = "", reason = ""] = wanted[at] ?? []
      expect(text.startsWith(file + stage)).toBe(true)
      expect(text).toContain(reason)
    }
    expect(events.filter(({ type }) => type === "fail")).toHaveLength(11)
    expect(requestsFor(requests, "/sign")).toHaveLength(4)
    expect(await contentsOf({ call })).toEqual({
      "/b.png#0": digestOf(contentOf("b.png")),
      "/short.mp4": "uploading",
      "/long.mp4": "uploading",
      "/broken.mp4": "uploading",
    })
    // What broke off is taken up again, and its bytes may be others now.
    const again = await pipeline([generated("short.mp4", 1, 4), files[11] as PushFile], pushTo(dataset))
    expect(again.items).toEqual({ done: 1, present: 1, blocked: 0, failed: 0 })
  })

  test("registers as it goes, holds its source back, and no more files are open than asked for", async () => {
    const { dataset, requests } = await openEmpty()
    let given = 0
    let done = 0
    let open = 0
    let mostOpen = 0
    let mostAhead = 0
    const files = async function* (): AsyncGenerator<PushFile> {
      for (let at = 0; at < 2_200; at++) {
        given++
        mostAhead = Math.max(mostAhead, given - done)
        yield {
          name: `${at}.mp4`,
          sizeBytes: 1,
          data: async function* () {
            open++
            mostOpen = Math.max(mostOpen, open)
            await sleep(1)
            yield Buffer.from("x")
            open--
            done++
          },
        }
      }
    }
    const stop = new AbortController()
    const run = pipeline(files(), pushTo(dataset, { concurrency: 4 }), { signal: stop.signal })
    while (done < 150) await sleep(5)
    // Chunks of 50, 100 and 200 items, and the one of 400 that is being gathered.
    expect(given).toBeLessThanOrEqual(800)
    stop.abort(new Error("enough"))
    await expect(run).rejects.toThrow("enough")
    expect(mostOpen).toBeLessThanOrEqual(4)
    expect(mostAhead).toBeLessThanOrEqual(800)
    expect(requestsFor(requests, "register_upload").length).toBeLessThanOrEqual(4)
  })

  test("items that hold their bytes are registered before many of them are held", async () => {
    const { dataset } = await openEmpty()
    let given = 0
    let started = 0
    const files = async function* (): AsyncGenerator<PushFile> {
      for (let at = 0; at < 40; at++) {
        given++
        yield {
          name: `${at}.mp4`,
          sizeBytes: 1 << 24,
          data: () => {
            started++
            throw new Error(`after ${given}`)
          },
        }
      }
    }
    const report = await pipeline(files(), pushTo(dataset, { concurrency: 1 }))
    expect(report.problems[0]?.reason).toMatch(/^after (?:[1-9]|[12]\d)$/)
    expect([started, report.items.failed]).toEqual([40, 40])
  })

  test("an abort ends what is under way at once and leaves notes to go on by", async () => {
    const { dataset, call } = await openEmpty()
    const folder = await folderWith(["a.png"])
    const journal = `${folder}/notes`
    const stop = new AbortController()
    let closed = false
    const endless: PushFile = {
      name: "endless.mp4",
      sizeBytes: 2 ** 40,
      data: async function* () {
        try {
          for (let at = 0; ; at++) {
            if (at === 3) stop.abort(new Error("stopped"))
            yield Buffer.alloc(1 << 16)
          }
        } finally {
          closed = true
        }
      },
    }
    const files: PushFile[] = [endless, { path: `${folder}/a.png` }]
    await expect(
      pipeline(files, pushTo(dataset, { journal, concurrency: 1 }), { signal: stop.signal }),
    ).rejects.toThrow("stopped")
    while (!closed) await sleep(1)
    const report = await pipeline(
      [{ path: `${folder}/a.png` }, generated("endless.mp4", 1)],
      pushTo(dataset, { journal }),
    )
    expect(report.items).toMatchObject({ done: 2, failed: 0 })
    expect(Object.values(await contentsOf({ call }))).not.toContain("uploading")
  })

  test("the error of the source, and that of a listener, is that of the run", async () => {
    const { dataset } = await openEmpty()
    const failing = async function* (): AsyncGenerator<PushFile> {
      yield generated("a.mp4", 1)
      throw new Error("no more files")
    }
    await expect(pipeline(failing(), pushTo(dataset))).rejects.toThrow("no more files")
    for (const type of ["transfer", "file", "fail"]) {
      const onEvent = (event: RunEvent) => {
        if (event.type === type) throw new Error(`no ${type}`)
      }
      const files = [generated(`${type}.mp4`, 1), { path: "none.png" }]
      await expect(pipeline(files, pushTo(dataset), { onEvent })).rejects.toThrow(`no ${type}`)
    }
    expect(() => pushTo(dataset, { concurrency: 0 })).toThrow("concurrency")
  })
})
