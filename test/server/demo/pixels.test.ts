import { PNG } from "pngjs"
import { describe, expect, it } from "vitest"
import type { Annotation, Frame, ImageAnnotation } from "../../../src/model/annotation.ts"
import type { Box, Point } from "../../../src/model/point.ts"
import { type Light, palettes } from "../../../src/server/demo/palette.ts"
import { demoItems } from "../../../src/server/demo/scenes.ts"
import type { SeedItem } from "../../../src/server/seed.ts"

type Colors = ReturnType<typeof classColors>

/** The colours a class is painted in, and nothing else is. */
function classColors(light: Light) {
  const colors = palettes[light]
  return {
    car: flatten(colors.car),
    truck: flatten(colors.truck),
    person: flatten(colors.person),
    building: flatten(colors.building),
    crosswalk: [colors.crosswalk],
    "give way sign": flatten(colors.giveWay),
    "stop sign": flatten(colors.stop),
    "speed limit sign": flatten(colors.speedLimit),
    manhole: flatten(colors.manhole),
    "lane line": [colors.laneLine],
    signal: flatten(colors.signal),
    road: [colors.road],
    puddle: [colors.puddle],
    tree: flatten(colors.tree),
  }
}

function flatten(colors: object | number): number[] {
  return typeof colors === "number" ? [colors] : Object.values(colors).flatMap((color) => flatten(color))
}

interface Picture {
  readonly width: number
  readonly height: number
  colorAt(x: number, y: number): number
  /** Indices (row by row) of the pixels in one of the colours. */
  pixelsOf(colors: readonly number[]): Set<number>
}

function decode(bytes: Uint8Array): Picture {
  const { width, height, data } = PNG.sync.read(Buffer.from(bytes))
  const colorAt = (x: number, y: number): number => data.readUIntBE((y * width + x) * 4, 3)
  return {
    width,
    height,
    colorAt,
    pixelsOf(colors) {
      const wanted = new Set(colors)
      const found = new Set<number>()
      for (let pixel = 0; pixel < width * height; pixel += 1) {
        if (wanted.has(data.readUIntBE(pixel * 4, 3))) found.add(pixel)
      }
      return found
    },
  }
}

/** Indices of the pixels whose centre a test holds for. */
function pixelsWhere({ width, height }: Picture, test: (x: number, y: number) => boolean): Set<number> {
  const found = new Set<number>()
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    if (test((pixel % width) + 0.5, Math.floor(pixel / width) + 0.5)) found.add(pixel)
  }
  return found
}

/** Even-odd: the number of edges a ray to the right crosses is odd. */
function insidePaths(paths: readonly (readonly Point[])[], x: number, y: number): boolean {
  let crossings = 0
  for (const path of paths) {
    let previous = path.at(-1) as Point
    for (const point of path) {
      const [upper, lower] = previous.y < point.y ? [previous, point] : [point, previous]
      if (upper.y <= y && y < lower.y) {
        const side = (lower.x - upper.x) * (y - upper.y) - (x - upper.x) * (lower.y - upper.y)
        if (side > 0) crossings += 1
      }
      previous = point
    }
  }
  return crossings % 2 === 1
}

function insideEllipse(ellipse: ImageEllipse, x: number, y: number): boolean {
  // The sum of the distances to the two focal points is at most the longer diameter.
  const { angle, center, radius } = ellipse
  const long = Math.max(radius.x, radius.y)
  const focus = Math.sqrt(long ** 2 - Math.min(radius.x, radius.y) ** 2)
  const direction = radius.x >= radius.y ? angle : angle + Math.PI / 2
  const distanceTo = (sign: number): number =>
    Math.hypot(
      x - center.x - sign * focus * Math.cos(direction),
      y - center.y - sign * focus * Math.sin(direction),
    )
  return distanceTo(1) + distanceTo(-1) <= 2 * long
}
type ImageEllipse = NonNullable<Frame["ellipse"]>

function nearPath(path: readonly Point[], reach: number, x: number, y: number): boolean {
  return path.some((end, index) => {
    const start = path[index - 1] ?? end
    const length = Math.hypot(end.x - start.x, end.y - start.y)
    if (length === 0) return Math.hypot(x - end.x, y - end.y) <= reach
    const [ux, uy] = [(end.x - start.x) / length, (end.y - start.y) / length]
    const along = (x - start.x) * ux + (y - start.y) * uy
    if (along < 0) return Math.hypot(x - start.x, y - start.y) <= reach
    if (along > length) return Math.hypot(x - end.x, y - end.y) <= reach
    return Math.abs((x - start.x) * uy - (y - start.y) * ux) <= reach
  })
}

function expectSamePixels(what: string, picture: Picture, drawn: Set<number>, annotated: Set<number>): void {
  const where = (pixel: number): string => `${pixel % picture.width},${Math.floor(pixel / picture.width)}`
  const onlyDrawn = [...drawn].filter((pixel) => !annotated.has(pixel)).map(where)
  const onlyAnnotated = [...annotated].filter((pixel) => !drawn.has(pixel)).map(where)
  expect({ what, onlyDrawn, onlyAnnotated }).toEqual({ what, onlyDrawn: [], onlyAnnotated: [] })
}

const within = (box: Box, x: number, y: number): boolean =>
  x >= box.x && x < box.x + box.w && y >= box.y && y < box.y + box.h

/** All pixels of the colours lie in one of the boxes, and every box has such pixels along each of its four sides. */
function expectBoxes(what: string, picture: Picture, colors: readonly number[], boxes: readonly Box[]): void {
  const { width } = picture
  const drawn = [...picture.pixelsOf(colors)].map((pixel) => ({
    x: pixel % width,
    y: Math.floor(pixel / width),
  }))
  const outside = drawn.filter(({ x, y }) => !boxes.some((box) => within(box, x, y)))
  expect({ what, outside }).toEqual({ what, outside: [] })
  for (const box of boxes) {
    const own = drawn.filter(({ x, y }) => within(box, x, y))
    const xs = own.map((pixel) => pixel.x)
    const ys = own.map((pixel) => pixel.y)
    const x = Math.min(...xs)
    const y = Math.min(...ys)
    expect({ what, box: { x, y, w: Math.max(...xs) + 1 - x, h: Math.max(...ys) + 1 - y } }).toEqual({
      what,
      box,
    })
  }
}

type Shape = Frame | ImageAnnotation

/** Checks what is annotated as boxes, polygons or ellipses of one class in one picture. */
function expectShapes(name: keyof Colors, picture: Picture, colors: Colors, shapes: readonly Shape[]): void {
  const boxes = shapes.flatMap((shape) =>
    "bounding_box" in shape && shape.bounding_box ? [shape.bounding_box] : [],
  )
  if (["car", "truck", "person"].includes(name)) {
    expect(boxes.length).toBe(shapes.length)
    expectBoxes(name, picture, colors[name], boxes)
    return
  }
  const tests = shapes.map((shape) => {
    if ("polygon" in shape && shape.polygon && "paths" in shape.polygon) {
      const { paths } = shape.polygon
      return (x: number, y: number) => insidePaths(paths, x, y)
    }
    if ("ellipse" in shape && shape.ellipse) {
      const { ellipse } = shape
      return (x: number, y: number) => insideEllipse(ellipse, x, y)
    }
    if ("line" in shape && shape.line) {
      const { path } = shape.line
      return (x: number, y: number) => nearPath(path, 1, x, y)
    }
    throw new Error(`no area in ${JSON.stringify(shape)}`)
  })
  const annotated = pixelsWhere(picture, (x, y) => tests.some((test) => test(x, y)))
  expectSamePixels(name, picture, picture.pixelsOf(colors[name]), annotated)
}

function stillsOf(item: SeedItem, slot: string): ImageAnnotation[] {
  return item.annotations
    .filter((annotation): annotation is ImageAnnotation => annotation.type !== "video")
    .filter((annotation) => annotation.slot_names?.[0] === slot)
}

function ofClass(annotations: readonly ImageAnnotation[], name: string): ImageAnnotation[] {
  return annotations.filter((annotation) => annotation.name === name)
}

const pictures = [1, 2, 77].flatMap((seed) =>
  [...demoItems({ seed, count: 24 })]
    .filter((item) => item.status !== "new")
    .flatMap((item) =>
      item.slots
        .filter((slot) => slot.type === "image")
        .map((slot) => {
          const annotations = stillsOf(item, slot.slot_name)
          const light: Light = ofClass(annotations, "night").length > 0 ? "night" : "day"
          const title = `seed ${seed}, ${item.path} ${item.name} slot ${slot.slot_name}`
          return { title, light, annotations, slot }
        }),
    ),
)

describe.each(["day", "night"] as const)("the palette by %s", (light) => {
  it("gives no colour to two uses", () => {
    const all = Object.entries(palettes[light]).flatMap(([use, color]) =>
      [...new Set(flatten(color))].map((value) => ({ use, value })),
    )
    const shared = all.filter(({ value }, index) => all.findIndex((other) => other.value === value) !== index)
    expect(shared).toEqual([])
  })
})

describe.each(pictures)("$title", ({ light, annotations, slot }) => {
  const picture = decode(slot.bytes)
  const colors = classColors(light)

  it("is an RGB picture of the size the slot says", () => {
    expect([picture.width, picture.height]).toEqual([slot.width, slot.height])
    // Bit depth and colour type of the IHDR chunk: 8 bits a channel, colour without alpha.
    expect([slot.bytes[24], slot.bytes[25]]).toEqual([8, 2])
  })

  it("has boxes exactly around vehicles and people", () => {
    for (const name of ["car", "truck", "person"] as const) {
      expectShapes(name, picture, colors, ofClass(annotations, name))
    }
  })

  it("has polygons, ellipses and lines exactly over what they annotate", () => {
    const names = [
      "building",
      "crosswalk",
      "give way sign",
      "stop sign",
      "speed limit sign",
      "manhole",
      "lane line",
    ]
    for (const name of names as (keyof Colors)[]) {
      expectShapes(name, picture, colors, ofClass(annotations, name))
    }
  })

  it("has skeletons on the limbs of the people with the same instance id", () => {
    const { skins, coats, trousers } = palettes[light].person
    const limbs: Record<string, readonly number[]> = {
      head: skins,
      neck: coats,
      "left hand": skins,
      "right hand": skins,
      hip: coats,
      "left foot": trousers,
      "right foot": trousers,
    }
    const people = ofClass(annotations, "person")
    const poses = ofClass(annotations, "pose")
    expect(poses.map((pose) => "instance_id" in pose && pose.instance_id)).toEqual(
      people.map((person) => "instance_id" in person && person.instance_id),
    )
    poses.forEach((pose, index) => {
      const person = people[index]
      if (pose.type !== "skeleton" || person?.type !== "bounding_box") throw new Error("another type")
      expect(pose.skeleton.nodes.map((node) => node.name)).toEqual(Object.keys(limbs))
      for (const { name, x, y } of pose.skeleton.nodes) {
        expect(limbs[name]).toContain(picture.colorAt(Math.floor(x), Math.floor(y)))
        expect(within(person.bounding_box, x, y)).toBe(true)
      }
    })
  })

  it("has the keypoint of the signal in the middle of its lit lamp", () => {
    const lit = [...picture.pixelsOf(colors.signal)]
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
    const middle = {
      x: mean(lit.map((pixel) => (pixel % picture.width) + 0.5)),
      y: mean(lit.map((pixel) => Math.floor(pixel / picture.width) + 0.5)),
    }
    const keypoints = annotations.flatMap((annotation) =>
      annotation.type === "keypoint" ? [annotation] : [],
    )
    expect(keypoints.map((annotation) => annotation.keypoint)).toEqual([middle])
    const state = (["red", "green"] as const).find(
      (name) => picture.pixelsOf([palettes[light].signal[name]]).size > 0,
    )
    expect(keypoints[0]?.attributes).toEqual([state])
  })

  it("has masks whose labels are the drawn pixels", () => {
    const masks = annotations.flatMap((annotation) => (annotation.type === "mask" ? [annotation] : []))
    const layers = annotations.flatMap((annotation) =>
      annotation.type === "raster_layer" ? [annotation.raster_layer] : [],
    )
    expect(layers.length).toBe(masks.length > 0 ? 1 : 0)
    for (const layer of layers) {
      const labels = decodeDenseRle(layer.dense_rle)
      expect(labels.length).toBe(picture.width * picture.height)
      expect(layer.total_pixels).toBe(labels.length)
      const mapping = Object.entries(layer.mask_annotation_ids_mapping)
      expect(mapping.map(([id]) => id).sort()).toEqual(masks.map((mask) => mask.id).sort())
      expect(new Set(labels)).toEqual(new Set([0, ...mapping.map(([, label]) => label)]))
      for (const name of ["road", "puddle", "tree"] as const) {
        const own = masks.filter((mask) => mask.name === name).map((mask) => mask.id)
        const wanted = new Set(mapping.filter(([id]) => own.includes(id)).map(([, label]) => label))
        const annotated = new Set(labels.flatMap((label, pixel) => (wanted.has(label) ? [pixel] : [])))
        expectSamePixels(name, picture, picture.pixelsOf(colors[name]), annotated)
      }
    }
  })
})

/** One label a pixel; the runs are as long as they can be. */
function decodeDenseRle(pairs: readonly number[]): number[] {
  expect(pairs.length % 2).toBe(0)
  const labels: number[] = []
  for (let index = 0; index < pairs.length; index += 2) {
    const [label, run] = [pairs[index] as number, pairs[index + 1] as number]
    expect(run).toBeGreaterThan(0)
    expect(label).not.toBe(pairs[index - 2])
    for (let count = 0; count < run; count += 1) labels.push(label)
  }
  return labels
}

describe("the scenes above", () => {
  it("hold every kind of thing, so that none of the tests was about nothing", () => {
    const names = new Set(
      pictures.flatMap(({ annotations }) => annotations.map((annotation) => annotation.name)),
    )
    for (const name of Object.keys(classColors("day"))) expect(names).toContain(name)
    const holes = pictures.flatMap(({ annotations }) => ofClass(annotations, "building")).map(pathCount)
    expect(Math.max(...holes)).toBeGreaterThan(4)
    const layers = pictures.filter(({ annotations }) => ofClass(annotations, "__raster_layer__").length > 0)
    expect(layers.length).toBeGreaterThan(10)
  })
})

function pathCount(annotation: Annotation): number {
  return annotation.type === "polygon" && "paths" in annotation.polygon ? annotation.polygon.paths.length : 0
}

describe.each([1, 2, 77])("the video of seed %i", (seed) => {
  const item = [...demoItems({ seed })].find((candidate) => candidate.slots[0]?.type === "video")
  const frames = item?.slots[0]?.frames ?? []
  const videos = (item?.annotations ?? []).flatMap((annotation) =>
    annotation.type === "video" ? [annotation] : [],
  )

  it("has the shapes of every frame exactly where they are in it", () => {
    expect(frames.length).toBe(8)
    const names = ["car", "truck", "person", "give way sign", "stop sign", "speed limit sign"] as const
    frames.forEach((bytes, index) => {
      const picture = decode(bytes)
      for (const name of names) {
        const shapes = videos
          .filter((annotation) => annotation.name === name)
          .flatMap((annotation) => annotation.frames[String(index)] ?? [])
        expectShapes(name, picture, classColors("day"), shapes)
      }
    })
  })

  it("lists between keyframes what linear interpolation gives", () => {
    const moving = videos.filter((annotation) => ["car", "person"].includes(annotation.name))
    expect(moving.length).toBe(2)
    for (const { frames: byIndex } of moving) {
      const indices = Object.keys(byIndex).map(Number)
      const keys = indices.filter((index) => byIndex[String(index)]?.keyframe === true)
      expect([keys[0], keys.at(-1)]).toEqual([indices[0], indices.at(-1)])
      const boxAt = (index: number): Box => byIndex[String(index)]?.bounding_box as Box
      for (const index of indices) {
        const before = keys.findLast((key) => key <= index) as number
        const after = keys.find((key) => key >= index) as number
        const ratio = after === before ? 0 : (index - before) / (after - before)
        const between = (key: keyof Box): number =>
          boxAt(before)[key] + ratio * (boxAt(after)[key] - boxAt(before)[key])
        expect(boxAt(index)).toEqual({ x: between("x"), y: between("y"), w: between("w"), h: between("h") })
      }
    }
    const lefts = Object.values(moving.find(({ name }) => name === "car")?.frames ?? {}).map(
      (f) => f.bounding_box?.x,
    )
    expect(new Set(lefts).size).toBeGreaterThan(3)
  })

  it("has a tag over those frames only in which the person crosses", () => {
    const tags = videos.filter((annotation) => annotation.name === "pedestrian crossing")
    const person = videos.find((annotation) => annotation.name === "person")
    expect(tags.length).toBe(1)
    expect(tags[0]?.ranges).toEqual(person?.ranges)
    expect(Object.keys(tags[0]?.frames ?? {}).length).toBeLessThan(frames.length)
    expect(Object.values(tags[0]?.frames ?? {}).map((frame) => frame.keyframe)).toEqual([
      true,
      ...Array(Object.keys(person?.frames ?? {}).length - 1).fill(false),
    ])
  })
})
