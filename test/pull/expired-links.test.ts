import { join } from "node:path"
import { describe, expect, test } from "vitest"
import type { RunEvent } from "../../src/events.ts"
import { ranges } from "../servers/range-answers.ts"
import { type OpenDataset, openDataset } from "./open.ts"
import { contentOf, releaseZip } from "./release-zip.ts"
import { digestOf, treeOf } from "./tree.ts"

const count = 60
const names = Array.from({ length: count }, (_, at) => `${at}.png`)
const contents = (name: string) => contentOf(name, name === "3.png" ? 2_000_000 : 700)
const whole = Object.fromEntries(names.map((name) => [`images/${name}`, digestOf(contents(name))]))

/** A dataset whose links hold for a time: each reading of the archive gives new ones where `fresh` says so. */
async function openExpiring(fresh = true) {
  const opened = await openDataset()
  const { server, directory } = opened
  let [accepted, served] = [0, 0]
  const refused: string[] = []
  for (const name of names) {
    server.serve(name, (request, response, asked) => {
      const token = new URL(request.url, server.url).searchParams.get("token")
      if (token !== String(accepted)) {
        refused.push(name)
        response.writeHead(403).end("Request has expired")
        return
      }
      served++
      return ranges(contents(name))(request, response, asked)
    })
  }
  server.addRelease("v1", async (_, response) => {
    const token = fresh ? accepted : 0
    const url = (name: string) => `${server.url}/files/${name}?token=${token}`
    response.end(await releaseZip(names.map((name) => ({ name, url: url(name) }))))
  })
  const asked = (what: RegExp) => server.requests.filter(({ url }) => what.test(url)).length
  return {
    ...opened,
    refused,
    expire: () => {
      accepted++
    },
    /** A listener that lets the links run out when so many files have come. */
    expireAt: (...moments: number[]) => {
      return ({ type }: RunEvent) => {
        if (type !== "transfer" || served < (moments[0] ?? count)) return
        moments.shift()
        accepted++
      }
    },
    archives: () => asked(/^\/archives\//),
    lists: () => asked(/\/exports$/),
    pictures: () =>
      Object.fromEntries(Object.entries(treeOf(directory)).filter(([name]) => name.startsWith("images/"))),
  }
}

describe("links of files that run out in the middle", () => {
  test("the release is asked for again, once for all that wait, and the run goes on", async () => {
    const opened = await openExpiring()
    const expireAt = opened.expireAt(20, 40)
    const events: RunEvent[] = []
    const report = await opened.dataset.pull({
      concurrency: 8,
      onEvent: (event) => {
        events.push(event)
        expireAt(event)
      },
    })
    expect(report.items).toEqual({ done: count, skipped: 0, failed: 0, filtered: 0 })
    expect(opened.pictures()).toEqual(whole)
    expect([opened.lists(), opened.archives()]).toEqual([3, 3])
    // Those under way were refused, and a look at whether a link still opens; the ones behind them had new links at once.
    expect(opened.refused.length).toBeLessThanOrEqual(2 * (8 + 1))
    const warnings = events.flatMap((event) => (event.type === "warning" ? [event.message] : []))
    expect(warnings).toEqual(Array(2).fill("links of v1.zip have run out: it is asked for again"))
    // A second pull has nothing to do, although the links are others by now.
    opened.expire()
    expect((await opened.dataset.pull()).files).toMatchObject({ fetched: 0, present: count })
  })

  test("a file that breaks off goes on with its new link", async () => {
    const opened = await openExpiring()
    const { server } = opened
    const large = contents("3.png")
    const asked: (string | undefined)[] = []
    server.serve("3.png", (request, response, times) => {
      asked.push(request.headers.range)
      if (request.url.endsWith("=0") && asked.length > 1) return void response.writeHead(401).end()
      ranges(large, { cut: () => (asked.length === 1 ? 1_500_000 : undefined) })(request, response, times)
      if (asked.length === 1) opened.expire()
    })
    expect((await opened.dataset.pull({ concurrency: 4 })).items).toMatchObject({ done: count, failed: 0 })
    expect(asked).toEqual([
      undefined,
      expect.stringMatching(/^bytes=\d{6,}-$/),
      expect.stringMatching(/^bytes=\d{6,}-$/),
    ])
    expect(opened.pictures()).toEqual(whole)
  })

  test("where the archive holds the old ones still, the files fail, and it is not asked for again for each", async () => {
    const opened = await openExpiring(false)
    const report = await opened.dataset.pull({
      concurrency: 4,
      onEvent: opened.expireAt(20),
    })
    expect(report.items.done).toBeGreaterThanOrEqual(20)
    expect(report.items.done + report.items.failed).toBe(count)
    expect(report.problems[0]?.reason).toContain("403 Request has expired")
    expect(opened.archives()).toBe(2)
    expect(opened.lists()).toBe(2)
  })

  test("a file that is forbidden while the others open is no reason to ask for the release", async () => {
    const opened = await openExpiring()
    for (const name of ["30.png", "40.png", "50.png"]) {
      opened.server.serve(name, (_, response) => void response.writeHead(403).end("not yours"))
    }
    const report = await opened.dataset.pull({ concurrency: 4 })
    expect(report.items).toMatchObject({ done: count - 3, failed: 3 })
    expect(opened.archives()).toBe(1)
  })

  test("a subset that is made by a function on a directory goes on as well", async () => {
    const opened = await openExpiring()
    const report = await opened.dataset.pull({
      concurrency: 4,
      subsetFilterDirectory: () => {},
      onEvent: opened.expireAt(20),
    })
    expect(report.items).toMatchObject({ done: count, failed: 0 })
    expect(opened.archives()).toBe(2)
  })
})

describe("the archive", () => {
  const zipOf = ({ server }: OpenDataset) =>
    releaseZip(
      names.map((name) => ({
        name,
        url: server.serve(name, contents(name)),
        annotations: [{ id: name, name: contentOf(name, 2_000).toString("hex"), tag: {} }],
      })),
    )

  test("goes on where it broke off", async () => {
    const opened = await openDataset()
    const zip = await zipOf(opened)
    opened.server.addRelease("v1", ranges(zip, { cut: () => zip.length / 7 }))
    const events: RunEvent[] = []
    const report = await opened.dataset.pull({ onEvent: (event) => events.push(event) })
    expect(report.items).toMatchObject({ done: count, failed: 0 })
    const progress = events.flatMap((event) => (event.type === "progress" ? [event.bytes] : []))
    expect(progress.at(-1)).toBe(zip.length)
    expect(events.filter(({ type }) => type === "retry").length).toBeGreaterThan(5)
  })

  test("goes on with a new link when its own has run out in the middle, or before", async () => {
    const opened = await openDataset()
    const { server, dataset, directory } = opened
    const zip = await zipOf(opened)
    let [answers, token] = [0, 0]
    const archive = server.serve("v1.zip", (request, response, times) => {
      if (!request.url.endsWith(`=${token}`)) return void response.writeHead(403).end("expired")
      answers++
      ranges(zip, { cut: () => (answers === 1 ? zip.length >> 1 : undefined) })(request, response, times)
      if (answers === 1) token++
    })
    server.addRelease("v1", new URL(`${archive}?token=0`))
    const release = await dataset.getRelease()
    const first = dataset.pull({
      onEvent: ({ type }) => {
        if (type === "retry") server.addRelease("v1", new URL(`${archive}?token=1`))
      },
    })
    expect((await first).items).toMatchObject({ done: count, failed: 0 })
    expect(Object.keys(treeOf(join(directory, "images")))).toHaveLength(count)
    // A release that was looked up when its link was good still.
    expect((await dataset.pull({ release })).items).toMatchObject({ skipped: count, failed: 0 })
  })

  test("that is another one by then ends the run with an error, and the next run is right", async () => {
    const opened = await openDataset()
    const zip = await zipOf(opened)
    opened.server.addRelease("v1", (request, response, times) =>
      times === 0
        ? ranges(zip, { cut: () => zip.length >> 1 })(request, response, times)
        : ranges(zip, { headers: { etag: '"two"' } })(request, response, times),
    )
    await expect(opened.dataset.pull()).rejects.toMatchObject({ code: "protocol" })
    expect((await opened.dataset.pull()).items).toMatchObject({ failed: 0 })
  })

  test("that comes packed is unpacked", async () => {
    const { gzipSync } = await import("node:zlib")
    const opened = await openDataset()
    const packed = gzipSync(await zipOf(opened))
    opened.server.addRelease(
      "v1",
      (_, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(packed),
    )
    expect((await opened.dataset.pull()).items).toMatchObject({ done: count })
  })
})
