import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { type ImportAnnotationsOptions, importAnnotations } from "../../../src/import.ts"
import { tempDirectory } from "../../storage/temp-directory.ts"
import { box, fileOf, type Service, startService } from "./support.ts"

const property = (name: string, type: string, more: object = {}) => ({
  name,
  type,
  description: `what ${name} is`,
  required: false,
  granularity: "section",
  property_values: [],
  ...more,
})

const values = (...texts: string[]) => ({
  property_values: texts.map((value) => ({ value, color: "rgba(1,2,3,1.0)" })),
})

const metadata = {
  version: "1.0",
  classes: [
    {
      name: "car",
      type: "bounding_box",
      properties: [
        // Before the one that it is nested in.
        property("depth", "single_select", {
          ...values("deep", "shallow"),
          parent_name: "weather",
          trigger_condition: { type: "value_match", values: ["wet"] },
        }),
        property("weather", "single_select", values("dry", "wet")),
        property("note", "text", { granularity: "annotation" }),
        property("never used", "text"),
      ],
    },
  ],
  properties: [
    property("site", "text", { granularity: "item" }),
    property("crew", "multi_select", values("ann")),
  ],
}

const annotated = [
  box(1, {
    properties: [
      { name: "depth", value: "deep", frame_index: 0 },
      { name: "weather", value: "wet", frame_index: 0 },
      { name: "note", value: "by hand", frame_index: "global" },
    ],
  }),
  box(2, { properties: [{ name: "weather", value: null, frame_index: 0 }] }),
]
const itemProperties = [
  { name: "site", value: "north" },
  { name: "crew", value: "ann" },
  { name: "crew", value: "lin" },
]

async function folderWith(definitions: object | undefined): Promise<string> {
  const folder = await tempDirectory()
  if (definitions !== undefined) {
    mkdirSync(join(folder, ".v7"))
    writeFileSync(join(folder, ".v7", "metadata.json"), JSON.stringify(definitions))
  }
  const { item } = fileOf("/a.png", [])
  const annotations = annotated.map(({ type, ...rest }) => rest)
  writeFileSync(
    join(folder, "a.json"),
    JSON.stringify({ version: "2.0", item, annotations, properties: itemProperties }),
  )
  return folder
}

const run = ({ dataset }: Service, folder: string, options: ImportAnnotationsOptions = {}) =>
  importAnnotations(dataset, "darwin", folder, { append: true, journal: false, ...options })

async function listed({ call }: Service) {
  const { json } = await call("GET", "v2/teams/acme/properties?include_values=true")
  return new Map<string, Record<string, never>>(
    json.properties.map((one: { name: string }) => [one.name, one]),
  )
}

test("properties that the team lacks are made by the definitions beside the file, parents first", async () => {
  const service = await startService({ items: ["/a.png"] })
  const folder = await folderWith(metadata)
  const report = await run(service, folder, { classPolicy: "create" })
  expect(report.problems).toEqual([])
  expect(report.given.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    "property depth",
    "property weather",
    "property note",
    "property site",
    "property crew",
  ])
  const made = await listed(service)
  expect([...made.keys()].sort()).toEqual(["crew", "depth", "note", "site", "weather"])
  const [depth, weather] = [made.get("depth"), made.get("weather")] as unknown as {
    id: string
    parent_property_id: string
    trigger_condition: { property_value_ids: string[] }
    property_values: { id: string; value: string }[]
  }[]
  expect(depth?.parent_property_id).toBe(weather?.id)
  const wet = weather?.property_values.find(({ value }) => value === "wet")
  expect(depth?.trigger_condition.property_value_ids).toEqual([wet?.id])
  expect(made.get("crew")).toMatchObject({ dataset_ids: [service.dataset.id] })

  const held = await service.held("/a.png")
  expect(Object.keys(held[0]?.annotation_properties as object).sort()).toEqual(["0", "global"])
  // A value that is not selected is that, too.
  expect(held[1]?.annotation_properties).toEqual({ "0": { [weather?.id ?? ""]: [] } })

  service.log.length = 0
  const again = await run(service, folder, { classPolicy: "create" })
  expect(again.items).toMatchObject({ unchanged: 1 })
  expect(service.log.filter((line) => !line.startsWith("GET"))).toEqual([])
})

test("without definitions, or without leave to make them, files that need properties fail", async () => {
  const service = await startService({ items: ["/a.png"] })
  const bare = await run(service, await folderWith(undefined), { classPolicy: "create" })
  expect(bare.problems[0]?.reason).toBe(
    '/a.png: annotations[0]: the team has no property "depth" of class "car", and no definition stands beside the file',
  )
  const forbidden = await run(service, await folderWith(metadata), { classPolicy: "add" })
  expect(forbidden.items).toMatchObject({ failed: 1 })
  expect((await listed(service)).size).toBe(0)
})

test("values that the team lacks are added to its properties", async () => {
  const service = await startService({ items: ["/a.png"] })
  const bare = {
    classes: [],
    properties: [property("site", "text"), property("crew", "multi_select", values("ann"))],
  }
  const classes = [
    { ...metadata.classes[0], properties: [property("weather", "single_select", values("dry"))] },
  ]
  const other = [property("depth", "single_select"), property("note", "text")]
  const [first] = classes
  await run(
    service,
    await folderWith({
      ...bare,
      classes: [{ ...first, properties: [...(first?.properties ?? []), ...other] }],
    }),
    {
      classPolicy: "create",
    },
  )
  const made = await listed(service)
  const texts = (name: string) => {
    const list = made.get(name)?.property_values as { value: string }[] | undefined
    return list?.map(({ value }) => value)
  }
  expect(texts("weather")).toEqual(["dry", "wet"])
  expect(texts("depth")).toEqual(["deep"])
  expect(texts("crew")).toEqual(["ann", "lin"])
})

test("properties that are nested in a circle are not made, and the message tells", async () => {
  const service = await startService({ items: ["/a.png"] })
  const circle = ["depth", "weather"].map((name, index, names) =>
    property(name, "single_select", {
      ...values("deep", "wet"),
      parent_name: names[1 - index],
      trigger_condition: { type: "any_value" },
    }),
  )
  const classes = [{ ...metadata.classes[0], properties: [...circle, property("note", "text")] }]
  const report = await run(service, await folderWith({ ...metadata, classes }), { classPolicy: "create" })
  expect(report.items).toMatchObject({ failed: 1 })
  expect((await listed(service)).has("depth")).toBe(false)
})

test("definitions that break the rules are named", async () => {
  const service = await startService({ items: ["/a.png"] })
  const broken = { classes: [{ name: "car", type: "bounding_box", properties: [{ type: "text" }] }] }
  const report = await run(service, await folderWith(broken), { classPolicy: "create" })
  expect(report.problems[0]?.reason).toMatch(
    /metadata\.json: classes\[0\]\.properties\[0\]\.name: is missing/,
  )
})
