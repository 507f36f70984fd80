import { readdirSync, writeFileSync } from "node:fs"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { imageIdOf } from "../../../src/formats/coco/element-id.ts"
import { createElementStore } from "../../../src/formats/coco/element-store.ts"
import { createImagePositions } from "../../../src/formats/coco/image-positions.ts"
import { coco } from "../../../src/formats/coco/index.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import { inDirectory } from "../golden.ts"

const image = (id: unknown, file_name: unknown = `${id}.png`) => ({ id, file_name, width: 60, height: 40 })
const box = (image_id: unknown, x = 1, extra: object = {}) => ({
  image_id,
  category_id: 1,
  bbox: [x, 2, 3, 4],
  ...extra,
})
const categories = [{ id: 1, name: "car" }]

interface Result {
  readonly files: AnnotationFile[]
  readonly skips: string[]
}

/** Reads documents given as text or value, each a file; with `skip` what is wrong is told. */
async function read(documents: unknown, onInvalid: "throw" | "skip" = "throw"): Promise<Result> {
  return inDirectory(async (directory) => {
    const input = join(directory, "in")
    await mkdir(input)
    const all = Array.isArray(documents) ? documents : [documents]
    all.forEach((one, index) => {
      writeFileSync(join(input, `${index}.json`), typeof one === "string" ? one : JSON.stringify(one))
    })
    const spool = join(directory, "spool")
    const skips: string[] = []
    const files: AnnotationFile[] = []
    const iterator = coco.read(input, { onInvalid, spoolDirectory: spool })[Symbol.asyncIterator]({
      onEvent: (event) => event.type === "skip" && skips.push(`${event.place}: ${event.reason}`),
    })
    for await (const file of { [Symbol.asyncIterator]: () => iterator }) files.push(file)
    return { files, skips }
  })
}

const refusal = (documents: unknown) =>
  read(documents).then(
    () => "read",
    (error) => `${error.place}: ${error.rule}`,
  )

describe("coco.read", () => {
  it("gives an image's file with its address, size, folder and tags", async () => {
    const { files } = await read({
      images: [
        {
          ...image(7, "a/b/c.png"),
          coco_url: "n/a",
          flickr_url: "http://127.0.0.1/f",
          darwin_workview_url: "http://127.0.0.1/w",
          tag_ids: [3, "3"],
        },
        { id: 8, file_name: "d.png", width: null },
      ],
      annotations: [box(7)],
      categories,
      tag_categories: [{ id: 3, name: "night" }],
    })
    const tag = { name: "night", slot_names: ["0"], tag: {}, type: "tag" }
    expect(files).toEqual([
      {
        path: expect.stringMatching(/0\.json$/),
        version: "2.0",
        item: {
          name: "c.png",
          path: "/a/b",
          source_info: { workview_url: "http://127.0.0.1/w" },
          slots: [
            {
              slot_name: "0",
              type: "image",
              source_files: [{ file_name: "c.png", url: "http://127.0.0.1/f" }],
              width: 60,
              height: 40,
            },
          ],
        },
        annotations: [
          tag,
          tag,
          { name: "car", slot_names: ["0"], bounding_box: { x: 1, y: 2, w: 3, h: 4 }, type: "bounding_box" },
        ],
      },
      {
        path: expect.stringMatching(/0\.json$/),
        version: "2.0",
        item: {
          name: "d.png",
          path: "/",
          slots: [{ slot_name: "0", type: "image", source_files: [{ file_name: "d.png" }] }],
        },
        annotations: [],
      },
    ])
  })

  it("gives the same whatever the order of the lists and of the annotations", async () => {
    const images = Array.from({ length: 40 }, (_, i) => image(i % 3 === 0 ? `id ${i}` : i * 1e9, `${i}.png`))
    const annotations = Array.from({ length: 300 }, (_, i) => box(images[(i * 7) % 40]?.id, i))
    const expected = images.map(({ id }) =>
      annotations.filter(({ image_id }) => image_id === id).map(({ bbox }) => bbox[0]),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(["images", "annotations", "categories"], { minLength: 3 }),
        fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
        async (keys, space) => {
          const lists: Record<string, unknown> = { images, annotations, categories }
          const document = Object.fromEntries(keys.map((key) => [key, lists[key]]))
          const { files } = await read(
            JSON.stringify({ info: { images: [] }, ...document }, undefined, space),
          )
          const xs = files.map((file) =>
            file.annotations.map((one) => "bounding_box" in one && one.bounding_box?.x),
          )
          expect(xs).toEqual(expected)
        },
      ),
      { numRuns: 12 },
    )
  })

  it("reads files larger than what it keeps in memory, and leaves nothing on disk", async () => {
    const count = 4000
    const segmentation = [Array.from({ length: 100 }, (_, n) => n + 0.123456789)]
    for (const first of ["images", "annotations"]) {
      const images = Array.from({ length: count }, (_, i) => image(i))
      const annotations = Array.from({ length: 3 * count }, (_, i) =>
        box((i * 37) % count, i, { segmentation }),
      )
      const document =
        first === "images" ? { images, annotations, categories } : { annotations, images, categories }
      await inDirectory(async (directory) => {
        const path = join(directory, "large.json")
        writeFileSync(path, JSON.stringify(document))
        const spool = join(directory, "spool")
        let index = 0
        for await (const { item, annotations: own } of coco.read(path, { spoolDirectory: spool })) {
          expect(readdirSync(spool)).toEqual([])
          expect(item.name).toBe(`${index++}.png`)
          expect(own.length).toBe(3)
        }
        expect(index).toBe(count)
      })
    }
  })

  it("says what is wrong and where, or skips it and goes on", async () => {
    const good = { images: [image(1), image(2)], annotations: [box(1), box(2)], categories }
    const faults: [string, object][] = [
      ["images: stands twice in the file", {}],
      ["images: expected a list", { images: 5 }],
      [": no images: not a COCO file", { images: undefined }],
      ["images[1].id: another image has this id", { images: [image(1), image("1")] }],
      ["images[0].id: expected a number or a text", { images: [image(null)] }],
      ["images[0].file_name: expected a text", { images: [image(1, 5), image(2)] }],
      ["images[0].file_name: expected the name of a file", { images: [image(1, "a/"), image(2)] }],
      ["images[0].width: expected a number of pixels", { images: [{ ...image(1), width: "60" }, image(2)] }],
      ["images[1]: expected an object", { images: [image(1), 7] }],
      ["annotations[1].image_id: no image has this id", { annotations: [box(1), box(3)] }],
      ["annotations[0].image_id: no image has this id", { annotations: [box(null)] }],
      [
        "annotations[0].image_id: no image has this id",
        { annotations: [{ extra: { image_id: 1 }, category_id: 1, bbox: [1, 2, 3, 4] }] },
      ],
      ["annotations[0].category_id: no category has this id", { categories: [] }],
      [
        "categories[1].id: another category has this id",
        { categories: [...categories, { id: 1, name: "van" }] },
      ],
      ["categories[0].name: expected a text", { categories: [{ id: 1 }] }],
      [
        "annotations[0].bbox: expected x, y, width and height",
        { annotations: [box(1, 1, { bbox: [1, 2, 3, null] })] },
      ],
      [
        "annotations[0].segmentation: expected polygons or run lengths",
        { annotations: [box(1, 1, { segmentation: 5 })] },
      ],
      [
        "annotations[0].segmentation[0]: expected pairs of x and y",
        { annotations: [box(1, 1, { segmentation: [[1, 2, 3, 4, 5, 6, 7]] })] },
      ],
      [
        "annotations[0].segmentation[0]: expected a list of numbers",
        { annotations: [box(1, 1, { segmentation: [["1", 2]] })] },
      ],
      [
        "annotations[0].segmentation.size: expected height and width",
        { annotations: [box(1, 1, { segmentation: { counts: [4], size: [4] } })] },
      ],
      [
        "annotations[0].segmentation.counts: expected run lengths",
        { annotations: [box(1, 1, { segmentation: { counts: "\n", size: [2, 2] } })] },
      ],
      [
        "annotations[0].segmentation.counts: the run lengths do not add up to the size",
        { annotations: [box(1, 1, { segmentation: { counts: [1, 2], size: [2, 2] } })] },
      ],
      [
        "annotations[0].keypoints: expected triples of x, y and visibility",
        { annotations: [box(1, 1, { keypoints: [1, 2] })] },
      ],
      [
        "annotations[0].attributes: expected a list of names",
        { annotations: [box(1, 1, { attributes: { a: [] } })] },
      ],
      ["annotations[0].extra.text: expected a text", { annotations: [box(1, 1, { extra: { text: 1 } })] }],
      [
        "annotations[0].extra.instance_id: expected a number",
        { annotations: [box(1, 1, { extra: { instance_id: "1" } })] },
      ],
      [
        "images[0].tag_ids[1]: no tag category has this id",
        { images: [{ ...image(1), tag_ids: [5, 6] }, image(2)], tag_categories: [{ id: 5, name: "t" }] },
      ],
      [
        "tag_categories[1].id: another category has this id",
        { tag_categories: [5, 5].map((id, at) => ({ id, name: `t${at}` })) },
      ],
    ]
    for (const [said, change] of faults) {
      const text = JSON.stringify({ ...good, ...change })
      const document = said.includes("twice") ? `${text.slice(0, -1)},"images":[]}` : text
      expect(await refusal(document)).toBe(said)
      const { skips, files } = await read([document, good], "skip")
      expect(skips).toContain(said)
      // The next file is whole, whatever was wrong with the first one.
      expect(files.slice(-2).map(({ annotations }) => annotations.length)).toEqual([1, 1])
    }
    expect(await refusal('{"images":[{"id":1,"file_name":"a"}],"annotations":[{"image_id":1,,}]}')).toMatch(
      /^annotations\[0\]: /,
    )
    expect(await refusal('{"images":[')).toMatch(/the file ends/)
  })

  it("reads keypoints in the names and number of their category", async () => {
    const pose = { id: 1, name: "dog", keypoints: ["head", "tail", "paw"] }
    const keypoints = [1, 2, 2, 0, 0, 0, 5, 6, 1]
    const annotations = [
      box(1, 1, { keypoints, num_keypoints: 2 }),
      box(1, 1, { keypoints: [0, 0, 0, 0, 0, 0, 0, 0, 0], num_keypoints: 0 }),
    ]
    const { files } = await read({ images: [image(1)], annotations, categories: [pose] })
    expect(files[0]?.annotations).toMatchObject([
      {
        type: "skeleton",
        skeleton: {
          nodes: [
            { name: "head", x: 1, y: 2, occluded: false },
            { name: "paw", x: 5, y: 6, occluded: true },
          ],
        },
      },
      { type: "bounding_box" },
    ])
    expect(
      await refusal({
        images: [image(1)],
        annotations: [box(1, 1, { keypoints: [1, 2, 2] })],
        categories: [pose],
      }),
    ).toBe("annotations[0].keypoints: expected 3 triples, as its category has keypoints")
  })

  it("reads attributes from lists and from objects", async () => {
    const annotations = [
      box(1, 1, {
        attributes: { wet: true, dry: false, none: null, size: 3 },
        extra: { attributes: ["red"] },
        iscrowd: 1,
      }),
      box(1, 1, { extra: { attributes: [] } }),
      box(1),
    ]
    const { files } = await read({ images: [image(1)], annotations, categories })
    expect(files[0]?.annotations.map((one) => "attributes" in one && one.attributes)).toEqual([
      ["red", "wet", "size:3", "iscrowd"],
      [],
      false,
    ])
  })

  it("refuses parts that overlap where no mask can be as large, at once", async () => {
    const wide = [0, 0, 1e9, 0, 1e9, 4]
    const annotations = [box(1, 1, { segmentation: [wide, wide] })]
    await expect(read({ images: [image(1)], annotations, categories })).rejects.toMatchObject({
      code: "format",
      rule: "its parts overlap and are too large for a mask",
    })
  })

  it("unites parts that overlap, and drops what lies inside of another", async () => {
    const square = (x: number, y: number, side: number) => [
      x,
      y,
      x + side,
      y,
      x + side,
      y + side,
      x,
      y + side,
    ]
    const annotations = [
      box(1, 1, { segmentation: [square(-3, -2, 4), square(0, 0, 4)] }),
      box(1, 1, { segmentation: [square(0, 0, 9), square(2, 2, 3)] }),
    ]
    const { files } = await read({ images: [image(1)], annotations, categories })
    const paths = files[0]?.annotations.map(
      (one) => "polygon" in one && "paths" in one.polygon && one.polygon.paths,
    )
    expect(paths).toEqual([
      [
        [-3, -2, 1, -2, 1, 0, 4, 0, 4, 4, 0, 4, 0, 2, -3, 2].flatMap((x, i, all) =>
          i % 2 === 0 ? [{ x, y: all[i + 1] }] : [],
        ),
      ],
      [
        [
          { x: 0, y: 0 },
          { x: 9, y: 0 },
          { x: 9, y: 9 },
          { x: 0, y: 9 },
        ],
      ],
    ])
  })
})

describe("damaged files", () => {
  const sound = JSON.stringify({
    info: { year: 2024 },
    images: [{ ...image(1), tag_ids: [3] }, image("b", "x/b.png")],
    annotations: [
      box(1, 1, {
        segmentation: [[1, 2, 3, 4, 5, 6.5]],
        extra: { text: "t", attributes: ["a"], instance_id: 4 },
      }),
      box("b", 1, { segmentation: { counts: [1, 2, 5], size: [2, 4] }, keypoints: [1, 2, 2], iscrowd: 1 }),
      box(1, 1, { segmentation: { counts: "12", size: [1, 3] }, attributes: { a: 1 } }),
    ],
    categories: [{ id: 1, name: "car", keypoints: ["nose"] }],
    tag_categories: [{ id: 3, name: "night" }],
  })
  const places = [...sound.matchAll(/"[^"]*"(?!:)|-?\d+(?:\.\d+)?|\[[^[\]{}]*\]|\{[^[\]{}]*\}/g)]

  it("give a typed error that names the file, or what is right in them", async () => {
    const flipped = fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 0, max: 255 })).map(([at, byte]) => {
      const bytes = Buffer.from(sound)
      bytes[at] = byte
      return bytes
    })
    const cut = fc.nat(sound.length - 1).map((at) => Buffer.from(sound.slice(0, at)))
    const json = fc.oneof(
      fc.json(),
      fc.constantFrom("1e999", "-1", "[]", "{}", "null", "[[]]", "9e15", '"\\u0000"'),
    )
    const replaced = fc.tuple(fc.constantFrom(...places), json).map(([{ index, 0: old }, value]) => {
      return Buffer.from(sound.slice(0, index) + value + sound.slice(index + old.length))
    })
    await inDirectory(async (directory) => {
      const path = join(directory, "damaged.json")
      await fc.assert(
        fc.asyncProperty(fc.oneof(flipped, cut, replaced, replaced), async (bytes) => {
          writeFileSync(path, bytes)
          for (const onInvalid of ["throw", "skip"] as const) {
            try {
              for await (const { item, annotations } of coco.read(path, { onInvalid })) {
                expect(item.path).toMatch(/^\/(?!.*\.\.)/)
                for (const one of annotations) expect(JSON.stringify(one)).not.toMatch(/:null/)
              }
            } catch (error) {
              expect(error).toMatchObject({ code: "format", file: path })
              expect(onInvalid).toBe("throw")
            }
          }
        }),
        { numRuns: 700 },
      )
    })
  })
})

describe("imageIdOf", () => {
  it("is what parsing gives, whatever stands around", () => {
    const key = fc.constantFrom("image_id", "id", "extra", "a", '"image_id"', "image\\id")
    const value = fc.oneof(
      fc.integer({ min: 0, max: 2 ** 40 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string(),
      fc.constantFrom('"image_id": 5', "image_id", null, true),
      fc.record({ image_id: fc.integer() }),
      fc.array(fc.constant({ image_id: 1 })),
    )
    const space = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined })
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value)), space, (members, indent) => {
        const raw = Buffer.from(JSON.stringify(Object.fromEntries(members), undefined, indent))
        const element = JSON.parse(raw.toString())
        const found = imageIdOf(raw, "f", "p")
        // An id inside may stand in for one that is not there: the reader looks again when it parses.
        if ("image_id" in element || !raw.includes('"image_id"')) expect(found).toEqual(element.image_id)
      }),
      { numRuns: 5000 },
    )
    expect(imageIdOf(Buffer.from('{"image\\u005fid": 3}'), "f", "p")).toBe(3)
    expect(imageIdOf(Buffer.from('{"image_id" : 1.5e2 , "a": 1}'), "f", "p")).toBe(150)
    expect(imageIdOf(Buffer.from('{"image_id": 1, "image_id": 2}'), "f", "p")).toBe(2)
    expect(() => imageIdOf(Buffer.from('{"image_id": 01}'), "f", "p")).toThrow()
  })
})

describe("image positions", () => {
  it("are found by any id, numbers and text alike", () => {
    const id = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double({ noNaN: true }), fc.string())
    fc.assert(
      fc.property(fc.uniqueArray(id, { selector: String, maxLength: 3000, size: "max" }), (ids) => {
        const positions = createImagePositions()
        const own = ids.filter((one) => !Object.is(one, -0))
        own.forEach((one) => {
          expect(positions.add(one)).toBe(true)
        })
        own.forEach((one, index) => {
          expect(positions.find(one)).toBe(index)
          expect(positions.add(one)).toBe(false)
        })
        expect(positions.count).toBe(own.length)
        expect(positions.find("no such id")).toBeUndefined()
      }),
      { numRuns: 20 },
    )
  })
})

describe("the element store", () => {
  it("gives elements back by position, in order, also from disk", async () => {
    await inDirectory(async (directory) => {
      const store = createElementStore(directory)
      const groups = store.groups(1000)
      const log = store.log()
      const raw = (i: number) => Buffer.from(String(i).repeat(1 + (i % 50)))
      const count = 400_000
      for (let i = 0; i < count; i++) {
        groups.add((i * 7) % 1000, i, raw(i))
        if (i % 8 === 0) log.add(i, raw(i))
        if (i % 1000 === 0) {
          await groups.settle()
          await log.settle()
        }
      }
      let seen = 0
      for (let position = 0; position < 1000; position++) {
        for (const { index, raw: bytes } of await groups.of(position)) {
          if ((index * 7) % 1000 !== position || !bytes.equals(raw(index)))
            throw new Error(`${index} at ${position}`)
          seen++
        }
      }
      expect(seen).toBe(count)
      let next = 0
      for await (const { index, raw: bytes } of log.read()) {
        if (index !== next || !bytes.equals(raw(index))) throw new Error(`${index}, not ${next}`)
        next += 8
      }
      expect(next).toBe(count)
      expect(readdirSync(directory)).toEqual([])
      await store.close()
    })
  })
})

describe("checkFirst", () => {
  // The fault stands inside an annotation: without the check it is met only when that image's turn comes.
  const damaged = JSON.stringify({ images: [image(1), image(2)], annotations: [box(1), box(2)], categories })
  const document = damaged.replace('"image_id":2,"category_id":1', '"image_id":2,"category_id":01')

  async function filesBefore(checkFirst: boolean): Promise<{ names: string[]; fault: string }> {
    return inDirectory(async (directory) => {
      const path = join(directory, "instances.json")
      writeFileSync(path, document)
      const names: string[] = []
      try {
        for await (const file of coco.read(path, { checkFirst })) names.push(file.item.name)
      } catch (error) {
        return { names, fault: (error as { code: string }).code }
      }
      return { names, fault: "none" }
    })
  }

  it("tells a fault anywhere in the file before its first image", async () => {
    expect(await filesBefore(false)).toEqual({ names: ["1.png"], fault: "format" })
    expect(await filesBefore(true)).toEqual({ names: [], fault: "format" })
  })

  it("reads a good file as it is", async () => {
    await inDirectory(async (directory) => {
      const path = join(directory, "instances.json")
      writeFileSync(path, damaged)
      const names: string[] = []
      for await (const file of coco.read(path, { checkFirst: true })) names.push(file.item.name)
      expect(names).toEqual(["1.png", "2.png"])
    })
  })
})
