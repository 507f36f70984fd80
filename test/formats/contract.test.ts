import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { type FormatId, loadFormat } from "../../src/formats/index.ts"
import type { AnnotationFile } from "../../src/model/index.ts"
import { pipe, pipeline } from "../../src/pipeline.ts"
import { parse } from "../../src/sources/index.ts"
import { images, map } from "../../src/transforms/index.ts"
import { streamContract } from "../contracts/stream-contract.ts"

const count = 12
const formats: readonly FormatId[] = ["darwin", "coco", "pascalvoc"]

const file = (index: number): AnnotationFile => ({
  path: `${index}.json`,
  item: {
    name: `${String(index).padStart(2, "0")}.png`,
    path: "/",
    slots: [{ slot_name: "0", type: "image", width: 40, height: 30 }],
  },
  annotations: [{ type: "bounding_box", name: "car", bounding_box: { x: index, y: 2, w: 3, h: 4 } }],
})
const files = Array.from({ length: count }, (_, index) => file(index))

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "darwin-streams-formats-"))
  for (const id of formats) {
    const { write } = await loadFormat(id)
    if (write !== undefined) await pipeline(files, write(join(directory, id)))
  }
})
afterAll(() => rm(directory, { recursive: true, force: true }))

for (const id of formats) {
  for (const concurrency of [1, 4]) {
    streamContract(`reading ${id}, ${concurrency} at a time`, {
      open: () =>
        pipe(
          parse(id, join(directory, id), { concurrency }),
          map(({ item }) => item.name),
        ),
      gives: files.map(({ item }) => item.name),
    })
  }
}

streamContract("images", {
  open: (input) =>
    pipe(
      input,
      map((index) => file(index)),
      images(),
      map(({ item }) => item.name),
    ),
  gives: files.map(({ item }) => item.name),
  takes: (given) => given,
})
