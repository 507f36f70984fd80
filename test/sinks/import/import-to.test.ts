import { readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { RunEvent } from "../../../src/events.ts"
import type { Annotation } from "../../../src/model/annotation.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import { pipeline } from "../../../src/pipeline.ts"
import {
  type ImportOptions,
  type ImportReport,
  importTo,
  type MissingDefinition,
} from "../../../src/sinks/index.ts"
import type { PropertyDefinition } from "../../../src/storage/property-definitions.ts"
import { startProxy } from "../../cli/proxy.ts"
import { tempDirectory } from "../../storage/temp-directory.ts"
import {
  box,
  fileOf,
  idOf,
  openDataset,
  pictureItem,
  polygon,
  type Service,
  startService,
} from "./support.ts"

const posts = (log: readonly string[]) => log.filter((line) => line.startsWith("POST"))

function run(
  { dataset }: Pick<Service, "dataset">,
  files: Iterable<AnnotationFile> | AsyncIterable<AnnotationFile>,
  options: ImportOptions = {},
  onEvent?: (event: RunEvent) => void,
): Promise<ImportReport> {
  return pipeline(files, importTo(dataset, options), { onEvent })
}

describe("append", () => {
  it("adds each annotation once, however often it is repeated", async () => {
    const service = await startService({ items: ["/a.png", "/street/a.png"] })
    const files = [
      fileOf("/a.png", [box(1, { id: idOf(1) }), box(2), box(2), polygon(3)]),
      fileOf("/street/a.png", [box(1)]),
    ]
    const first = await run(service, files, { append: true })
    expect(first.items).toMatchObject({ imported: 2, failed: 0 })
    expect(first.annotations).toEqual({ total: 5, sent: 5, present: 0, skipped: 0, failed: 0 })
    expect(first.types).toEqual({ bounding_box: 4, polygon: 1 })
    const before = await service.held("/a.png")
    expect(before).toHaveLength(4)
    expect(before[0]?.id).toBe(idOf(1))
    // Derived ids are those of UUIDv5, and equal annotations have ids of their own.
    expect(new Set(before.map(({ id }) => id)).size).toBe(4)
    expect(before[1]?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)

    service.log.length = 0
    const second = await run(service, files, { append: true })
    expect(second.items).toMatchObject({ imported: 0, unchanged: 2 })
    expect(second.annotations).toEqual({ total: 5, sent: 0, present: 5, skipped: 0, failed: 0 })
    expect(posts(service.log)).toEqual([])
    expect(await service.held("/a.png")).toEqual(before)
  })

  it("adds what is new, and leaves another annotation of the same id as it is, which it says", async () => {
    const service = await startService({ items: ["/a.png"] })
    await run(service, [fileOf("/a.png", [box(1, { id: idOf(1) })])], { append: true })
    const events: RunEvent[] = []
    const report = await run(
      service,
      [fileOf("/a.png", [box(9, { id: idOf(1) }), box(5, { id: idOf(2) })])],
      { append: true },
      (event) => events.push(event),
    )
    expect(report.annotations).toMatchObject({ sent: 1, present: 1 })
    expect(report.details).toBe(1)
    expect(events.find(({ type }) => type === "skip")).toMatchObject({
      file: "a.png.json",
      place: idOf(1),
      reason: "the item holds another annotation of that id, which stays as it is",
    })
    const held = await service.held("/a.png")
    expect(held.map(({ data }) => (data.bounding_box as { x: number }).x)).toEqual([1, 5])
  })

  it("gives the annotations of a file in another order the same ids", async () => {
    const service = await startService({ items: ["/a.png"] })
    await run(service, [fileOf("/a.png", [box(1), box(2), box(2)])], { append: true })
    const report = await run(service, [fileOf("/a.png", [box(2), box(1), box(2)])], { append: true })
    expect(report.annotations).toMatchObject({ sent: 0, present: 3 })
  })
})

describe("what items hold", () => {
  const before = [fileOf("/a.png", [box(1), box(2)])]
  const after = [fileOf("/a.png", [polygon(7)]), fileOf("/b.png", [polygon(8)])]
  const held = async () => {
    const service = await startService({ items: ["/a.png", "/b.png"] })
    await run(service, before, { append: true })
    return service
  }

  it("is not replaced unless that is asked for", async () => {
    const service = await held()
    const report = await run(service, after)
    expect(report.items).toMatchObject({ imported: 1, refused: 1 })
    expect(report.annotations).toMatchObject({ sent: 1, failed: 1 })
    expect(report.problems).toEqual([
      {
        kind: "refused",
        file: "a.png.json",
        reason: "/a.png: the item holds 2 annotations: neither append nor overwrite was asked for",
      },
    ])
    expect(await service.held("/a.png")).toHaveLength(2)
  })

  it("is replaced by overwrite, each time anew", async () => {
    const service = await held()
    for (let round = 0; round < 2; round++) {
      const report = await run(service, after, { overwrite: true })
      expect(report.items).toMatchObject({ imported: 2 })
      expect(await service.held("/a.png")).toMatchObject([{ data: { polygon: {} } }])
    }
  })

  it("is replaced where a callback says so, which is asked for items that hold something, one at a time", async () => {
    const service = await held()
    await run(service, [fileOf("/b.png", [box(1)])], { append: true })
    const asked: string[] = []
    let open = 0
    const report = await run(service, after, {
      overwrite: async ({ item, annotations }) => {
        expect(++open).toBe(1)
        asked.push(`${item.name} ${annotations}`)
        await new Promise((resolve) => setTimeout(resolve, 5))
        open--
        return item.name === "a.png"
      },
    })
    expect(asked.sort()).toEqual(["a.png 2", "b.png 1"])
    expect(report.items).toMatchObject({ imported: 1, refused: 1 })
    expect(report.replaced).toEqual({ items: 1, annotations: 2 })
    expect(await service.held("/a.png")).toHaveLength(1)
  })

  it("is emptied by an empty file where deleteForEmpty and overwrite say so", async () => {
    const service = await held()
    const empty = [fileOf("/a.png", [])]
    expect((await run(service, empty, { overwrite: true })).items).toMatchObject({ empty: 1 })
    expect((await run(service, empty, { deleteForEmpty: true })).items).toMatchObject({ refused: 1 })
    expect(await service.held("/a.png")).toHaveLength(2)
    const report = await run(service, empty, { deleteForEmpty: true, overwrite: true })
    expect(report.items).toMatchObject({ imported: 1 })
    expect(await service.held("/a.png")).toEqual([])
    expect((await run(service, empty, { deleteForEmpty: true })).items).toMatchObject({ unchanged: 1 })
  })

  it("is added to by further files of the same item in one run", async () => {
    const service = await held()
    const parts = [
      fileOf("/a.png", [polygon(1)]),
      fileOf("/b.png", [polygon(1)]),
      fileOf("/a.png", [polygon(2)]),
    ]
    for (const concurrency of [1, 8]) {
      const report = await run(service, parts, { overwrite: true, concurrency })
      expect(report.items).toMatchObject({ imported: 3 })
      expect(await service.held("/a.png")).toHaveLength(2)
    }
  })
})

describe("items", () => {
  it("are matched by folder and name, exactly, and what is missing is told", async () => {
    const service = await startService({ items: ["/street/a.png", "/a, b [1].png", "/ü%.png"] })
    const paths = [
      "/street/a.png",
      "/a, b [1].png",
      "/ü%.png",
      "/a.png",
      "/street/A.png",
      "/street/a.png.png",
    ]
    const report = await run(
      service,
      paths.map((path) => fileOf(path, [box(1)])),
      { append: true },
    )
    expect(report.items).toMatchObject({ imported: 3, missing: 3 })
    expect(report.annotations).toMatchObject({ total: 6, sent: 3, failed: 3 })
    expect(report.problems.map(({ kind, reason }) => `${kind} ${reason}`)).toContain(
      "missing /a.png: the dataset has no item of this folder and name",
    )
  })

  it("are looked up in batches, a request for many", async () => {
    const paths = Array.from({ length: 250 }, (_, at) => `/folder/${at}.png`)
    const service = await startService({ items: paths })
    await run(
      service,
      paths.map((path) => fileOf(path, [box(1)])),
      { append: true },
    )
    const lookups = service.log.filter((line) => line.includes("item_names"))
    expect(lookups.length).toBeLessThan(12)
    expect(Math.max(...lookups.map((line) => line.length))).toBeLessThan(8_000)
  })

  it("of one slot take the annotations of files of one slot, whatever its name", async () => {
    const picture = pictureItem("/a.png")
    const slots = [{ ...picture.slots[0], slot_name: "left" }] as typeof picture.slots
    const service = await startService({ seedItems: [{ ...picture, slots }] })
    await run(service, [fileOf("/a.png", [box(1, { slot_names: ["0"] })])], { append: true })
    expect((await service.held("/a.png"))[0]?.context_keys.slot_names).toEqual(["left"])
  })

  it("of several slots take annotations where they belong, and fail where there is no such slot", async () => {
    const picture = pictureItem("/a.png")
    const slots = ["left", "right"].map((slot_name) => ({
      ...picture.slots[0],
      slot_name,
    })) as typeof picture.slots
    const service = await startService({ seedItems: [{ ...picture, slots }] })
    const wanted = [box(1, { slot_names: ["right"] }), box(2, { slot_names: ["left", "right"] }), box(3)]
    await run(service, [fileOf("/a.png", wanted)], { append: true })
    const held = await service.held("/a.png")
    expect(held.map(({ context_keys: keys }) => keys.slot_names)).toEqual([
      ["right"],
      ["left", "right"],
      ["left"],
    ])
    const report = await run(service, [fileOf("/a.png", [box(1, { slot_names: ["top"] })])], { append: true })
    expect(report.problems[0]?.reason).toBe('/a.png: annotations[0]: the item has no slot "top"')
  })
})

describe("classes", () => {
  const files = [
    fileOf("/a.png", [box(1), box(2, { name: "bus" }), polygon(3, { name: "bus" })]),
    fileOf("/b.png", [box(1)]),
    fileOf("/c.png", [box(2, { name: "bus" })]),
  ]
  const items = ["/a.png", "/b.png", "/c.png"]

  it("that are missing fail the files that need them, and no others", async () => {
    const service = await startService({ items })
    const report = await run(service, files, { append: true })
    expect(report.items).toMatchObject({ imported: 1, failed: 2 })
    expect(report.problems[0]?.reason).toBe(
      '/a.png: annotations[1]: the dataset has no class "bus" of type bounding_box',
    )
    expect(await service.held("/a.png")).toEqual([])
    expect(posts(service.log)).toHaveLength(1)
  })

  it("are made by name and type, once each", async () => {
    const service = await startService({ items })
    const report = await run(service, files, { append: true, classPolicy: "create", concurrency: 3 })
    expect(report.items).toMatchObject({ imported: 3 })
    expect(report.given).toEqual([
      { kind: "class", action: "create", name: "bus", type: "bounding_box" },
      { kind: "class", action: "create", name: "bus", type: "polygon" },
    ])
    expect(service.log.filter((line) => line === "POST /api/annotation_classes")).toHaveLength(2)
  })

  it("of the team are switched on by the policy add, which makes none", async () => {
    const service = await startService({ items })
    const types = (await service.call("GET", "annotation_types")).json as { id: number; name: string }[]
    const type = types.find(({ name }) => name === "bounding_box")?.id
    const body = { name: "bus", metadata: {}, annotation_type_ids: [type], datasets: [] }
    await service.call("POST", "annotation_classes", { body })
    const report = await run(service, files, { append: true, classPolicy: "add" })
    expect(report.given).toEqual([{ kind: "class", action: "add", name: "bus", type: "bounding_box" }])
    expect(report.items).toMatchObject({ imported: 2, failed: 1 })
  })

  it("are asked for by a callback, each once", async () => {
    const service = await startService({ items })
    const asked: (readonly MissingDefinition[])[] = []
    const report = await run(service, files, {
      append: true,
      classPolicy: async (missing) => {
        asked.push(missing)
        return missing.every((one) => one.kind === "class" && one.type === "bounding_box")
      },
    })
    expect(asked).toHaveLength(1)
    expect(report.items).toMatchObject({ imported: 1, failed: 2 })
  })

  it("of attributes that do not exist leave those out, and say so", async () => {
    const service = await startService({ items })
    const file = fileOf("/a.png", [box(1, { attributes: ["red", "blue"] })])
    const report = await run(service, [file], { append: true })
    expect(report).toMatchObject({ details: 1, annotations: { sent: 1 } })
    expect((await service.held("/a.png"))[0]?.data.attributes).toMatchObject({
      attributes: [expect.anything()],
    })
  })
})

describe("dryRun", () => {
  it("tells what would be done, and does nothing", async () => {
    const service = await startService({ items: ["/a.png", "/b.png"] })
    await run(service, [fileOf("/a.png", [box(1)])], { append: true })
    const before = await service.held("/a.png")
    service.log.length = 0
    const journal = join(await tempDirectory(), "journal")
    const files = [
      fileOf("/a.png", [box(2), box(3, { name: "bus" })]),
      fileOf("/b.png", [polygon(1)]),
      fileOf("/c.png", [polygon(1)]),
    ]
    const options = { overwrite: true, classPolicy: "create", dryRun: true, journal } as const
    const report = await run(service, files, options)
    expect(report).toMatchObject({
      dryRun: true,
      items: { imported: 2, missing: 1 },
      types: { bounding_box: 2, polygon: 1 },
      replaced: { items: 1, annotations: 1 },
      given: [{ kind: "class", action: "create", name: "bus", type: "bounding_box" }],
    })
    expect(service.log.filter((line) => !line.startsWith("GET"))).toEqual([])
    expect(await service.held("/a.png")).toEqual(before)
    expect(readdirSync(join(journal, ".."))).toEqual([])
  })
})

describe("the journal", () => {
  it("makes a run that is repeated ask for what is open, and for nothing else", async () => {
    const service = await startService({ items: ["/a.png", "/b.png"] })
    const journal = join(await tempDirectory(), "journal")
    const files = [fileOf("/a.png", [box(1)]), fileOf("/b.png", [box(1, { name: "bus" })])]
    expect((await run(service, files, { append: true, journal })).items).toMatchObject({
      imported: 1,
      failed: 1,
    })
    service.log.length = 0
    const second = await run(service, files, { append: true, journal, classPolicy: "create" })
    expect(second.items).toMatchObject({ unchanged: 1, imported: 1 })
    expect(second.annotations).toMatchObject({ total: 2, sent: 1, present: 1 })
    expect(service.log.filter((line) => line.includes("a.png"))).toEqual([])
    expect(service.log.filter((line) => line.endsWith("/annotations"))).toHaveLength(1)
    // What has changed since is open again.
    const changed = [fileOf("/a.png", [box(1), box(2)])]
    expect((await run(service, changed, { append: true, journal })).annotations).toMatchObject({
      sent: 1,
      present: 1,
    })
  })

  it("of a run that replaces is dropped when it has ended whole", async () => {
    const service = await startService({ items: ["/a.png", "/b.png"] })
    const journal = join(await tempDirectory(), "journal")
    const options = { overwrite: true, journal } as const
    const whole = [fileOf("/a.png", [box(1)]), fileOf("/b.png", [box(1)])]
    await run(service, whole, options)
    expect((await run(service, whole, options)).items).toMatchObject({ imported: 2 })
    const broken = [whole[0] as AnnotationFile, fileOf("/b.png", [box(1, { name: "bus" })])]
    expect((await run(service, broken, options)).items).toMatchObject({ imported: 1, failed: 1 })
    expect((await run(service, whole, options)).items).toMatchObject({ unchanged: 1, imported: 1 })
  })
})

describe("what an item holds", () => {
  const edited = [box(7, { id: idOf(1) }), box(8, { id: idOf(2) })]

  it("is asked about when annotations of the same ids have other content", async () => {
    for (const [overwrite, x] of [
      [() => true, [7, 8]],
      [() => false, [1, 2]],
      [false, [1, 2]],
    ] as const) {
      const service = await startService({ items: ["/a.png"] })
      await run(service, [fileOf("/a.png", [box(1, { id: idOf(1) }), box(2, { id: idOf(2) })])], {
        append: true,
      })
      const report = await run(service, [fileOf("/a.png", edited)], { overwrite })
      expect(report.items).toMatchObject(x[0] === 7 ? { imported: 1 } : { refused: 1 })
      const held = (await service.held("/a.png")).map(({ data }) => data.bounding_box)
      expect(held).toMatchObject(x.map((each) => ({ x: each })))
    }
  })

  it("is not taken apart: masks are not added to a raster layer that holds others", async () => {
    const service = await startService({
      items: ["/a.png"],
      classes: [
        { name: "road", type: "mask", sub_types: [] },
        { name: "__raster_layer__", type: "raster_layer", sub_types: [] },
      ],
    })
    const mask = (number: number): Annotation => ({ id: idOf(number), name: "road", type: "mask", mask: {} })
    const layer = (dense_rle: number[], masks: Record<string, number>): Annotation => ({
      id: idOf(99),
      name: "__raster_layer__",
      type: "raster_layer",
      raster_layer: { dense_rle, mask_annotation_ids_mapping: masks, total_pixels: 48 },
    })
    const first = [layer([1, 8, 2, 8, 0, 32], { [idOf(1)]: 1, [idOf(3)]: 2 }), mask(1), mask(3)]
    await run(service, [fileOf("/a.png", first)], { append: true })
    const before = await service.held("/a.png")
    const other = [layer([1, 8, 0, 32, 2, 8], { [idOf(1)]: 1, [idOf(2)]: 2 }), mask(1), mask(2)]
    const report = await run(service, [fileOf("/a.png", other)], { append: true })
    expect(report.items).toMatchObject({ failed: 1 })
    expect(report.problems[0]?.reason).toMatch(/holds another mask or raster layer .*99/)
    expect(await service.held("/a.png")).toEqual(before)
  })

  it("gets no annotation twice when those of one id in a file change places", async () => {
    const service = await startService({ items: ["/a.png"] })
    const [one, two] = [box(1, { id: idOf(1) }), box(2, { id: idOf(1) })]
    await run(service, [fileOf("/a.png", [one, two])], { append: true })
    const report = await run(service, [fileOf("/a.png", [two, one])], { append: true })
    expect(report.annotations).toMatchObject({ sent: 0, present: 2 })
    expect(await service.held("/a.png")).toHaveLength(2)
  })
})

describe("several imports at once", () => {
  const names = Array.from({ length: 8 }, (_, at) => `/${at}.png`)
  const weather: PropertyDefinition = {
    name: "weather",
    type: "single_select",
    description: "",
    required: false,
    granularity: "annotation",
    of: { name: "car", type: "bounding_box" },
    values: [{ value: "dry", color: "auto" }],
    parent: undefined,
  }
  const property = (value: string) => ({ properties: [{ name: "weather", frame_index: null, value }] })

  it("agree on a property that all of them need", async () => {
    const service = await startService({ items: names })
    const options: ImportOptions = { append: true, classPolicy: "create", definitionsOf: () => [weather] }
    const files = names.map((name, at) => fileOf(name, [box(1, property(at % 2 === 0 ? "dry" : "wet"))]))
    const other = await openDataset(service.server.url, service.server.apiKey)
    const reports = await Promise.all([
      run(service, files.slice(0, 4), options),
      run({ dataset: other }, files.slice(4), options),
    ])
    for (const { items } of reports) expect(items).toMatchObject({ imported: 4, failed: 0 })
  })

  it("into two datasets leave a class switched on for both", async () => {
    const service = await startService({ items: names })
    for (const dataset of ["Second", "Third"])
      await service.server.seed({ dataset, classes: [], items: [pictureItem("/a.png")] })
    await service.server.seed({
      dataset: "Fourth",
      classes: [{ name: "bus", type: "bounding_box", sub_types: [] }],
      items: [],
    })
    const { url, apiKey } = service.server
    const datasets = await Promise.all(
      ["second", "third"].map((slug) => openDataset(url, apiKey, `acme/${slug}`)),
    )
    const bus = fileOf("/a.png", [box(1, { name: "bus" })])
    const reports = await Promise.all(
      datasets.map((dataset) => run({ dataset }, [bus], { append: true, classPolicy: "add" })),
    )
    for (const { items } of reports) expect(items).toMatchObject({ imported: 1, failed: 0 })
  })

  it("ask one question at a time", async () => {
    const service = await startService({ items: ["/a.png", "/b.png"] })
    await run(service, [fileOf("/a.png", [box(1)])], { append: true })
    let asking = 0
    const ask = async () => {
      expect(++asking).toBe(1)
      await new Promise((resolve) => setTimeout(resolve, 20))
      asking--
      return true
    }
    const files = [fileOf("/a.png", [box(2)]), fileOf("/b.png", [box(1, { name: "bus" })])]
    const report = await run(service, files, { overwrite: ask, classPolicy: ask })
    expect(report.items).toMatchObject({ imported: 2, failed: 0 })
  })
})

describe("what goes wrong", () => {
  it("in one file leaves the others alone; failFast ends the run with the error", async () => {
    const service = await startService({ items: ["/a.png", "/b.png"] })
    const files = [fileOf("/a.png", [box(1, { name: "bus" })]), fileOf("/b.png", [box(1)])]
    const events: RunEvent[] = []
    await run(service, files, { append: true }, (event) => events.push(event))
    expect(events.filter(({ type }) => type === "fail")).toMatchObject([
      { file: "a.png.json", error: { code: "import", item: "/a.png", place: "annotations[0]" } },
    ])
    await expect(run(service, files, { append: true, failFast: true })).rejects.toMatchObject({
      code: "import",
    })
  })

  it("tells the words of the service", async () => {
    const service = await startService({ items: ["/a.png"] })
    const broken = box(1, { bounding_box: { x: 1, y: 2, w: 3 } } as never)
    const report = await run(service, [fileOf("/a.png", [broken])], { append: true })
    expect(report.problems[0]?.reason).toMatch(/422.*annotations\.0\.data\.bounding_box\.h/)
  })

  it("in a listener ends the run", async () => {
    const service = await startService({ items: ["/a.png"] })
    const fault = new Error("enough")
    const skipped = fileOf("/a.png", [polygon(1, { polygon: { paths: [] } }), box(1)])
    const listening = run(service, [skipped], { append: true }, (event) => {
      if (event.type === "skip") throw fault
    })
    await expect(listening).rejects.toBe(fault)
  })

  it("with options is said at the call", async () => {
    const { dataset } = await startService()
    expect(() => importTo(dataset, { append: true, overwrite: true })).toThrow(
      /overwrite: cannot be combined/,
    )
    expect(() => importTo(dataset, { append: true, deleteForEmpty: true })).toThrow(/deleteForEmpty/)
    expect(() => importTo(dataset, { classPolicy: "ask" as never })).toThrow(/classPolicy/)
  })

  it("with a connection that breaks after the service has done its work adds nothing twice", async () => {
    let broken = 0
    const service = await startService({
      items: ["/a.png", "/b.png"],
      through: (url) =>
        startProxy(
          url,
          breakAnswers(() => ++broken <= 2),
        ),
    })
    const files = [fileOf("/a.png", [box(1), box(2)]), fileOf("/b.png", [box(1)])]
    const report = await run(service, files, { append: true })
    expect(report.items).toMatchObject({ imported: 2, failed: 0 })
    expect(report.annotations).toMatchObject({ sent: 3 })
    expect(broken).toBeGreaterThan(0)
    expect(await service.held("/a.png")).toHaveLength(2)
    expect(await service.held("/b.png")).toHaveLength(1)
  })

  it("with an abort ends the run at once", async () => {
    const service = await startService({ items: ["/a.png"] })
    const abort = new AbortController()
    const endless = (async function* () {
      for (;;) yield fileOf("/a.png", [box(Math.random())])
    })()
    const running = pipeline(endless, importTo(service.dataset, { append: true }), {
      signal: abort.signal,
      onEvent: ({ type }) => type === "file" && abort.abort(new Error("stop")),
    })
    await expect(running).rejects.toThrow("stop")
  })
})

describe("the source", () => {
  it("is not read further ahead than what is in hand", async () => {
    const items = Array.from({ length: 100 }, (_, at) => `/${at}.png`)
    const service = await startService({ items })
    let read = 0
    let done = 0
    let ahead = 0
    const files = (async function* () {
      for (; read < 1_000; read++) {
        ahead = Math.max(ahead, read - done)
        yield fileOf(`/${read % 100}.png`, [box(read)])
      }
    })()
    await run(service, files, { append: true, concurrency: 4 }, ({ type }) => {
      if (type === "file") done++
    })
    expect(done).toBe(1_000)
    // Four under way, and the batches whose items are being looked up.
    expect(ahead).toBeLessThan(600)
  })
})

describe("two teams", () => {
  it("are each asked with their own key", async () => {
    const service = await startService({ items: ["/a.png"] })
    const keys: string[] = []
    const other = service.server.addTeam("Second")
    await service.server.seed({
      dataset: "Other",
      team: other.slug,
      classes: [],
      items: [pictureItem("/a.png")],
    })
    const url = await startProxy(service.server.url, ({ url, headers }) => {
      keys.push(`${/teams\/([a-z]+)/.exec(url ?? "")?.[1]} ${headers.authorization}`)
      return false
    })
    const mine = await openDataset(url, service.server.apiKey)
    const theirs = await openDataset(url, other.apiKey, "second/other")
    keys.length = 0
    const file = fileOf("/a.png", [box(1)])
    await Promise.all(
      [mine, theirs].map((dataset) => run({ dataset }, [file], { append: true, classPolicy: "create" })),
    )
    const named = keys.filter((line) => !line.startsWith("undefined"))
    expect(new Set(named)).toEqual(
      new Set([`acme ApiKey ${service.server.apiKey}`, `second ApiKey ${other.apiKey}`]),
    )
  })
})

/** Hands on what is imported, and breaks the connection where the answer comes. */
function breakAnswers(isBroken: () => boolean): Parameters<typeof startProxy>[1] {
  return ({ url, method }, response) => {
    if (method === "POST" && url?.endsWith("/import") && isBroken()) {
      response.once("pipe", () => response.destroy())
    }
    return false
  }
}
