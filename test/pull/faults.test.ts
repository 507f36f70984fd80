import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { messageOf } from "../../src/errors.ts"
import type { HttpOptions } from "../../src/http/index.ts"
import { type FaultName, type FaultTarget, faultNames, faultOf, faults } from "../../src/server/faults.ts"
import { parseFaults } from "../../src/server/index.ts"
import type { PullOptions, PullReport } from "../../src/sources/index.ts"
import { type FaultyDataset, openFaultyDataset } from "../servers/faulty-dataset.ts"
import { watchFiles } from "../servers/watch-files.ts"
import { tempDirectory } from "../storage/temp-directory.ts"
import type { Sketch } from "./embedded.ts"
import { contentOf } from "./release-zip.ts"
import { treeOf } from "./tree.ts"

const kilobyte = 1 << 10
const megabyte = 1 << 20

/** After so many runs at most every file is there. */
const maxRuns = 5
const maxMixedRuns = 10

const sketches: readonly Sketch[] = [
  ...Array.from({ length: 150 }, (_, at) => ({
    name: `${at}.png`,
    path: at % 3 === 0 ? "/" : `/folder ${at % 3}`,
    bytes: 500 + at * 20,
  })),
  ...Array.from({ length: 4 }, (_, at) => ({
    name: `large ${at}.tiff`,
    bytes: megabyte + (1 + at) * 60 * kilobyte,
  })),
  ...Array.from({ length: 15 }, (_, at) => {
    const name = `several ${at}`
    const slots = ["0", "1"].map((slot_name) => ({
      slot_name,
      type: "image" as const,
      file_name: `${slot_name}.png`,
      bytes: contentOf(`${name} ${slot_name}`, 700 + at),
      width: 64,
      height: 48,
    }))
    return { name, slots }
  }),
]

// Waits are as short as can be, limits on silence as long: only where a fault is silence does one of them end a try.
const http = { initialRetryDelayMs: 1, maxRetryDelayMs: 4, maxRetryAfterMs: 4, requestsPerMinute: 1_000_000 }
const impatient = { ...http, idleTimeoutMs: 1_500 }
const silent: ReadonlySet<FaultName> = new Set(["stall", "stall-body", "half-open"])

let origin: FaultyDataset
/** What a pull leaves to which nothing happens. */
let whole: Readonly<Record<string, string>>
beforeAll(async () => {
  origin = await openFaultyDataset(sketches)
  const directory = await mkdtemp(join(tmpdir(), "darwin-streams-whole-"))
  await pullOnce(directory, {}, http)
  whole = treeOf(join(directory, "acme/street"))
  await rm(directory, { recursive: true })
  origin.answers.length = 0
  expect(whole).toMatchObject(origin.expected)
})
afterAll(() => origin.close())

interface Run {
  readonly report?: PullReport
  readonly error?: unknown
}

/**
 * Pulls until a run says that all is there, and checks after each run that it has told the truth, and while it goes on that
 * no file is wrong.
 */
async function pullUntilDone(most: number, silences: boolean, options: PullOptions = {}): Promise<Run[]> {
  const datasetsDirectory = await tempDirectory()
  const directory = join(datasetsDirectory, "acme/street")
  const runs: Run[] = []
  const watch = watchFiles(directory, origin.expected)
  try {
    for (let done = false; !done; ) {
      expect(runs.length, `runs, the last of which said ${told(runs.at(-1))}`).toBeLessThan(most)
      const run = await pullOnce(datasetsDirectory, options, silences ? impatient : http)
      runs.push(run)
      done = run.report?.items.failed === 0
      if (run.report === undefined || options.onlyAnnotations) continue
      // Two of the files may be of one item.
      const missing = missingIn(directory).map((name) => name.replace(/^(images\/several \d+)\/.*/, "$1"))
      expect(run.report.items.failed).toBe(new Set(missing).size)
    }
  } finally {
    expect(await watch.stop()).toEqual([])
  }
  const wanted = Object.entries(whole).filter(
    ([name]) => !options.onlyAnnotations || !name.startsWith("images/"),
  )
  expect(treeOf(directory)).toEqual(Object.fromEntries(wanted))
  await origin.proxy.idle()
  return runs
}

async function pullOnce(datasetsDirectory: string, options: PullOptions, how: HttpOptions): Promise<Run> {
  let close = async () => {}
  try {
    const opened = await origin.open(datasetsDirectory, how)
    close = opened.close
    return { report: await opened.dataset.pull(options) }
  } catch (error) {
    return { error }
  } finally {
    await close()
  }
}

function told(run: Run | undefined): string {
  return run?.report === undefined ? messageOf(run?.error) : JSON.stringify(run.report.problems.slice(0, 3))
}

function missingIn(directory: string): string[] {
  const tree = treeOf(directory)
  return Object.keys(origin.expected).filter((name) => tree[name] !== origin.expected[name])
}

/** A seed by which the first request for the archive is struck, and none after it. */
function seedFor(fault: FaultName, target: FaultTarget, key: string): number {
  const rules = [{ fault, ratio: 0.4 }]
  for (let seed = 1; ; seed++) {
    const struck = Array.from({ length: 8 }, (_, count) =>
      faultOf(rules, seed, { key, target, ranged: false }, count),
    )
    if (struck[0] === fault && struck.slice(1).every((later) => later === undefined)) return seed
  }
}

interface Row {
  readonly fault: FaultName
  readonly ratio: string
  readonly runs: number
  readonly failed: number
  readonly tries: number
  readonly small: number
  readonly large: string
}
const rows: Row[] = []
const archiveRows: string[][] = []

// By this one, large files are struck as well.
const seed = 41

/** So many files are struck at each try; of what takes time there is less. */
function ratioOf(fault: FaultName): number {
  if (silent.has(fault) || fault === "dns") return 0.03
  return fault === "drip" ? 0.1 : 0.25
}

describe("each fault alone, on files", () => {
  test.each(faultNames)("%s", async (fault) => {
    const ratio = ratioOf(fault)
    const { ranges = false } = faults[fault]
    const spec = ranges ? `reset-body@files:0.4,${fault}@files:0.4` : `${fault}@files:${ratio}`
    origin.proxy.setRules(parseFaults(spec), seed)
    const runs = await pullUntilDone(maxRuns, silent.has(fault))
    origin.proxy.setRules([])
    const answers = origin.answers.splice(0).filter(({ name }) => name in origin.sizes)
    expect(answers.filter((answer) => answer.fault === fault)).not.toEqual([])
    rows.push({
      fault,
      ratio: ranges ? "0.4 of ranges" : String(ratio),
      runs: runs.length,
      failed: runs[0]?.report?.items.failed ?? 0,
      ...figuresOf(answers),
    })
  })
})

/** Tries of one file, and what was sent besides its content. */
function figuresOf(answers: readonly (typeof origin.answers)[number][]) {
  let small = 0
  let tries = 0
  let largest = 0
  for (const [name, size] of Object.entries(origin.sizes)) {
    const own = answers.filter((answer) => answer.name === name)
    tries = Math.max(tries, own.length)
    const content = own.filter(({ status, fault }) => (status === 200 || status === 206) && fault !== "html")
    const again = content.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0) - size
    if (size > megabyte) largest = Math.max(largest, again / (own.length - 1 || 1) / size)
    else small += again
  }
  // How much of a connection that was reset has come over is up to the system.
  const large = largest < 0.001 ? "nothing" : largest < 0.25 ? "what was on its way" : "from the start"
  return { tries, small, large }
}

describe("each fault once, on the archive", () => {
  test.each(faultNames.filter((name) => !faults[name].ranges))("%s", async (fault) => {
    origin.proxy.setRules([{ fault, ratio: 0.4, on: ["zip"] }], seedFor(fault, "zip", zipKey))
    const runs = await pullUntilDone(2, silent.has(fault), { onlyAnnotations: true })
    origin.proxy.setRules([])
    const answers = origin.answers.splice(0).filter(({ target }) => target === "zip")
    expect(answers.some((answer) => answer.fault === fault)).toBe(true)
    const [first] = runs
    archiveRows.push([
      `\`${fault}\``,
      first?.error === undefined
        ? "right at once"
        : `the run ends with \`${Reflect.get(first.error as object, "code")}\`; right after ${runs.length} runs`,
    ])
  })
})
const zipKey = "GET /api/v2/teams/acme/datasets/street/exports/id/download"

describe("all faults mixed, on everything that is asked for", () => {
  test.each([1, 2, 3])("seed %d", async (seed) => {
    const rules = faultNames.map((fault) => ({ fault, ratio: silent.has(fault) ? 0.002 : 0.012 }))
    origin.proxy.setRules(rules, seed)
    await pullUntilDone(maxMixedRuns, true)
    origin.proxy.setRules([])
    const struck = new Set(origin.answers.splice(0).flatMap(({ fault }) => fault ?? []))
    expect(struck.size).toBeGreaterThan(15)
  })
})

test("the page in docs/ shows what came of it", async ({ skip }) => {
  if (rows.length < faultNames.length) skip("not all faults have been run")
  const table = (head: readonly string[], lines: readonly (readonly unknown[])[]) =>
    [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n")
  const page = `# What a pull survives

\`darwin-streams serve --fault <spec>\` puts a proxy in front of the embedded server that lets answers go wrong: \`<fault>:<share>\`, several
of them with commas between, as in \`reset-body:0.1,503:0.2\`. \`@files\`, \`@zip\` or \`@api\` behind a fault confines it, as in
\`403@files:0.1\`. Which requests are struck follows from \`--fault-seed\`, the request and how often it has come before: not from the order in
which requests arrive, so a run meets the same faults each time.

The tests pull a release of ${sketches.length} items, ${Object.keys(origin.expected).length} files of 0.5 KB to 1.3 MB, through this proxy, with five tries for a request, and
again until a run says that all is there. After each run they compare what it has said with what is on the disk, while it goes on they
look for a file that has its name and not its content, and at the end all files are those of a pull to which nothing happens. That takes ${maxRuns} runs
at most, and ${maxMixedRuns} where all faults are mixed and a third of all requests goes wrong, those for the API and the archive too.

## On the files

Tries are those of the file that needed the most, over all runs. A file of up to 1 MiB that breaks begins again; so the bytes of the small ones
that came again are those that had come before the break. A large one goes on where it stood, unless what stands there cannot be trusted.

${table(
  ["fault", "what happens", "share", "outcome", "tries", "small files: bytes again", "large files: again"],
  rows.map(({ fault, ratio, runs, failed, tries, small, large }) => [
    `\`${fault}\``,
    faults[fault].what,
    ratio,
    runs === 1 ? "right at once" : `${failed} items failed and told; right after ${runs} runs`,
    tries,
    small.toLocaleString("en"),
    large,
  ]),
)}

## On the archive of the release

Its first request is struck. Where the run ends with an error, the next one brings what is missing.

${table(["fault", "outcome"], archiveRows)}
`
  await expect(page).toMatchFileSnapshot(fileURLToPath(new URL("../../docs/faults.md", import.meta.url)))
})
