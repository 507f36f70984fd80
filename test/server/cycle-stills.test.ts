import { expect, test } from "vitest"

import {
  byId,
  classNameOf,
  documentOf,
  type Json,
  layerOf,
  polygon,
  send,
  shapes,
  subs,
  withItems,
} from "./cycle.ts"

/** An annotation in the form in which clients import it, and the one in which a release must give it back. */
interface Kind {
  readonly id: string
  readonly type: string
  readonly data: Json
  readonly file: Json
}

test("every kind of annotation of a picture comes out as it went in", async () => {
  const { call, still, classId, attributeIds } = await withItems()
  const kinds: Kind[] = [
    ...Object.entries(shapes).map(([type, shape]) => {
      const beside = subs(attributeIds(type))
      return {
        id: `still-${type}`,
        type,
        data: { [type]: shape, ...beside.data },
        file: { [type]: shape, ...beside.file },
      }
    }),
    { id: "still-polygon", type: "polygon", data: polygon.data, file: polygon.file },
    { id: "m1", type: "mask", data: { mask: {} }, file: { mask: {} } },
    { id: "m2", type: "mask", data: { mask: {} }, file: { mask: {} } },
    { id: "m3", type: "mask", data: { mask: {} }, file: { mask: {} } },
  ]
  const slotsOf = (id: string) => (id === "m3" ? ["1"] : id === "still-tag" ? ["0", "1"] : ["0"])
  const layers = [
    {
      id: "r0",
      type: "raster_layer",
      slots: ["0"],
      data: layerOf([0, 10, 1, 4, 2, 6, 0, 28], "m1", "m2"),
    },
    { id: "r1", type: "raster_layer", slots: ["1"], data: layerOf([1, 48], "m3") },
  ]
  await send(call, still, {
    annotations: [
      ...kinds.map(({ id, type, data }) => ({
        id,
        annotation_class_id: classId(type),
        data,
        context_keys: { slot_names: slotsOf(id) },
      })),
      ...layers.map(({ id, type, data, slots }) => ({
        id,
        annotation_class_id: classId(type),
        data,
        context_keys: { slot_names: slots },
      })),
    ],
    overwrite: "true",
  })
  const document = await documentOf(call, "still.json")
  expect(document.item.slots).toMatchObject([
    { slot_name: "0", type: "image", width: 8, height: 6 },
    { slot_name: "1", type: "image", width: 8, height: 6 },
  ])
  expect(byId(document.annotations)).toEqual(
    byId([
      ...kinds.map(({ id, type, file }) => ({
        id,
        name: classNameOf(type),
        slot_names: slotsOf(id),
        properties: [],
        ...file,
      })),
      ...layers.map(({ id, type, data, slots }) => ({
        id,
        name: classNameOf(type),
        slot_names: slots,
        properties: [],
        ...data,
      })),
    ]),
  )
})
