import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { isError } from "../../src/errors.ts"
import type { RunEvent } from "../../src/events.ts"
import type { Format } from "../../src/formats/format.ts"
import { formatIds, loadFormat } from "../../src/formats/index.ts"
import type { AnnotationFile } from "../../src/model/annotation-file.ts"
import { readAnnotationFile, writeAnnotationFile } from "../../src/model/read.ts"
import { inContext } from "../../src/stream.ts"
import { createRandom, damages } from "./damage.ts"
import { readingOf, type Sample, samplesOf } from "./samples.ts"

// Every format that is read, over damaged files: each gives a result that is a valid document, or a typed error that names
// the file. Formats of the registry join by themselves.

const runs = 500
const formats = (await Promise.all(formatIds.map((id) => loadFormat(id)))).filter(
  ({ read }) => read !== undefined,
)

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "darwin-streams-damage-"))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

interface Outcome {
  readonly files: number
  readonly error?: unknown
}

async function read(
  format: Format,
  path: string,
  bytes: number,
  onInvalid: "throw" | "skip",
): Promise<Outcome> {
  let [files, told] = [0, 0]
  const onEvent = (_: RunEvent) => {
    told++
  }
  const source = (format.read as NonNullable<Format["read"]>)(path, { onInvalid, ...readingOf(format) })
  try {
    for await (const file of inContext(source, { onEvent })) {
      check(file)
      files++
    }
    return { files }
  } catch (error) {
    if (error instanceof WrongDocument) throw error
    return { files, error }
  } finally {
    // A file of so many bytes has no more records than that, and each is told of a few times at most.
    expect(files + told).toBeLessThanOrEqual(4 * bytes + 100)
  }
}

class WrongDocument extends Error {}

/** What came is a document of Darwin's, with finite numbers: JSON has no others, and gives null for them. */
function check(file: AnnotationFile): void {
  const text = writeAnnotationFile(file)
  try {
    readAnnotationFile(text, file.path)
  } catch (error) {
    throw new WrongDocument(`${String(error)} in ${text.slice(0, 2_000)}`, { cause: error })
  }
}

// YAML costs some ten microseconds a level.
const levelsOf = (file: string) => (file.endsWith(".yaml") ? 2_000 : 100_000)

const isTyped = (error: unknown) => isError(error, "format", "path", "zip")

describe.each(formats)("$id", (format) => {
  let samples: readonly Sample[]
  beforeAll(async () => {
    samples = await samplesOf(format, root)
    if (samples.length === 0) throw new Error(`no sample of ${format.id}: add it to samples.ts`)
  })

  it(`meets ${runs} damaged files with a result or a typed error`, async () => {
    const kinds = Object.entries(damages)
    for (let run = 0; run < runs; run++) {
      const random = createRandom(run * 7919 + format.id.length)
      const sample = samples[run % samples.length] as Sample
      const other = samples[Math.floor(random() * samples.length)] as Sample
      const [kind, damage] = kinds[run % kinds.length] as (typeof kinds)[number]
      const damaged = damage(sample.bytes, random, other.bytes, levelsOf(sample.file))
      const path = join(sample.directory, sample.file)
      writeFileSync(path, damaged)
      const what = `run ${run}, ${kind}, of ${path}`
      for (const onInvalid of ["throw", "skip"] as const) {
        const { error } = await read(format, sample.directory, damaged.length, onInvalid).catch((error) => {
          throw new Error(`${what}: ${String(error)}`, { cause: error })
        })
        if (error === undefined) continue
        if (!isTyped(error)) throw new Error(`${what}: ${String(error)}`, { cause: error })
        expect(String(error), what).toContain(sample.directory)
      }
      writeFileSync(path, sample.bytes)
    }
  })
})
