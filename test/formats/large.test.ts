import { mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { isError } from "../../src/errors.ts"
import type { Format } from "../../src/formats/format.ts"
import { formatIds, loadFormat } from "../../src/formats/index.ts"
import { type LargeFile, largeFiles, readInHeap, writeLarge } from "./large-files.ts"
import { readingOf } from "./samples.ts"

// Every format that is read, over files of one line: whole, cut off, and too large. Formats of the registry join by
// themselves.

const formats = (await Promise.all(formatIds.map((id) => loadFormat(id)))).filter(
  ({ read }) => read !== undefined,
)

// Formats of one file an image read it whole: then the heap has to be as large as a few times the file.
const readWhole = new Set(["darwin", "dataloop", "pascalvoc", "superannotate", "yolo", "yolo_segmented"])
const wholeLimits = { bytes: 8e6, heapMegabytes: 256, peakMegabytes: 400 }
const streamLimits = { bytes: 100e6, heapMegabytes: 256, peakMegabytes: 400 }
// XML takes ten times as long as JSON.
const xmlLimits = { ...streamLimits, bytes: 30e6 }

// What is one record by its format's rules, and too large for one.
const refused: Readonly<Record<string, RegExp>> = {
  csvtags: /line 1: the row is longer than 1048576 characters$/,
  csvtagsvideo: /line 1: the row is longer than 1048576 characters$/,
}

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "darwin-streams-large-"))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe.each(formats)("$id", (format) => {
  const { id } = format
  const options = readingOf(format)
  let path: string
  let file: LargeFile
  beforeAll(() => {
    const found = largeFiles[id]
    if (found === undefined) throw new Error(`no large file of ${id}: add it to large-files.ts`)
    file = found
    mkdirSync(join(root, id))
    path = join(root, id, file.name)
    if (id.startsWith("yolo")) writeFileSync(join(root, id, "classes.txt"), "car\n")
  })

  const { bytes, heapMegabytes, peakMegabytes } = limitsOf(format)

  it(`reads ${bytes / 1e6} MB on one line in a heap of ${heapMegabytes} MB, and tells where they break off`, async () => {
    const count = writeLarge(path, file, bytes)
    const whole = await readInHeap(id, path, options, heapMegabytes)
    expect(whole.peakMegabytes).toBeLessThan(peakMegabytes)
    if (refused[id] !== undefined) expect(whole.error).toMatch(refused[id])
    else if (id.startsWith("yolo")) expect(whole.error ?? whole.annotations).toSatisfy(isOneOrRefused)
    else expect(whole).toMatchObject({ annotations: count })

    truncateSync(path, Math.floor(statSync(path).size * 0.7))
    const cut = await readInHeap(id, path, options, heapMegabytes)
    expect(cut.peakMegabytes).toBeLessThan(peakMegabytes)
    // A line of numbers may break off between two of them.
    if (id.startsWith("yolo")) expect(cut.error ?? cut.annotations).toSatisfy(isOneOrRefused)
    else expect(cut.error?.slice(0, `format ${path}: `.length)).toBe(`format ${path}: `)
  })

  it("refuses a file that is larger than it can be", async () => {
    writeFileSync(path, file.head)
    truncateSync(path, (1 << 28) + 1)
    const skips: string[] = []
    await expect(readAll(format, path)).rejects.toSatisfy((error) => {
      return isError(error, "format") && error.file === path && error.place.length + error.rule.length < 200
    })
    await readAll(format, path, { onInvalid: "skip", onSkip: (file) => skips.push(file) })
    expect(new Set(skips)).toEqual(new Set([path]))
    if (readWhole.has(id)) await expect(readAll(format, path)).rejects.toThrow(/larger than \d+ bytes$/)
    rmSync(path)
  })
})

function limitsOf({ id, extensions }: Format): typeof wholeLimits {
  if (readWhole.has(id)) return wholeLimits
  return extensions.includes(".xml") ? xmlLimits : streamLimits
}

function isOneOrRefused(outcome: unknown): boolean {
  return outcome === 1 || /^format .*: line 1: /.test(String(outcome))
}

async function readAll(
  { read }: Format,
  path: string,
  { onInvalid, onSkip }: { readonly onInvalid?: "skip"; readonly onSkip?: (file: string) => void } = {},
): Promise<void> {
  const source = read?.(path, onInvalid && { onInvalid })
  if (source === undefined) throw new Error("a format that is not read")
  const onEvent = (event: { readonly type: string; readonly file?: unknown }) => {
    if (event.type === "skip") onSkip?.(String(event.file))
  }
  const iterator = source[Symbol.asyncIterator]({ onEvent })
  while (!(await iterator.next()).done);
}
