import { expect, test } from "vitest"

import { demoItems } from "../../src/server/demo/scenes.ts"
import { start } from "./support.ts"
import { documentsOf } from "./unzip.ts"

test("the demo dataset comes out of its release as it went in", async () => {
  const { call } = await start({ demo: true })
  const [made] = (await call("GET", "v2/teams/acme/datasets/street-scenes/exports")).json
  expect(made).toMatchObject({ name: "v1", status: "complete", latest: true })
  const documents = [
    ...(await documentsOf((await call("GET", made.download_url, { key: null })).bytes)).values(),
  ]
  const complete = [...demoItems()].filter((item) => item.status === "complete")
  expect(made.metadata.num_images).toBe(complete.length)
  for (const item of complete) {
    const document = documents.find((one) => one.item?.name === item.name && one.item.path === item.path)
    expect(document, item.name).toBeDefined()
    expect(document.item.slots).toMatchObject(
      item.slots.map((slot) => ({
        slot_name: slot.slot_name,
        type: slot.type,
        width: slot.width,
        height: slot.height,
        source_files: [{ file_name: slot.file_name }],
        ...(slot.frames === undefined ? {} : { fps: slot.fps, frame_count: slot.frames.length }),
      })),
    )
    const byId = (list: readonly { id?: string }[]) =>
      list.toSorted((left, right) => ((left.id ?? "") < (right.id ?? "") ? -1 : 1))
    const wanted = byId(item.annotations as readonly { id?: string }[])
    const found = byId(document.annotations)
    expect(found.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id))
    for (const [index, annotation] of wanted.entries()) {
      const { type: _type, ...keys } = annotation as { type?: string }
      expect(found[index], item.name).toMatchObject(keys)
    }
    expect(document.properties).toEqual(item.properties ?? [])
    for (const [index, slot] of item.slots.entries()) {
      const shown = document.item.slots[index]
      expect((await call("GET", shown.source_files[0].url)).bytes.equals(Buffer.from(slot.bytes))).toBe(true)
      for (const [frame, url] of (shown.frame_urls ?? []).entries()) {
        expect((await call("GET", url)).bytes.equals(Buffer.from(slot.frames?.[frame] ?? []))).toBe(true)
      }
    }
  }
})

test("seeding again does nothing", async () => {
  const first = await start({ demo: { count: 3, seed: 5 } })
  const before = (await first.call("GET", "v2/teams/acme/items")).json.items
  await first.server.close()
  const second = await start({ dataDirectory: first.directory, demo: true })
  expect((await second.call("GET", "v2/teams/acme/items")).json.items).toEqual(before)
  expect((await second.call("GET", "datasets")).json).toHaveLength(1)
})

test("a thousand items are seeded and released", async () => {
  const { server, call } = await start()
  const items = function* () {
    for (let index = 0; index < 1000; index += 1) {
      const bytes = Buffer.from(`file ${index}`)
      yield {
        name: `${index}.png`,
        path: `/part ${index % 7}`,
        status: "complete" as const,
        slots: [
          { slot_name: "0", type: "image" as const, file_name: `${index}.png`, bytes, width: 9, height: 9 },
        ],
        annotations: [{ type: "tag" as const, id: `t${index}`, name: "seen", tag: {} }],
      }
    }
  }
  const summary = await server.seed({
    dataset: "Kerb stones",
    classes: [{ name: "seen", type: "tag", sub_types: [] }],
    items: items(),
    release: "v1",
  })
  expect(summary).toEqual({ datasetId: 1, slug: "kerb-stones", itemCount: 1000 })
  const [made] = (await call("GET", "v2/teams/acme/datasets/kerb-stones/exports")).json
  const documents = await documentsOf((await call("GET", made.download_url, { key: null })).bytes)
  expect(documents.size).toBe(1001)
  expect(documents.get("999.json")).toMatchObject({
    item: { path: `/part ${999 % 7}` },
    annotations: [{ id: "t999", name: "seen", tag: {} }],
  })
})

test("a class or a name that is not right is told, and can be tried again", async () => {
  const { server, call } = await start()
  const item = {
    name: "a.png",
    path: "/",
    status: "new" as const,
    slots: [
      {
        slot_name: "0",
        type: "image" as const,
        file_name: "a.png",
        bytes: Buffer.from("a"),
        width: 1,
        height: 1,
      },
    ],
    annotations: [{ type: "tag" as const, name: "unknown", tag: {} }],
  }
  await expect(server.seed({ dataset: "Kerb stones", classes: [], items: [item] })).rejects.toThrow(
    "class unknown",
  )
  const again = await server.seed({
    dataset: "Kerb stones",
    classes: [{ name: "unknown", type: "tag", sub_types: [] }],
    items: [item],
  })
  expect(again.itemCount).toBe(1)
  expect((await call("GET", "v2/teams/acme/items")).json.items).toHaveLength(1)
  await expect(
    server.seed({
      dataset: "Twins",
      classes: [],
      items: [
        { ...item, annotations: [] },
        { ...item, annotations: [] },
      ],
    }),
  ).rejects.toThrow("one name and path")
})
