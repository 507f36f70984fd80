import { expect, test } from "vitest"
import type { RunEvent } from "../../src/events.ts"
import type { Annotation } from "../../src/model/annotation.ts"
import type { AnnotationFile, Slot } from "../../src/model/annotation-file.ts"
import { selectSlots } from "../../src/transforms/select-slots.ts"

const slot = (name: string): Slot => ({ slot_name: name, type: "image" })
const tag = (name: string, ...slots: string[]): Annotation => ({
  type: "tag",
  name,
  tag: {},
  slot_names: slots,
})

const file: AnnotationFile = {
  path: "two.json",
  item: { name: "two", path: "/", slots: [slot("left"), slot("middle"), slot("right")] },
  annotations: [tag("a", "left"), tag("b", "right"), tag("c"), tag("d", "left", "right"), tag("e", "gone")],
}

async function select(names: string[], from = file) {
  const events: RunEvent[] = []
  const files: AnnotationFile[] = []
  const input = (async function* () {
    yield from
  })()
  for await (const one of selectSlots(names)(input, { onEvent: (event) => events.push(event) }))
    files.push(one)
  return { files, events }
}

test("keeps the slots of these names and what belongs to them", async () => {
  const { files, events } = await select(["right"])
  expect(files.map(({ item }) => item.slots)).toEqual([[slot("right")]])
  expect(files[0]?.annotations.map(({ name }) => name)).toEqual(["b", "d"])
  const reason = "the item has no slot of that name"
  expect(events).toEqual([{ type: "skip", file: "two.json", place: "annotations[4].slot_names", reason }])
})

test("takes what names no slot for the first slot's, and keeps the order of the item", async () => {
  const { files } = await select(["right", "left"])
  expect(files[0]?.item.slots).toEqual([slot("left"), slot("right")])
  expect(files[0]?.annotations.map(({ name }) => name)).toEqual(["a", "b", "c", "d"])
})

test("leaves out an item without any of them, and says so", async () => {
  const { files, events } = await select(["top"])
  expect(files).toEqual([])
  expect(events).toEqual([{ type: "filter", file: "two.json" }])
})

test("takes all annotations of an item with one slot for that slot's, whatever they name", async () => {
  const single = { ...file, item: { ...file.item, slots: [slot("0")] } }
  const { files, events } = await select(["0"], single)
  expect(files[0]?.annotations).toEqual(file.annotations)
  expect(events).toEqual([])
})
