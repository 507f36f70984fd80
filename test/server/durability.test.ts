import { readdir } from "node:fs/promises"
import path from "node:path"

import { expect, test } from "vitest"

import { startServer } from "../../src/server/index.ts"
import { killed, launch, startChild } from "./child.ts"
import { makeClass, makeDirectory, moveToStage, png, release, start, upload } from "./support.ts"
import { documentsOf } from "./unzip.ts"

test("what was confirmed is there after a kill", async () => {
  const directory = await makeDirectory()
  const child = await startChild(directory)
  await child.call("POST", "datasets", { body: { name: "Kerb stones" } })
  const sign = await makeClass(child.call, 1, "sign", ["bounding_box"])
  const bytes = png(64, 48, 7)
  const item = await upload(child.call, "a.png", { bytes })
  const annotation = {
    id: "a1",
    annotation_class_id: sign,
    data: { bounding_box: { x: 1, y: 2, w: 3, h: 4 } },
    context_keys: { slot_names: ["0"] },
  }
  await child.call("POST", `v2/teams/acme/items/${item}/import`, {
    body: { annotations: [annotation], overwrite: true },
  })
  await moveToStage(child.call, 1, [item], "complete")
  await child.kill()

  const { call, server } = await start({ dataDirectory: directory })
  expect((await call("GET", `v2/teams/acme/items/${item}`)).json).toMatchObject({ status: "complete" })
  expect((await call("GET", `v2/teams/acme/items/${item}/annotations`)).json).toMatchObject([annotation])
  const made = await release(call, "v1")
  const document = (await documentsOf((await call("GET", made.download_url, { key: null })).bytes)).get(
    "a.json",
  )
  const file = await call("GET", document.item.slots[0].source_files[0].url)
  expect(file.bytes.equals(bytes)).toBe(true)
  expect(server.apiKey).toMatch(/^.{7}\./)
})

test("kills at any moment lose nothing that was confirmed, and what was not can be sent again", async () => {
  const directory = await makeDirectory()
  const confirmed = new Map<string, { name: string; bytes: Buffer }>()
  let count = 0
  for (let round = 0; round < 6; round += 1) {
    const child = await startChild(directory)
    if (round === 0) await child.call("POST", "datasets", { body: { name: "Kerb stones" } })
    const ended = new AbortController()
    const workers = Array.from({ length: 4 }, async () => {
      while (!ended.signal.aborted) {
        const number = count
        count += 1
        const [name, bytes] = [`${number}.png`, png(200, 100, number)]
        try {
          confirmed.set(await upload(child.call, name, { bytes }), { name, bytes })
        } catch {
          return
        }
      }
    })
    const target = confirmed.size + 3 + Math.floor(Math.random() * 20)
    while (confirmed.size < target) await new Promise((resolve) => setTimeout(resolve, 1))
    await child.kill()
    ended.abort()
    await Promise.all(workers)
  }

  const { call } = await start({ dataDirectory: directory })
  expect(await readdir(path.join(directory, "tmp"))).toEqual([])
  expect(confirmed.size).toBeGreaterThan(17)
  for (const [id, { name, bytes }] of confirmed) {
    const item = (await call("GET", `v2/teams/acme/items/${id}`)).json
    expect(item).toMatchObject({ name, status: "new", slots: [{ size_bytes: bytes.length }] })
    const file = await call("GET", `v2/teams/acme/uploads/${item.slots[0].upload_id}`)
    expect(file.bytes.equals(bytes)).toBe(true)
  }
  const cut = (await call("GET", "v2/teams/acme/items?statuses[]=uploading")).json.items
  for (const { name } of cut) await upload(call, name)
  expect((await call("GET", "v2/teams/acme/items?statuses[]=uploading")).json.items).toEqual([])
})

test("a release that was asked for is made after a kill", async () => {
  const directory = await makeDirectory()
  const child = await startChild(directory)
  await child.call("POST", "datasets", { body: { name: "Kerb stones" } })
  const items = await Promise.all(
    Array.from({ length: 30 }, (_, index) => upload(child.call, `${index}.png`)),
  )
  await moveToStage(child.call, 1, items, "complete")
  const exports = "v2/teams/acme/datasets/kerb-stones/exports"
  const asked = await Promise.all(
    ["v1", "v2", "v3"].map((name) => child.call("POST", exports, { body: { name } })),
  )
  expect(asked.map(({ status }) => status)).toEqual([200, 200, 200])
  await child.kill()

  const { call, server } = await start({ dataDirectory: directory })
  await server.idle()
  const { json } = await call("GET", exports)
  expect(json.map((one: { status: string }) => one.status)).toEqual(["complete", "complete", "complete"])
  for (const { download_url: url } of json) {
    const documents = await documentsOf((await call("GET", url, { key: null })).bytes)
    expect(documents.size).toBe(31)
  }
})

test("one server at a time works on a directory", async () => {
  const directory = await makeDirectory()
  const child = await startChild(directory)
  const second = { dataDirectory: directory, port: 0 }
  await expect(startServer(second)).rejects.toThrow(`another server is using ${directory}`)
  await child.kill()
  const third = await startServer(second)
  await expect(startServer(second)).rejects.toThrow("another server")
  await third.close()
  await (await startServer(second)).close()
})

test("a seeding that was cut short is done again from its start", async () => {
  const directory = await makeDirectory()
  const child = launch(directory, "120")
  // The first files are on disk, so the dataset is begun; it is not done before the child says that it listens.
  const filesOnDisk = async () => (await readdir(path.join(directory, "uploads")).catch(() => [])).length
  while ((await filesOnDisk()) < 20) await new Promise((resolve) => setTimeout(resolve, 5))
  await killed(child)

  const { call } = await start({ dataDirectory: directory, demo: { count: 30 } })
  const { json } = await call("GET", "datasets")
  expect(json).toMatchObject([{ slug: "street-scenes", num_items: 30 }])
  const releases = (await call("GET", "v2/teams/acme/datasets/street-scenes/exports")).json
  expect(releases).toMatchObject([{ name: "v1", status: "complete", latest: true }])
})
