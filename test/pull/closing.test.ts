import { once } from "node:events"
import { existsSync, readdirSync, readlinkSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { isError } from "../../src/errors.ts"
import { fromObservable, toObservable } from "../../src/rxjs.ts"
import type { PulledItem } from "../../src/sources/index.ts"
import { inContext, source } from "../../src/stream.ts"
import { halfway, type ReleaseServer } from "../servers/release-server.ts"
import { type OpenDataset, openDataset } from "./open.ts"
import { contentOf, releaseZip } from "./release-zip.ts"
import { namesIn } from "./tree.ts"

const count = 40
const concurrency = 4
const media = ({ requests }: ReleaseServer) => requests.filter(({ url }) => url.startsWith("/files/"))

/** A release of small pictures. */
async function openPictures(): Promise<OpenDataset> {
  const opened = await openDataset()
  const { server } = opened
  const items = Array.from({ length: count }, (_, at) => ({
    name: `${at}.png`,
    url: server.serve(`${at}.png`, contentOf(String(at), 2_000)),
  }))
  server.addRelease("v1", await releaseZip(items))
  return opened
}

/**
 * A release whose first picture comes whole, and whose others, small and large, stop half-way for as long as the other
 * side holds on. `stuck` resolves when as many are on their way as may be.
 */
async function openStuck(): Promise<OpenDataset & { readonly stuck: Promise<void> }> {
  const opened = await openDataset()
  const { server } = opened
  const never = new Promise<void>(() => {})
  let tell = () => {}
  const stuck = new Promise<void>((resolve) => {
    tell = resolve
  })
  const items = Array.from({ length: count }, (_, at) => {
    const bytes = contentOf(String(at), at % 2 === 0 ? 3_000 : 3_000_000)
    const half = halfway(bytes, never)
    const content: Parameters<ReleaseServer["serve"]>[1] =
      at === 0
        ? bytes
        : async (...call) => {
            if (server.underWay === concurrency) tell()
            await half(...call)
          }
    return { name: `${at}.png`, url: server.serve(`${at}.png`, content) }
  })
  server.addRelease("v1", await releaseZip(items))
  return { ...opened, stuck }
}

/**
 * What this process has open below a directory, but for the manifest, whose library closes it when its memory is freed;
 * nothing where the platform does not tell.
 */
function openFiles(directory: string): string[] {
  if (!existsSync("/proc/self/fd")) return []
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`)
      return path.startsWith(directory) && !path.includes(".darwin-streams") ? [path] : []
    } catch {
      // The one that lists them is gone by now.
      return []
    }
  })
}

/** Waits for a thing that is sure to come, without judging how long it takes. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2))
}

/** All is as if nobody had pulled beyond the first picture: no transfer, no partial file, nothing open. */
async function expectQuiet({ server, directory }: OpenDataset): Promise<void> {
  // The connections are broken before closing returns; that the server hears of it takes a turn.
  await until(() => server.underWay === 0)
  const names = namesIn(directory)
  expect(names.filter((name) => name.startsWith("images/"))).toEqual(["images/0.png"])
  expect(names.filter((name) => name.endsWith(".part"))).toEqual([])
  expect(openFiles(directory)).toEqual([])
  expect(server.brokenOff).toBe(concurrency)
  expect(media(server)).toHaveLength(1 + concurrency)
}

test("nothing is asked for before the first next()", async () => {
  const { server, dataset, directory } = await openPictures()
  const before = server.requests.length
  const items = dataset.pullStream()
  const iterator = items[Symbol.asyncIterator]()
  const same = dataset.pull({ blocking: false })
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(server.requests).toHaveLength(before)
  expect(existsSync(directory)).toBe(false)
  await iterator.next()
  expect(server.requests.length).toBeGreaterThan(before)
  await iterator.return?.()
  let done = 0
  for await (const item of same) if (item.state !== "failed") done++
  expect(done).toBe(count)
})

test("a slow consumer slows the downloads down", async () => {
  const { server, dataset } = await openPictures()
  let taken = 0
  for await (const _ of dataset.pullStream({ concurrency })) {
    taken++
    // Until all that may be under way is: then nothing more comes, however long this takes.
    await until(() => media(server).length >= Math.min(count, taken + concurrency - 1))
    await until(() => server.underWay === 0)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(media(server).length).toBeLessThanOrEqual(taken + concurrency)
  }
  expect(taken).toBe(count)
})

test("a consumer that waits stops the archive, too, at the socket", async () => {
  const { server, dataset } = await openDataset()
  const items = Array.from({ length: 3_000 }, (_, at) => ({
    name: `${at}.png`,
    annotations: [{ id: String(at), name: contentOf(String(at), 6_000).toString("hex"), tag: {} }],
  }))
  const zip = await releaseZip(items)
  let sent = 0
  let ended = false
  let broken = false
  server.addRelease("v1", async (_, response) => {
    response.writeHead(200, { "content-length": zip.length })
    const closed = once(response, "close").then(() => {
      broken = !response.writableFinished
    })
    for (; sent < zip.length && !response.destroyed; sent += 1 << 16) {
      if (!response.write(zip.subarray(sent, sent + (1 << 16)))) {
        await Promise.race([once(response, "drain"), closed])
      }
    }
    ended = true
    response.end()
  })
  const iterator = dataset.pullStream({ concurrency, onlyAnnotations: true })[Symbol.asyncIterator]()
  await iterator.next()
  // It comes to rest: what the sockets and the reader hold is full.
  for (let before = -1; before !== sent; ) {
    before = sent
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  expect(ended).toBe(false)
  expect(sent).toBeLessThan(zip.length / 2)
  await iterator.return?.()
  await until(() => broken)
})

test("concurrency bounds the transfers over all items and files together", async () => {
  const { server, dataset } = await openDataset()
  const items = Array.from({ length: 12 }, (_, at) => ({
    name: `${at}`,
    slots: [
      {
        slot_name: "0",
        type: "video" as const,
        source_files: [],
        frame_urls: Array.from({ length: 10 }, (_, frame) =>
          server.serve(`${at}/${frame}.png`, async (_, response) => {
            // Each waits until it is one of as many as may be, or the last ones.
            await until(() => server.underWay === concurrency || media(server).length > 120 - concurrency)
            response.end("frame")
          }),
        ),
      },
    ],
  }))
  server.addRelease("v1", await releaseZip(items))
  expect(await dataset.pull({ concurrency, videoFrames: true })).toMatchObject({
    items: { done: 12 },
    files: { fetched: 120 },
  })
  expect(server.mostUnderWay).toBe(concurrency)
})

test.each([0, -1, 1.5, Number.NaN])("a concurrency of %d is refused", async (concurrency) => {
  const { dataset, directory } = await openPictures()
  await expect(dataset.pull({ concurrency })).rejects.toMatchObject({ code: "option", option: "concurrency" })
  expect(existsSync(directory)).toBe(false)
})

describe("stopping in the middle of transfers", () => {
  test("by break", async () => {
    const opened = await openStuck()
    for await (const item of opened.dataset.pullStream({ concurrency })) {
      expect(item.state).toBe("done")
      await opened.stuck
      break
    }
    await expectQuiet(opened)
  })

  test("by an error in the loop, which is the one that is thrown", async () => {
    const opened = await openStuck()
    const own = new Error("enough")
    const loop = async () => {
      for await (const _ of opened.dataset.pullStream({ concurrency })) {
        await opened.stuck
        throw own
      }
    }
    await expect(loop()).rejects.toBe(own)
    await expectQuiet(opened)
  })

  test("by return() while a next() is pending", async () => {
    const opened = await openStuck()
    const iterator = opened.dataset.pullStream({ concurrency })[Symbol.asyncIterator]()
    await iterator.next()
    const pending = iterator.next()
    await opened.stuck
    await iterator.return?.()
    await expect(pending).resolves.toEqual({ done: true, value: undefined })
    await expectQuiet(opened)
  })

  test("by the signal of a stream, with its reason", async () => {
    const opened = await openStuck()
    const controller = new AbortController()
    const reason = new Error("the user has gone")
    const loop = async () => {
      for await (const _ of opened.dataset.pullStream({ concurrency, signal: controller.signal })) {
        opened.stuck.then(() => controller.abort(reason))
      }
    }
    await expect(loop()).rejects.toBe(reason)
    await expectQuiet(opened)
  })

  test("by the signal of pull(), with its reason", async () => {
    const opened = await openStuck()
    const controller = new AbortController()
    const reason = new Error("the user has gone")
    opened.stuck.then(() => controller.abort(reason))
    await expect(opened.dataset.pull({ concurrency, signal: controller.signal })).rejects.toBe(reason)
    await expectQuiet(opened)
  })

  test("by unsubscribing", async () => {
    const opened = await openStuck()
    let tell = () => {}
    const closed = new Promise<void>((resolve) => {
      tell = resolve
    })
    const stream = source(async function* (context) {
      try {
        yield* inContext(opened.dataset.pullStream({ concurrency }), context)
      } finally {
        tell()
      }
    })
    const items: PulledItem[] = []
    const subscription = toObservable(stream).subscribe({
      next: (item) => items.push(item),
      error: expect.unreachable,
      complete: () => expect.unreachable("it has completed"),
    })
    await opened.stuck
    await until(() => items.length === 1)
    subscription.unsubscribe()
    await closed
    await expectQuiet(opened)
  })

  test("by leaving a stream that came through an observable and back", async () => {
    const opened = await openPictures()
    const items = fromObservable(toObservable(opened.dataset.pullStream({ concurrency })), {
      capacity: count,
    })
    let taken = 0
    for await (const item of items) {
      expect(item.state).toBe("done")
      if (++taken === 3) break
    }
    await until(() => openFiles(opened.directory).length === 0)
    expect(namesIn(opened.directory).filter((name) => name.endsWith(".part"))).toEqual([])
  })

  test("and a pull afterwards ends right", async () => {
    const opened = await openStuck()
    const { server, dataset, directory } = opened
    for await (const _ of dataset.pullStream({ concurrency })) {
      await opened.stuck
      break
    }
    for (let at = 1; at < count; at++) server.serve(`${at}.png`, contentOf(String(at), 2_000))
    expect(await dataset.pull()).toMatchObject({
      items: { done: count - 1, skipped: 1, failed: 0 },
      files: { present: 1 },
    })
    expect(namesIn(directory).filter((name) => name.endsWith(".png"))).toHaveLength(count)
  })
})

test("a signal that has aborted before: nothing is asked for", async () => {
  const { server, dataset, directory } = await openPictures()
  const before = server.requests.length
  const signal = AbortSignal.abort()
  await expect(dataset.pull({ signal })).rejects.toBe(signal.reason)
  await expect(dataset.pullStream({ signal })[Symbol.asyncIterator]().next()).rejects.toBe(signal.reason)
  expect(server.requests).toHaveLength(before)
  expect(existsSync(directory)).toBe(false)
})

test("a listener that throws ends the pull with its error", async () => {
  const { dataset, directory } = await openPictures()
  const own = new Error("no more to be told")
  const onEvent = ({ type }: { readonly type: string }) => {
    if (type === "transfer") throw own
  }
  const error: unknown = await dataset.pull({ onEvent }).catch((reason) => reason)
  expect(isError(error)).toBe(false)
  expect(error).toBe(own)
  expect(openFiles(directory)).toEqual([])
})
