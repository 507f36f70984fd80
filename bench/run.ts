import { mkdtemp, rm } from "node:fs/promises"
import { availableParallelism, cpus, tmpdir } from "node:os"
import { join } from "node:path"
import { type Measured, measure, median } from "./child.ts"
import { writeDarwinFiles, writeReleaseZip } from "./gen.ts"
import { aria2c, curl, type Rival } from "./rivals.ts"
import { startStaticServer } from "./servers.ts"

// npm run bench [-- convert | memory | download | first]: all of them without an argument. Variants of one comparison
// run in turn, round by round, each in a fresh process; the medians count. Everything happens below the directory for
// temporary files (TMPDIR).

const rounds = 5
const directory = await mkdtemp(join(tmpdir(), "darwin-streams-bench-"))
const at = (name: string) => join(directory, name)
// A new place for each run, removed at the very end: file systems make files slowly where many have just been removed.
let places = 0
const fresh = () => at(`output-${places++}`)

const benches = {
  /** Reading and JSON.parse of the same files is the floor. */
  convert: async () => {
    const count = 20_000
    await writeDarwinFiles(at("input"), count)
    const runs: Record<string, Measured[]> = { floor: [], coco: [], pascalvoc: [], darwin: [] }
    for (let round = 0; round < rounds; round++) {
      runs.floor?.push(await measure("floor", at("input")))
      for (const format of ["coco", "pascalvoc", "darwin"]) {
        runs[format]?.push(await measure("convert", format, fresh(), at("input")))
      }
    }
    const floor = median(runs.floor ?? [])
    print(`Converting ${count} files of 20 annotations, one process`, ["", "ms", "of the floor", "peak MB"])
    for (const [name, measured] of Object.entries(runs)) {
      const { ms, maxRssMb } = median(measured)
      row(
        name === "floor" ? "reading and JSON.parse (floor)" : name,
        ms,
        `${(ms / floor.ms).toFixed(2)}x`,
        maxRssMb,
      )
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
    const [count, bytes, concurrency] = [5_000, 20_000, 16]
    const server = await startStaticServer(bytes)
    const rivals: Record<string, Rival> = { "curl --parallel": curl, aria2c }
    const times: Record<string, (number | undefined)[]> = {}
    let peak = 0
    for (let round = 0; round < rounds; round++) {
      for (const [name, rival] of Object.entries(rivals)) {
        times[name] = [...(times[name] ?? []), await rival(server.url, count, concurrency, fresh())]
      }
      const ours = await measure("download", server.url, count, concurrency, fresh())
      times.ours = [...(times.ours ?? []), ours.ms]
      peak = Math.max(peak, ours.maxRssMb)
    }
    await server.close()
    print(`${count} files of ${bytes} bytes, ${concurrency} at a time`, [
      "",
      "ms",
      "files/s",
      "our speed to theirs",
    ])
    const ours = middle(times.ours ?? [])
    for (const [name, values] of Object.entries(times)) {
      const ms = middle(values)
      if (ms === undefined || ours === undefined) row(name, "not installed", "", "")
      else
        row(
          name,
          ms,
          (count / ms) * 1000,
          name === "ours" ? `peak ${Math.round(peak)} MB` : `${(ms / ours).toFixed(2)}x`,
        )
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
