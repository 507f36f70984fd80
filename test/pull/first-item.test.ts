import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { halfway } from "../servers/release-server.ts"
import { openDataset } from "./open.ts"
import { box, contentOf, releaseZip } from "./release-zip.ts"

const count = 1_000

function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

test("the first annotation file is there before the second half of the archive is sent", async () => {
  const { server, dataset } = await openDataset()
  const items = Array.from({ length: count }, (_, at) => ({ name: `${at}.png`, annotations: [box("car")] }))
  const { open, opened } = gate()
  server.addRelease("v1", halfway(await releaseZip(items), opened))

  const release = await dataset.getRelease()
  let files = 0
  // The server sends no more until the first file is here: were it not, this would never end.
  for await (const file of release.annotationFiles()) {
    if (files === 0) {
      expect(file.item.name).toBe("0.png")
      open()
    }
    files++
  }
  expect(files).toBe(count)
})

test("the first item of a pull is there, its image on disk, before the second half of the archive is sent", async () => {
  const { server, dataset } = await openDataset()
  const image = contentOf("image", 3_000)
  const items = Array.from({ length: count }, (_, at) => ({
    name: `${at}.png`,
    url: server.serve(`${at}.png`, image),
    annotations: [box("car")],
  }))
  const { open, opened } = gate()
  server.addRelease("v1", halfway(await releaseZip(items), opened))

  let done = 0
  for await (const item of dataset.pullStream()) {
    if (item.state === "failed") throw item.error
    const [media] = item.media
    if (done === 0) {
      expect(JSON.parse(readFileSync(item.path, "utf8")).item.name).toBe(item.file.item.name)
      expect(readFileSync(media?.path ?? "")).toEqual(image)
      open()
    }
    done++
  }
  expect(done).toBe(count)
})
