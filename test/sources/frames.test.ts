import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { PNG } from "pngjs"
import { lastValueFrom, take, toArray } from "rxjs"
import { describe, expect, onTestFinished, test } from "vitest"
import type { RunEvent } from "../../src/events.ts"
import { createHttp, type Http } from "../../src/http/index.ts"
import type { Item, Slot } from "../../src/model/annotation-file.ts"
import { toObservable } from "../../src/rxjs.ts"
import { type FrameData, frames } from "../../src/sources/index.ts"
import { inContext } from "../../src/stream.ts"
import { all, outcome, turns } from "../contracts/probe.ts"
import { halfway, type ReleaseServer, startReleaseServer } from "../servers/release-server.ts"
import { tempDirectory } from "../storage/temp-directory.ts"
import {
  describeWithFfmpeg,
  fakeFfmpeg,
  height,
  numberOf,
  serveLongVideo,
  tsSegment,
  watchedFfmpeg,
  width,
} from "../video/clips.ts"

async function open(): Promise<{ readonly server: ReleaseServer; readonly http: Http }> {
  const server = await startReleaseServer()
  const http = createHttp({ initialRetryDelayMs: 1, maxAttempts: 3 })
  onTestFinished(async () => {
    await http.close()
    await server.close()
  })
  return { server, http }
}

const asked = (server: ReleaseServer) => server.requests.map(({ url }) => url.replace("/files/", ""))
const picture = (side: number) => PNG.sync.write(new PNG({ width: side, height: 4 }))

function shortVideo(server: ReleaseServer, count: number, more: Partial<Slot> = {}): Item {
  const frame_urls = Array.from({ length: count }, (_, at) => server.serve(`sections/${at}`, picture(at + 1)))
  return {
    name: "walk.mp4",
    path: "/",
    slots: [{ slot_name: "0", type: "video", fps: 2, frame_urls, ...more }],
  }
}

describe("frames that have addresses", () => {
  test("come in their order, with their place and size", async () => {
    const { server, http } = await open()
    const given = await all(frames(shortVideo(server, 5), { http }))
    expect(given.map(({ data, ...frame }) => frame)).toEqual(
      [0, 1, 2, 3, 4].map((index) => ({ index, timestamp: index / 2, width: index + 1, height: 4 })),
    )
    expect(given.map(({ data }) => Buffer.from(data))).toEqual([1, 2, 3, 4, 5].map(picture))
  })

  test("are not fetched further ahead than was asked for", async () => {
    const { server, http } = await open()
    const iterator = frames(shortVideo(server, 9), { http, concurrency: 2 })[Symbol.asyncIterator]()
    expect(server.requests).toEqual([])
    await iterator.next()
    await turns()
    expect(server.requests.length).toBeLessThanOrEqual(3)
    await iterator.return?.()
  })

  test("without a rate have no timestamp; what is no picture is refused", async () => {
    const { server, http } = await open()
    const item = shortVideo(server, 2, { fps: null })
    server.serve("sections/1", "<html>")
    const given: FrameData[] = []
    const reading = (async () => {
      for await (const frame of frames(item, { http, concurrency: 1 })) given.push(frame)
    })()
    await expect(reading).rejects.toMatchObject({
      code: "format",
      file: expect.stringContaining("/sections/1"),
    })
    expect(given.map(({ timestamp }) => timestamp)).toEqual([undefined])
  })

  test("need no ffmpeg", async () => {
    const { server, http } = await open()
    expect(await all(frames(shortVideo(server, 2), { http, ffmpeg: "/nowhere/ffmpeg" }))).toHaveLength(2)
  })
})

describe("the slot", () => {
  test("is the first one with frames, or the one that is named", async () => {
    const { server, http } = await open()
    const [long] = shortVideo(server, 3).slots ?? []
    const still = { slot_name: "still", type: "image", source_files: [] } as const
    const other = {
      slot_name: "other",
      type: "dicom",
      frame_urls: long?.frame_urls?.slice(0, 1) ?? [],
    } as const
    const item: Item = { name: "both", path: "/", slots: [still, long as Slot, other] }
    expect(await all(frames(item, { http }))).toHaveLength(3)
    expect(await all(frames(item, { http, slot: "other" }))).toHaveLength(1)
    expect(() => frames(item, { http, slot: "third" })).toThrow(expect.objectContaining({ code: "option" }))
    expect(() => frames(item, { http, slot: "still" })).toThrow(
      expect.objectContaining({ code: "unsupported" }),
    )
    expect(() => frames({ name: "none", path: "/" }, { http })).toThrow(
      expect.objectContaining({ code: "unsupported" }),
    )
  })
})

describeWithFfmpeg("frames of a long video, decoded by the real ffmpeg", () => {
  test("are the visible ones, numbered over all manifests", async () => {
    const { server, http } = await open()
    const item = serveLongVideo(server, {
      frameCounts: [10, 4, 12, 7],
      // None of the second segment.
      isVisible: (number) => number % 3 === 0 && (number < 10 || number > 13),
      segmentsPerManifest: 3,
    })
    const events: RunEvent[] = []
    const context = { onEvent: (event: RunEvent) => events.push(event) }
    const given = await all(inContext(frames(item, { http }), context))
    const visible = [0, 3, 6, 9, 15, 18, 21, 24, 27, 30]
    expect(given.map(({ data }) => numberOf(data))).toEqual(visible)
    expect(given.map(({ data, ...frame }) => frame)).toEqual(
      visible.map((number, index) => ({ index, timestamp: number / 25, width, height })),
    )
    expect(asked(server)).not.toContain("long.mp4/segments/1")
    expect(events).toEqual([])
  })

  test("go to a directory, each in one step", async () => {
    const { server, http } = await open()
    const directory = join(await tempDirectory(), "clip")
    const item = serveLongVideo(server, { frameCounts: [3, 2] })
    const names = ["0000000.png", "0000001.png", "0000002.png", "0000003.png", "0000004.png"]
    for (let run = 0; run < 2; run++) {
      const given = await all(frames(item, { http, directory }))
      expect(given.map(({ path }) => path)).toEqual(names.map((name) => join(directory, name)))
      expect(given[0]).toEqual({
        index: 0,
        timestamp: 0,
        width,
        height,
        path: join(directory, "0000000.png"),
      })
      expect(readdirSync(directory).sort()).toEqual(names)
      expect(given.map(({ path }) => numberOf(readFileSync(path)))).toEqual([0, 1, 2, 3, 4])
    }
  })

  test("slow consumers hold ffmpeg and the transfers, and leaving ends both", async () => {
    const { server, http } = await open()
    const { program, running } = await watchedFfmpeg()
    const item = serveLongVideo(server, { frameCounts: [8, 8, 8, 8] })
    const iterator = frames(item, { http, ffmpeg: program })[Symbol.asyncIterator]()
    const first = await iterator.next()
    expect(first.done).toBe(false)
    await turns(200)
    // The one that is read, and the one after it.
    expect(asked(server).filter((url) => url.includes("segments")).length).toBeLessThanOrEqual(2)
    await iterator.return?.()
    expect(running()).toEqual([])
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  test("an abort ends ffmpeg while a segment is still coming", async () => {
    const { server, http } = await open()
    const { program, running } = await watchedFfmpeg()
    const item = serveLongVideo(server, { frameCounts: [30] })
    server.serve("long.mp4/segments/0", halfway(tsSegment([0, 1, 2, 3]), new Promise(() => {})))
    const abort = new AbortController()
    const reading = all(inContext(frames(item, { http, ffmpeg: program }), { signal: abort.signal }))
    while (running().length === 0) await turns(1)
    abort.abort(new Error("enough"))
    await expect(reading).rejects.toThrow("enough")
    expect(running()).toEqual([])
  })

  test("are an observable", async () => {
    const { server, http } = await open()
    const { program, running } = await watchedFfmpeg()
    const item = serveLongVideo(server, { frameCounts: [6, 6] })
    const seen = await lastValueFrom(
      toObservable(frames(item, { http, ffmpeg: program })).pipe(take(7), toArray()),
    )
    expect(seen.map(({ data }) => numberOf(data))).toEqual([0, 1, 2, 3, 4, 5, 6])
    while (running().length > 0) await turns(1)
  })

  test("a segment that breaks off is fetched again, and no frame is given twice", async () => {
    const { server, http } = await open()
    const item = serveLongVideo(server, { frameCounts: [20] })
    const whole = tsSegment(Array.from({ length: 20 }, (_, at) => at))
    server.serve("long.mp4/segments/0", (_, response, count) => {
      response.writeHead(200, { "content-length": whole.length })
      if (count > 0) response.end(whole)
      else response.write(whole.subarray(0, whole.length >> 1), () => response.destroy())
    })
    const retries: RunEvent[] = []
    const onEvent = (event: RunEvent) => retries.push(event)
    const given = await all(inContext(frames(item, { http }), { onEvent }))
    expect(given.map(({ data }) => numberOf(data))).toEqual(Array.from({ length: 20 }, (_, at) => at))
    expect(retries.map(({ type }) => type)).toEqual(["retry"])
  })

  test("a segment with fewer frames than its manifest names is told", async () => {
    const { server, http } = await open()
    const item = serveLongVideo(server, { frameCounts: [5, 3] })
    server.serve("long.mp4/segments/0", tsSegment([0, 1, 2]))
    await expect(all(frames(item, { http }))).rejects.toMatchObject({
      code: "format",
      file: expect.stringContaining("/segments/0"),
      place: "frame 3",
    })
  })

  test("what ffmpeg cannot read is told with its last words", async () => {
    const { server, http } = await open()
    const item = serveLongVideo(server, { frameCounts: [5] })
    server.serve("long.mp4/segments/0", "this is no video")
    await expect(all(frames(item, { http }))).rejects.toMatchObject({
      code: "program",
      message: expect.stringContaining("could not find codec parameters"),
      exitCode: expect.any(Number),
    })
  })

  test("a playlist in place of a segment opens nothing", async () => {
    const { server, http } = await open()
    const item = serveLongVideo(server, { frameCounts: [5] })
    const secret = server.serve("secret.ts", tsSegment([0, 1, 2, 3, 4]))
    server.serve(
      "long.mp4/segments/0",
      `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.2,\n${secret}\n#EXT-X-ENDLIST\n`,
    )
    await expect(all(frames(item, { http }))).rejects.toMatchObject({ code: "program" })
    expect(asked(server)).not.toContain("secret.ts")
  })

  test("manifests that break the rules are told by line", async () => {
    const { server, http } = await open()
    const item = serveLongVideo(server, { frameCounts: [2] })
    for (const [text, place] of [
      ["0:0:1:0.0\n1:0:yes:0.04\n", "line 2"],
      ["0:0:1:0.0\n0:1:1:0.04\n", "segment 1"],
      ["1:0:1:0.0\n0:0:1:0.04\n", "segment 0"],
    ] as const) {
      server.serve("long.mp4/frame_manifests/0", text)
      await expect(all(frames(item, { http }))).rejects.toMatchObject({
        code: "format",
        file: expect.stringContaining("/frame_manifests/0"),
        place,
      })
    }
  })

  test("other numbers of frames and segments than announced are told as warnings", async () => {
    const { server, http } = await open()
    const item = serveLongVideo(server, { frameCounts: [2, 2] })
    server.serve("long.mp4/frame_manifests/0", "0:0:1:0.0\r\n1:0:1:0.04\r\n")
    const warnings: string[] = []
    const onEvent = (event: RunEvent) => event.type === "warning" && warnings.push(event.message)
    expect(await all(inContext(frames(item, { http }), { onEvent }))).toHaveLength(2)
    expect(warnings).toEqual([
      "long.mp4: 2 segments are listed, and the manifests name 1",
      "long.mp4: 4 frames are announced, and the manifests have 2",
    ])
  })
})

describe("ffmpeg", () => {
  const long = (server: ReleaseServer): Item => {
    const segments = [{ url: server.serve("segment", "bytes"), duration: 1 }]
    const frame_manifests = [{ url: server.serve("manifest", "0:0:1:0.0\n") }]
    return {
      name: "long.mp4",
      path: "/",
      slots: [{ slot_name: "0", type: "video", segments, frame_manifests }],
    }
  }

  test("that is missing is told with how to get it, before anything is fetched", async () => {
    const { server, http } = await open()
    const ended = await outcome(all(frames(long(server), { http, ffmpeg: "/nowhere/ffmpeg" })))
    expect(ended).toMatchObject({ error: { code: "program", program: "/nowhere/ffmpeg" } })
    expect(String((ended as { error: Error }).error.message)).toMatch(/was not found.*apt-get install ffmpeg/)
    expect(server.requests).toEqual([])
  })

  test("that fails is told with its exit code and its last words", async () => {
    const { server, http } = await open()
    const ffmpeg = await fakeFfmpeg("echo first >&2; echo no more memory >&2; exit 3")
    await expect(all(frames(long(server), { http, ffmpeg }))).rejects.toMatchObject({
      code: "program",
      exitCode: 3,
      message: expect.stringMatching(/could not decode .*\/files\/segment: first\nno more memory$/),
    })
  })

  test("that gives no pictures, or half of one, is told", async () => {
    const { server, http } = await open()
    for (const [script, words] of [
      ["echo bytes", "there is no PNG file where one has to begin"],
      [`printf '\\211PNG\\r\\n\\032\\n\\0\\0'`, "the stream ends inside a PNG file"],
    ] as const) {
      const ffmpeg = await fakeFfmpeg(script)
      await expect(all(frames(long(server), { http, ffmpeg }))).rejects.toMatchObject({
        code: "program",
        message: expect.stringContaining(words),
      })
    }
  })
})
