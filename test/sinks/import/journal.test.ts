import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { describe, expect, it, onTestFinished } from "vitest"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import { pipeline } from "../../../src/pipeline.ts"
import { openProgress } from "../../../src/sinks/import/progress.ts"
import { type ImportOptions, type ImportReport, importTo } from "../../../src/sinks/index.ts"
import { tempDirectory } from "../../storage/temp-directory.ts"
import { box, fileOf, type Service, startService } from "./support.ts"

// Another item of the same run fails each time, so that the notes are not dropped.
const failing = fileOf("/missing.png", [box(1)])

function run(
  { dataset }: Service,
  files: Iterable<AnnotationFile> | AsyncIterable<AnnotationFile>,
  options: ImportOptions,
): Promise<ImportReport> {
  return pipeline(files, importTo(dataset, options))
}

/** Files that come one by one, each when the service has had the time to answer for the one before. */
async function* oneByOne(files: readonly AnnotationFile[]): AsyncGenerator<AnnotationFile> {
  for (const file of files) {
    yield file
    await wait(50)
  }
}

async function start() {
  const service = await startService({ items: ["/a.png"] })
  const held = async () =>
    (await service.held("/a.png"))
      .map(({ data }) => (data.bounding_box as { x: number }).x)
      .sort((a, b) => a - b)
  return { service, held, journal: join(await tempDirectory(), "journal") }
}

describe("what a journal has confirmed counts no more when the item was replaced since", () => {
  it("by a file of the same item that came in at last", async () => {
    const { service, held, journal } = await start()
    const files = [fileOf("/a.png", [box(1, { name: "bus" })]), fileOf("/a.png", [box(2)])]
    await run(service, oneByOne(files), { overwrite: true, journal })
    expect(await held()).toEqual([2])
    const second = await run(service, oneByOne(files), { overwrite: true, journal, classPolicy: "create" })
    expect(second.items).toMatchObject({ imported: 2, unchanged: 0 })
    expect(await held()).toEqual([1, 2])
  })

  it("by an edited file", async () => {
    const { service, held, journal } = await start()
    const runWith = (x: number) =>
      run(service, [fileOf("/a.png", [box(x)]), failing], { overwrite: true, journal })
    await runWith(1)
    await runWith(9)
    expect((await runWith(1)).items).toMatchObject({ imported: 1, unchanged: 0 })
    expect(await held()).toEqual([1])
  })

  it("by a run that replaces, where the one before had added", async () => {
    const { service, held, journal } = await start()
    const [first, other] = [fileOf("/a.png", [box(1)]), fileOf("/a.png", [box(5)])]
    await run(service, [first, failing], { append: true, journal })
    await run(service, [other, failing], { overwrite: true, journal })
    expect(await held()).toEqual([5])
    const third = await run(service, [first, failing], { append: true, journal })
    expect(third.items).toMatchObject({ imported: 1, unchanged: 0 })
    expect(await held()).toEqual([1, 5])
  })
})

it("a run that ended whole leaves no notes: what was taken away since is brought again", async () => {
  const { service, held, journal } = await start()
  const file = fileOf("/a.png", [box(1)])
  await run(service, [file], { append: true, journal })
  await run(service, [fileOf("/a.png", [box(5)])], { overwrite: true })
  await run(service, [file], { append: true, journal })
  expect(await held()).toEqual([1, 5])
})

it("a run that ends whole leaves another one what that has filled", async () => {
  const { service, journal } = await start()
  const options = { journal, adds: false, replaces: true }
  const [one, other] = [openProgress(service.dataset, options), openProgress(service.dataset, options)]
  onTestFinished(() => {
    one.close()
    other.close()
  })
  const candidate = (digest: string) => ({ file: fileOf("/a.png", []), path: "/a.png", digest })
  other.confirm(candidate("first"))
  one.complete()
  expect(other.isFilled(candidate("second"))).toBe(true)
})
