import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { expect, test } from "vitest"
import { startCommand } from "../cli/command.ts"
import { ranges } from "../servers/range-answers.ts"
import { tempDirectory } from "../storage/temp-directory.ts"
import { openDataset } from "./open.ts"
import { contentOf, releaseZip } from "./release-zip.ts"
import { digestOf, treeOf } from "./tree.ts"

const kilobyte = 1 << 10
const chunkBytes = 256 * kilobyte

const files = Array.from({ length: 4 }, (_, at) => ({
  name: `${at}.png`,
  content: contentOf(`film ${at}`, 4_000 * kilobyte + at * 1_234),
}))

const byNumber = (a: number, b: number) => a - b

async function openPull() {
  const opened = await openDataset()
  const { server, directory, datasetsDirectory } = opened
  /** How far the server goes before it holds the connection without a word; undefined for the end. */
  let reach: number | undefined
  let seen = 0
  const items = files.map(({ name, content }) => ({
    name,
    url: server.serve(name, (request, response, count) => {
      const first = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0)
      if (reach === undefined) return ranges(content)(request, response, count)
      response.writeHead(first === 0 ? 200 : 206, {
        etag: '"one"',
        "content-length": content.length - first,
        ...(first > 0 && { "content-range": `bytes ${first}-${content.length - 1}/${content.length}` }),
      })
      response.write(content.subarray(first, reach))
    }),
  }))
  server.addRelease("v1", await releaseZip(items))
  const home = await tempDirectory()
  const env = { DARWIN_BASE_URL: server.url, DARWIN_API_KEY: server.apiKey }
  const parts = join(directory, ".darwin-streams", "parts")
  return {
    ...opened,
    start: () =>
      startCommand(["pull", "acme/street:v1", "--datasets-dir", datasetsDirectory, "--json"], { home, env }),
    hold: (at: number | undefined) => {
      reach = at
    },
    /** Where each file was asked for from, since the last time this was asked. */
    starts: () => {
      const asked = server.requests.filter(({ url }) => url.startsWith("/files/")).slice(seen)
      seen += asked.length
      return asked
        .map(({ headers }) => Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0))
        .sort(byNumber)
    },
    /** What the disk holds of each file that is not whole. */
    held: () =>
      (existsSync(parts) ? readdirSync(parts) : [])
        .map((entry) => statSync(join(parts, entry, "content"), { throwIfNoEntry: false })?.size ?? 0)
        .sort(byNumber),
  }
}

test("a kill costs at most one chunk of each open file, and what is on disk is not asked for again", async () => {
  const { directory, start, hold, starts, held } = await openPull()
  let [kills, mostAgain] = [0, 0]
  let before: readonly number[] = files.map(() => 0)
  for (let reach = 700 * kilobyte; reach < 3_900 * kilobyte; reach += 700 * kilobyte) {
    hold(reach)
    const { child, ended } = start()
    // All that the server sends has come; what is not on disk yet is what the kill takes.
    while (held().length < files.length || held().some((bytes) => bytes <= reach - chunkBytes)) await sleep(5)
    child.kill("SIGKILL")
    expect((await ended).code).toBeNull()
    kills++
    expect(starts()).toEqual(before)
    before = held()
    for (const bytes of before) mostAgain = Math.max(mostAgain, reach - bytes)
  }
  hold(undefined)
  expect((await start().ended).code).toBe(0)
  expect(starts()).toEqual(before)
  expect(held()).toEqual([])
  const tree = treeOf(directory)
  for (const { name, content } of files) expect(tree[`images/${name}`]).toBe(digestOf(content))
  expect(Object.keys(tree).filter((name) => name.startsWith("images/"))).toHaveLength(files.length)
  console.log(
    `${kills} kills with ${files.length} open files: at most ${mostAgain} bytes of a file came twice`,
  )
  expect(mostAgain).toBeLessThan(chunkBytes)
})

test("an interrupt leaves what has come for the next pull", async () => {
  const { directory, start, hold, starts, held } = await openPull()
  hold(1_000 * kilobyte)
  const { child, ended } = start()
  while (held().length < files.length || held().some((bytes) => bytes <= 700 * kilobyte)) await sleep(5)
  child.kill("SIGINT")
  expect((await ended).code).toBe(130)
  // What had come but was still to be written is written before it ends.
  expect(held()).toEqual(files.map(() => 1_000 * kilobyte))
  expect(Object.keys(treeOf(directory)).filter((name) => name.startsWith("images/"))).toEqual([])
  starts()
  hold(undefined)
  expect((await start().ended).code).toBe(0)
  expect(starts()).toEqual(files.map(() => 1_000 * kilobyte))
})

test("what no release needs any more is removed by the pull that ends well", async () => {
  const opened = await openPull()
  opened.hold(1_000 * kilobyte)
  const { child, ended } = opened.start()
  while (opened.held().length < files.length) await sleep(5)
  child.kill("SIGKILL")
  await ended
  const url = opened.server.serve("only.png", "only")
  opened.server.addRelease("v1", await releaseZip([{ name: "only.png", url }]))
  expect(opened.held()).toHaveLength(files.length)
  await opened.dataset.pull({ release: "v1" })
  expect(opened.held()).toEqual([])
})
