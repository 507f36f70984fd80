import { type Call, png, type Reply, release, start } from "./support.ts"
import { documentsOf } from "./unzip.ts"

/** Any object of JSON. */
export type Json = Record<string, unknown>

/** The form in which clients import something, and the one that files have. */
export interface BothForms {
  readonly data: Json
  readonly file: Json
}

const square = (at: number, side = 10) => [
  { x: at, y: at },
  { x: at + side, y: at },
  { x: at + side, y: at + side },
  { x: at, y: at + side },
]
/** A box by its left side. */
export const boxAt = (x: number): Json => ({ x, y: 2.125, w: 30.5, h: 15 })

/** What stands beside shapes, in both forms; attribute ids come from the server. */
export const subs = (attributes: readonly number[]): BothForms => ({
  data: {
    text: { text: "left side" },
    attributes: { attributes },
    instance_id: { value: 12 },
    directional_vector: { angle: -1.65, length: 118.3 },
    inference: { confidence: 0.99, model: { id: "m", name: "tracker", type: "auto_track" } },
    measures: { area: { value: 4.5, unit: "px" } },
  },
  file: {
    text: { text: "left side" },
    attributes: ["wet", "cracked"],
    instance_id: { value: 12 },
    directional_vector: { angle: -1.65, length: 118.3 },
    inference: { confidence: 0.99, model: { id: "m", name: "tracker", type: "auto_track" } },
    measures: { area: { value: 4.5, unit: "px" } },
  },
})

/** A polygon with holes, in the form in which it is imported and the one of files. */
export const polygon: BothForms = {
  data: { polygon: { path: square(0), additional_paths: [square(3, 2), square(20, 5)] } },
  file: {
    polygon: { paths: [square(0), square(3, 2), square(20, 5)] },
    bounding_box: { x: 0, y: 0, w: 25, h: 25 },
  },
}

/** Shapes that are the same in both forms. */
export const shapes: Readonly<Record<string, Json>> = {
  bounding_box: boxAt(1),
  tag: {},
  line: { path: square(4) },
  keypoint: { x: 3.5, y: -4 },
  ellipse: { angle: 0.2, center: { x: 100, y: 80 }, radius: { x: 12, y: 9 } },
  cuboid: { back: boxAt(2), front: boxAt(0) },
  skeleton: {
    nodes: [
      { name: "head", x: 1, y: 2, occluded: false },
      { name: "foot", x: 4, y: 9, occluded: true },
    ],
  },
  string: { sources: [{ id: "still-line", ranges: null }] },
  graph: { nodes: [{ id: "still-line", name: "key" }], edges: [{ start: "key", end: "key" }] },
  table: {
    bounding_box: boxAt(3),
    cells: [{ id: "c", row: 1, col: 1, row_span: 1, col_span: 2, is_header: true, bounding_box: boxAt(3) }],
  },
  simple_table: { bounding_box: boxAt(5), col_offsets: [0.5], row_offsets: [0.3, 0.6] },
}

/** A raster layer of these runs, whose labels are the places of the masks in the list, from 1. */
export const layerOf = (runs: number[], ...masks: string[]): Json => ({
  raster_layer: {
    dense_rle: runs,
    mask_annotation_ids_mapping: Object.fromEntries(masks.map((id, index) => [id, index + 1])),
    total_pixels: 48,
  },
})

/** The name of the class of a shape. */
export const classNameOf = (type: string): string =>
  type === "raster_layer" ? "__raster_layer__" : `a ${type}`

const types = [...Object.keys(shapes), "polygon", "mask"]

/** What {@link withItems} makes. */
export interface TwoItems {
  readonly call: Call
  /** Ids of the items. */
  readonly still: string
  readonly video: string
  readonly classId: (type: string) => number
  /** The attributes of a class, "wet" and "cracked". */
  readonly attributeIds: (type: string) => number[]
}

/** A dataset with a picture of two slots and a video of eight frames, and classes of all types; both items complete. */
export async function withItems(): Promise<TwoItems> {
  const { call, server } = await start()
  const slot = { type: "image" as const, width: 8, height: 6, bytes: png(8, 6) }
  await server.seed({
    dataset: "Kerb stones",
    classes: types.map((type) => ({
      name: classNameOf(type),
      type: type as "tag",
      sub_types: ["text", "attributes", "instance_id", "directional_vector", "inference"],
      attributes: ["wet", "cracked"],
    })),
    items: [
      {
        name: "still.png",
        path: "/street",
        status: "complete",
        slots: ["0", "1"].map((name) => ({ ...slot, slot_name: name, file_name: `${name}.png` })),
        annotations: [],
      },
      {
        name: "walk.mp4",
        path: "/",
        status: "complete",
        slots: [
          {
            ...slot,
            type: "video",
            slot_name: "0",
            file_name: "walk.mp4",
            fps: 2,
            frames: Array.from({ length: 8 }, (_, index) => png(8, 6, index)),
          },
        ],
        annotations: [],
      },
    ],
  })
  const { items } = (await call("GET", "v2/teams/acme/items?dataset_ids[]=1&sort[name]=asc")).json
  const classes = (await call("GET", "teams/acme/annotation_classes?include_tags=true")).json
  const attributes: { class_id: number; id: number }[] = (await call("GET", "datasets/1/attributes")).json
  const classId = (type: string): number =>
    classes.annotation_classes.find((one: { name: string }) => one.name === classNameOf(type)).id
  return {
    call,
    still: items[0].id as string,
    video: items[1].id as string,
    classId,
    attributeIds: (type: string) =>
      attributes.filter((one) => one.class_id === classId(type)).map(({ id }) => id),
  }
}

/** Imports into an item. */
export async function send(call: Call, item: string, body: Json): Promise<Reply> {
  const reply = await call("POST", `v2/teams/acme/items/${item}/import`, { body })
  if (reply.status !== 200) throw new Error(reply.bytes.toString())
  return reply
}

/** The document of that name in a new release. */
export async function documentOf(call: Call, name: string, options: Json = {}): Promise<Reply["json"]> {
  const made = await release(call, `r${Math.random()}`, options)
  return (await documentsOf((await call("GET", made.download_url, { key: null })).bytes)).get(name)
}

/** Annotations by their ids, since a release has an order of its own. */
export const byId = (annotations: readonly Json[]): Json =>
  Object.fromEntries(annotations.map((annotation) => [annotation.id, annotation]))
