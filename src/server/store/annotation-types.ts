/** The shapes an annotation class can have, by Darwin's names. */
export const mainTypes = [
  "bounding_box",
  "polygon",
  "tag",
  "line",
  "keypoint",
  "ellipse",
  "cuboid",
  "skeleton",
  "mask",
  "raster_layer",
  "string",
  "graph",
  "table",
  "simple_table",
] as const

/** What a class can have beside its shape. */
export const subTypes = [
  "text",
  "attributes",
  "instance_id",
  "directional_vector",
  "inference",
  "measures",
  "auto_annotate",
] as const

/** The name of a shape. */
export type MainType = (typeof mainTypes)[number]

/** All types with their ids, which are their places in this list: only ever add to the ends of the lists above. */
export const annotationTypes: readonly { readonly id: number; readonly name: string }[] = [
  ...mainTypes.map((name, index) => ({ id: index + 1, name })),
  ...subTypes.map((name, index) => ({ id: index + 101, name })),
]

export function isMainType(name: string): name is MainType {
  return (mainTypes as readonly string[]).includes(name)
}
