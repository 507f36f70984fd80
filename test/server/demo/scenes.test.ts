import { describe, expect, it } from "vitest"
import type { Annotation, AnnotationType } from "../../../src/model/annotation.ts"
import { demoClasses, demoItems } from "../../../src/server/demo/scenes.ts"
import type { SeedItem } from "../../../src/server/seed.ts"

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

function take(items: Iterable<SeedItem>, count: number): SeedItem[] {
  const taken: SeedItem[] = []
  for (const item of items) {
    taken.push(item)
    if (taken.length === count) break
  }
  return taken
}

const idsOf = (items: readonly SeedItem[]): (string | undefined)[] =>
  items.flatMap((item) => item.annotations.map((annotation) => annotation.id))

describe("demoItems", () => {
  it("gives the same files and annotations for a seed, each time it is asked", () => {
    const items = demoItems({ seed: 5 })
    const first = [...items]
    expect(first.length).toBe(12)
    expect([...items]).toEqual(first)
    expect([...demoItems({ seed: 5 })]).toEqual(first)
  })

  it("has seed 1 and 12 items by default", () => {
    expect([...demoItems()]).toEqual([...demoItems({ seed: 1, count: 12 })])
  })

  it("gives other pictures, annotations and ids for another seed, under the same names", () => {
    const [one, other] = [[...demoItems({ seed: 5 })], [...demoItems({ seed: 6 })]]
    expect(other.map((item) => item.name)).toEqual(one.map((item) => item.name))
    const files = (items: SeedItem[]) =>
      items.flatMap((item) => item.slots.map((slot) => Buffer.from(slot.bytes)))
    const others = files(other)
    expect(files(one).filter((file, index) => others[index]?.equals(file))).toEqual([])
    const shared = new Set(idsOf(one))
    expect(idsOf(other).filter((id) => shared.has(id))).toEqual([])
  })

  it("draws an item alike whatever the count, and draws only what is asked for", () => {
    const endless = take(demoItems({ count: Number.MAX_SAFE_INTEGER }), 15)
    expect(endless).toEqual([...demoItems({ count: 15 })])
    expect([...demoItems({ count: 0 })]).toEqual([])
  })

  it("goes on with numbered, completed images, at no place twice", () => {
    const items = [...demoItems({ count: 60 })]
    const further = items.slice(12)
    expect(further.map((item) => item.name)).toEqual(further.map((_, index) => `street ${index + 13}.png`))
    expect(new Set(further.map((item) => item.status))).toEqual(new Set(["complete"]))
    expect(new Set(further.map((item) => item.path)).size).toBe(3)
    const places = items.map((item) => `${item.path}/${item.name}`)
    expect(new Set(places).size).toBe(places.length)
    expect(new Set(idsOf(items)).size).toBe(idsOf(items).length)
  })

  it("is a dataset of all kinds", () => {
    const items = [...demoItems()]
    expect(new Set(items.map((item) => item.path))).toEqual(new Set(["/", "/north", "/north/old town"]))
    const statuses = items.map((item) => item.status).filter((status) => status !== "complete")
    expect(statuses.sort()).toEqual(["annotate", "new", "review"])
    const names = items.map((item) => item.name)
    expect(names).toEqual(expect.arrayContaining(["Straße 3.png", "通り 7.png", "crossing at noon.avi"]))
    for (const name of names) expect(name).toBe(name.normalize("NFC"))
    expect(items.filter((item) => item.name === "corner.png").map((item) => item.path)).toEqual([
      "/",
      "/north",
    ])
    expect(items.map((item) => item.slots.length).sort()).toEqual([...Array(11).fill(1), 2])
    const classes = new Set(items.flatMap((item) => item.annotations.map((annotation) => annotation.name)))
    expect([...classes].sort()).toEqual([...demoClasses.map(({ name }) => name), "__raster_layer__"].sort())
  })
})

describe("demoClasses", () => {
  it("have one definition a name, a colour, and a skeleton whose edges join its nodes", () => {
    expect(new Set(demoClasses.map(({ name }) => name)).size).toBe(demoClasses.length)
    for (const { color, type, skeleton, attributes, sub_types } of demoClasses) {
      expect(color).toMatch(/^rgba\(\d{1,3},\d{1,3},\d{1,3},1\.0\)$/)
      expect(skeleton !== undefined).toBe(type === "skeleton")
      expect(attributes !== undefined).toBe(sub_types.includes("attributes"))
      const nodes = new Set(skeleton?.nodes.map((node) => node.name))
      for (const edge of skeleton?.edges ?? []) {
        expect(nodes).toContain(edge.from)
        expect(nodes).toContain(edge.to)
      }
    }
  })
})

const mainTypes: readonly string[] = [
  "polygon",
  "bounding_box",
  "tag",
  "line",
  "keypoint",
  "ellipse",
  "skeleton",
  "mask",
  "raster_layer",
] satisfies AnnotationType[]
const subTypes = ["text", "attributes", "instance_id", "directional_vector"]

/** A shape has one main key, that of its class (a polygon also its box), and no sub-annotations but its class' own. */
function expectShape(name: string, shape: object): void {
  const definition = demoClasses.find((candidate) => candidate.name === name)
  const type = name === "__raster_layer__" ? "raster_layer" : definition?.type
  const keys = Object.keys(shape)
  expect(keys.filter((key) => mainTypes.includes(key)).sort()).toEqual(
    type === "polygon" ? ["bounding_box", "polygon"] : [type],
  )
  const subs = keys.filter((key) => !mainTypes.includes(key))
  expect(definition?.sub_types ?? []).toEqual(expect.arrayContaining(subs))
  expect(subTypes).toEqual(expect.arrayContaining(subs))
  if ("attributes" in shape) {
    expect(definition?.attributes ?? []).toEqual(expect.arrayContaining(shape.attributes as string[]))
  }
  if (!("polygon" in shape)) return
  const { paths } = shape.polygon as { paths: { x: number; y: number }[][] }
  for (const path of paths) expect(path.length).toBeGreaterThanOrEqual(3)
  const xs = paths.flat().map((point) => point.x)
  const ys = paths.flat().map((point) => point.y)
  const [x, y] = [Math.min(...xs), Math.min(...ys)]
  expect((shape as { bounding_box?: unknown }).bounding_box).toEqual({
    x,
    y,
    w: Math.max(...xs) - x,
    h: Math.max(...ys) - y,
  })
}

function expectAnnotation(annotation: Annotation, item: SeedItem): void {
  const { id, type, name, slot_names, properties } = annotation
  expect(id).toMatch(uuid)
  expect(name).toBe(name.trim())
  expect(properties).toEqual([])
  expect(slot_names?.length).toBe(1)
  const slot = item.slots.find((candidate) => candidate.slot_name === slot_names?.[0])
  expect(slot).toBeDefined()
  if (annotation.type !== "video") {
    expect(slot?.type).toBe("image")
    const {
      id: _id,
      type: _type,
      name: _name,
      slot_names: _slots,
      properties: _properties,
      ...shape
    } = annotation
    expect(Object.keys(shape)).toContain(type)
    expectShape(name, shape)
    return
  }
  expect(slot?.type).toBe("video")
  const indices = (annotation.ranges ?? []).flatMap(([start, end]) =>
    Array.from({ length: end - start }, (_, offset) => start + offset),
  )
  expect(indices.length).toBeGreaterThan(0)
  expect(Object.keys(annotation.frames).map(Number)).toEqual(indices)
  expect(indices.at(-1)).toBeLessThan(slot?.frames?.length ?? 0)
  for (const { keyframe, ...shape } of Object.values(annotation.frames)) {
    expect(keyframe).toBeTypeOf("boolean")
    expectShape(name, shape)
  }
  expect(Object.values(annotation.frames)[0]?.keyframe).toBe(true)
}

describe.each([...demoItems({ seed: 3, count: 30 })])("item $path $name", (item) => {
  it("keeps the rules for writers of Darwin JSON", () => {
    expect(item.path).toMatch(/^\/([^/]+(\/[^/]+)*)?$/)
    expect(item.name).toBe(item.name.trim())
    expect(item.name).not.toContain("/")
    // Equal after a round trip: no undefined, no NaN, nothing that JSON cannot hold.
    expect(JSON.parse(JSON.stringify(item.annotations))).toStrictEqual(item.annotations)
    expect(item.annotations.length > 0).toBe(item.status !== "new")
    for (const annotation of item.annotations) expectAnnotation(annotation, item)
    for (const slot of item.slots) {
      expect(slot.file_name).toMatch(slot.type === "video" ? /\.avi$/ : /\.png$/)
      expect(slot.frames !== undefined && slot.fps !== undefined).toBe(slot.type === "video")
    }
  })
})
