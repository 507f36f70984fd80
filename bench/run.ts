import { spawn } from "node:child_process"
import { mkdtemp, rm, stat } from "node:fs/promises"
import { availableParallelism, cpus, tmpdir } from "node:os"
import { join } from "node:path"
import { formatIds, loadFormat } from "darwin-streams/formats"
import { type Measured, measure, median } from "./child.ts"
import { tagsText, writeCoco, writeDarwinFiles, writeReleaseZip } from "./gen.ts"
import { aria2c, curl, type Rival } from "./rivals.ts"
import { startDarwinServer, startSlowProxy, startStaticServer } from "./servers.ts"

// npm run bench [-- formats | masks | large | memory | download | latency | first | import | kills | folder | rerun]: all of them without
// an argument. Variants of one comparison run in turn, round by round, each in a fresh process; the medians count. Everything
// happens below the directory for temporary files (TMPDIR).

const rounds = 5
const directory = await mkdtemp(join(tmpdir(), "darwin-streams-bench-"))
const at = (name: string) => join(directory, name)
// A new place for each run, removed at the very end: file systems make files slowly where many have just been removed.
let places = 0
const fresh = () => at(`output-${places++}`)

const benches = {
  /** Reading and JSON.parse of the same files is the floor. */
  formats: async () => {
    const count = 5_000
    const loaded = await Promise.all(formatIds.map((id) => loadFormat(id)))
    const written = loaded.filter(
      ({ id, write }) => write !== undefined && !id.endsWith("_mask") && !/mask_/.test(id),
    )
    await writeDarwinFiles(at("input"), count)
    await writeDarwinFiles(at("tags"), count, tagsText)
    for (const input of ["input", "tags"]) {
      const ids = written
        .filter(({ id }) => id.startsWith("csvtags") === (input === "tags"))
        .map(({ id }) => id)
      const runs: Record<string, Measured[]> = {}
      const add = (id: string, measured: Measured) => {
        runs[id] = [...(runs[id] ?? []), measured]
      }
      for (let round = 0; round < rounds; round++) {
        add("floor", await measure("floor", at(input)))
        for (const id of ids) add(id, await measure("convert", id, fresh(), at(input)))
      }
      const floor = median(runs.floor ?? [])
      print(`Converting ${count} files of 20 ${input === "tags" ? "tags" : "annotations"}, one process`, [
        "",
        "ms",
        "of the floor",
        "peak MB",
      ])
      for (const [name, measured] of Object.entries(runs)) {
        const { ms, maxRssMb } = median(measured)
        const what = name === "floor" ? "reading and JSON.parse (floor)" : name
        row(what, ms, `${(ms / floor.ms).toFixed(2)}x`, maxRssMb)
      }
    }
  },

  masks: async () => {
    await writeDarwinFiles(at("masks-500"), 500)
    await writeDarwinFiles(at("masks-2000"), 2_000)
    print("Drawing masks of 1280 x 720, 10 polygons each", [
      "",
      "ms",
      "ms a megapixel",
      "peak MB",
      "2 jobs: ms",
      "ratio",
      "peak MB",
    ])
    for (const id of ["instance_mask", "semantic_mask", "semantic_mask_grey", "semantic_mask_index"]) {
      const count = id === "instance_mask" ? 500 : 2_000
      const [one, two]: [Measured[], Measured[]] = [[], []]
      for (let round = 0; round < 3; round++) {
        one.push(await measure("draw", id, fresh(), 1, at(`masks-${count}`)))
        two.push(await measure("draw", id, fresh(), 2, at(`masks-${count}`)))
      }
      const [alone, both] = [median(one), median(two)]
      // An instance has a picture of its own.
      const megapixels = (count * (id === "instance_mask" ? 10 : 1) * 1280 * 720) / 1e6
      row(
        `${id}, ${count} files`,
        alone.ms,
        (alone.ms / megapixels).toFixed(2),
        alone.maxRssMb,
        both.ms,
        `${(alone.ms / both.ms).toFixed(2)}x`,
        both.maxRssMb,
      )
    }
  },

  large: async () => {
    await writeCoco(at("large.json"), 32_000)
    const { size } = await stat(at("large.json"))
    const megabytes = size / 1e6
    const runs: Record<string, Measured[]> = { "JSON.parse of the whole": [], "element by element": [] }
    for (let round = 0; round < 3; round++) {
      runs["JSON.parse of the whole"]?.push(await measure("parseWhole", at("large.json")))
      runs["element by element"]?.push(await measure("readCoco", at("large.json"), directory))
    }
    print(`Reading a COCO file of ${Math.round(megabytes)} MB`, ["", "ms", "MB/s", "peak MB"])
    for (const [name, measured] of Object.entries(runs)) {
      const { ms, maxRssMb } = median(measured)
      row(name, ms, (megabytes / ms) * 1000, maxRssMb)
    }
  },

  memory: async () => {
    print("Peak memory by size of the set", ["", "10,000 files: MB", "200,000 files: MB", "ratio"])
    await writeDarwinFiles(at("small"), 10_000)
    await writeDarwinFiles(at("large"), 200_000)
    for (const format of ["coco", "pascalvoc"]) {
      const small = await measure("convert", format, fresh(), at("small"))
      const large = await measure("convert", format, fresh(), at("large"))
      row(format, small.maxRssMb, large.maxRssMb, `${(large.maxRssMb / small.maxRssMb).toFixed(2)}x`)
    }
  },

  download: async () => {
    for (const [count, bytes, concurrency] of [
      [5_000, 20_000, 16],
      [50, 20_000_000, 16],
    ] as const) {
      const isSmall = bytes < 1 << 20
      const server = await startStaticServer(bytes)
      const rivals: Record<string, Rival> = { "curl --parallel": curl, aria2c }
      const tasks: Record<string, readonly [task: string, how: string]> = {
        ours: ["download", ""],
        "ours, durable": ["download", "durable"],
        ...(isSmall && { "undici, digest, file and rename alone": ["bare", ""] as const }),
      }
      const times: Record<string, (number | undefined)[]> = {}
      const add = (name: string, ms: number | undefined) => {
        times[name] = [...(times[name] ?? []), ms]
      }
      const details: Record<string, Measured[]> = {}
      // Large files are removed at once: there is not always room for all of them.
      const tidy = (place: string) => (isSmall ? undefined : rm(place, { recursive: true, force: true }))
      for (let round = 0; round < rounds; round++) {
        for (const [name, rival] of Object.entries(rivals)) {
          const place = fresh()
          add(name, await rival(server.url, count, concurrency, place))
          await tidy(place)
        }
        for (const [name, [task, how]] of Object.entries(tasks)) {
          const place = fresh()
          const measured = await measure(task, server.url, count, concurrency, place, how)
          await tidy(place)
          details[name] = [...(details[name] ?? []), measured]
          add(name, measured.ms)
        }
      }
      await server.close()
      const columns = ["", "ms", "files/s", "MB/s", "speed of curl", "processor ms", "peak MB"]
      print(`${count} files of ${bytes} bytes, ${concurrency} at a time`, columns)
      const theirs = middle(times["curl --parallel"] ?? [])
      for (const [name, values] of Object.entries(times)) {
        const ms = middle(values)
        const own = details[name]
        if (ms === undefined) row(name, "not installed", "", "", "", "", "")
        else {
          const rates = [(count / ms) * 1_000, (count * bytes) / ms / 1_000]
          const share = theirs === undefined ? "" : `${(theirs / ms).toFixed(2)}x`
          row(name, ms, ...rates, share, own ? median(own).cpuMs : "", own ? median(own).maxRssMb : "")
        }
      }
    }
  },

  /** Far away: a connection can bring one small file with each way there and back, and no more than the line lets through. */
  latency: async () => {
    const [delayMs, connections, lineBytesPerSecond] = [30, 16, 50_000_000]
    const columns = ["", "ms", "MB/s", "the limit: ms", "of the limit"]
    print(`${delayMs} ms each way, ${connections} connections, ${lineBytesPerSecond / 1e6} MB/s`, columns)
    for (const [count, bytes] of [
      [2_000, 20_000],
      [40, 20_000_000],
    ] as const) {
      const server = await startStaticServer(bytes)
      const proxy = await startSlowProxy(server.url, delayMs, lineBytesPerSecond)
      const waysMs = Math.ceil(count / connections) * 2 * delayMs
      const lineMs = (count * bytes * 1_000) / lineBytesPerSecond
      const limitMs = Math.max(waysMs, lineMs)
      const runs: Measured[] = []
      for (let round = 0; round < rounds; round++) {
        const place = fresh()
        runs.push(await measure("download", proxy.url, count, connections, place, ""))
        await rm(place, { recursive: true, force: true })
      }
      await proxy.close()
      await server.close()
      const { ms } = median(runs)
      const share = `${((100 * limitMs) / ms).toFixed(0)} %`
      row(`${count} files of ${bytes} bytes`, ms, (count * bytes) / ms / 1_000, limitMs, share)
    }
  },

  first: async () => {
    const count = 5_000
    await writeReleaseZip(at("release.zip"), count)
    const server = await startStaticServer(0, 2_000_000, [at("release.zip")])
    const { firstMs = 0, ms, maxRssMb } = await measure("firstItem", `${server.url}/v1.zip`, fresh())
    await server.close()
    print(`Pulling a release of ${count} items at 2 MB/s`, [
      "",
      "first item: ms",
      "all: ms",
      "share",
      "peak MB",
    ])
    row("pull", firstMs, ms, `${((100 * firstMs) / ms).toFixed(2)} %`, maxRssMb)
  },

  /** A complete dataset with nothing to do, against the stat of the same files. */
  rerun: async () => {
    const columns = ["", "ms", "of the stat walk", "peak MB"]
    for (const count of [10_000, 50_000]) {
      const server = await startDarwinServer(fresh(), { all: count }, true)
      const datasets = fresh()
      const pull = () => measure("pullRelease", server.url, server.more[0] ?? "", datasets)
      const first = await pull()
      const runs: [Measured[], Measured[]] = [[], []]
      for (let round = 0; round < rounds; round++) {
        runs[0].push(await measure("statWalk", join(datasets, "bench", "items")))
        runs[1].push(await pull())
      }
      await server.close()
      const [walk, again] = [median(runs[0]), median(runs[1])]
      print(`A pull again of ${2 * count} files, all there`, columns)
      row("stat of every file", walk.ms, "1.00x", walk.maxRssMb)
      row("pull", again.ms, `${(again.ms / walk.ms).toFixed(2)}x`, again.maxRssMb)
      row("the first pull, of which all was fetched", first.ms, "", first.maxRssMb)
    }
  },

  import: async () => {
    const count = 2_000
    const [near, far] = [
      [1, 8, 32],
      [1, 8, 32, 64],
    ]
    const folders: Record<string, number> = { warm: count, many: 5 * count }
    for (const concurrency of near) folders[`near-${concurrency}`] = count
    for (const concurrency of far) folders[`far-${concurrency}`] = count
    const server = await startDarwinServer(fresh(), folders)
    const proxy = await startSlowProxy(server.url, 10)
    const key = server.more[0] ?? ""
    const columns = ["", "items at a time", "ms", "items/s", "of one at a time", "peak MB"]
    print(`Importing ${count} items of 20 annotations into the embedded server`, columns)
    const run = async (what: string, url: string, folder: string, concurrency: number, items: number) => {
      const measured = await measure("importItems", url, key, folder, items, concurrency)
      return { what, concurrency, items, ...measured }
    }
    await run("", server.url, "warm", 8, count)
    for (const [what, url, folder, numbers] of [
      ["directly", server.url, "near", near],
      ["20 ms away", proxy.url, "far", far],
    ] as const) {
      let one: number | undefined
      for (const concurrency of numbers) {
        const { ms, maxRssMb } = await run(what, url, `${folder}-${concurrency}`, concurrency, count)
        one ??= ms
        row(what, concurrency, ms, (count / ms) * 1000, `${(one / ms).toFixed(1)}x`, maxRssMb)
      }
    }
    const { ms, maxRssMb } = await run("", server.url, "many", 32, 5 * count)
    row(`directly, ${5 * count} items`, 32, ms, (5 * count * 1000) / ms, "", maxRssMb)
    await proxy.close()
    await server.close()
  },

  /** Kills of pulls: the test of them, with more of them. It tells itself what each has cost. */
  kills: async () => {
    print("1,000 kills of a pull", [""])
    await runTest("test/pull/kills.test.ts", { DARWIN_STREAMS_KILLS: "1000" })
  },

  folder: async () => {
    print("100,000 files in one folder", [""])
    await runTest("test/pull/large-folder.test.ts", { DARWIN_STREAMS_LARGE_FOLDER: "1" })
  },
}

console.log(
  `Node ${process.version}, ${availableParallelism()} x ${cpus()[0]?.model ?? "unknown"}, ${rounds} rounds`,
)
try {
  const wanted = process.argv.slice(2)
  for (const [name, bench] of Object.entries(benches)) {
    if (wanted.length === 0 || wanted.includes(name)) await bench()
  }
} finally {
  await rm(directory, { recursive: true, force: true })
}

function runTest(file: string, env: Readonly<Record<string, string>>): Promise<void> {
  const args = ["node_modules/vitest/vitest.mjs", "run", file, "--disable-console-intercept"]
  const child = spawn(process.execPath, args, { stdio: "inherit", env: { ...process.env, ...env } })
  return new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`${file} ended with ${code}`))))
  })
}

function print(title: string, columns: readonly string[]): void {
  console.log(`\n### ${title}\n\n| ${columns.join(" | ")} |\n|${" --- |".repeat(columns.length)}`)
}

function row(...cells: readonly (string | number)[]): void {
  const texts = cells.map((cell) => (typeof cell === "number" ? Math.round(cell).toLocaleString("en") : cell))
  console.log(`| ${texts.join(" | ")} |`)
}

function middle(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined).sort((a, b) => a - b)
  return known[Math.floor(known.length / 2)]
}
