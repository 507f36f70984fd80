import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { yolo, yoloSegmented } from "../../../src/formats/yolo/index.ts"
import { pipe, pipeline } from "../../../src/pipeline.ts"
import { map } from "../../../src/transforms/index.ts"
import { streamContract } from "../../contracts/stream-contract.ts"
import { box, image, pngHeader, temporary } from "./files.ts"

const files = Array.from({ length: 12 }, (_, i) => image(`${i + 10}.png`, [box("car", i, 2, 3, 4)]))
const { directory, remove } = temporary()

beforeAll(async () => {
  for (const format of [yolo, yoloSegmented]) {
    const below = join(directory, format.id)
    await pipeline(files, format.write(below, { layout: "labels" }))
    mkdirSync(join(below, "images"))
    for (const { item } of files) writeFileSync(join(below, "images", item.name), pngHeader(100, 80))
  }
})
afterAll(() => remove())

for (const format of [yolo, yoloSegmented]) {
  for (const concurrency of [1, 4]) {
    streamContract(`reading ${format.id}, ${concurrency} at a time`, {
      open: () =>
        pipe(
          format.read(join(directory, format.id), { concurrency }),
          map(({ item }) => item.name),
        ),
      gives: files.map(({ item }) => item.name),
    })
  }
}
