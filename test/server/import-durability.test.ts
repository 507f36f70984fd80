import { expect, test } from "vitest"

import { startChild } from "./child.ts"
import { makeClass, makeDirectory, register, start } from "./support.ts"

test("kills in the middle of imports that share their commits lose none that was confirmed, and halve none", async () => {
  const directory = await makeDirectory()
  const confirmed = new Map<string, string[]>()
  let itemIds: string[] = []
  let count = 0
  for (let round = 0; round < 4; round += 1) {
    const child = await startChild(directory)
    if (round === 0) {
      await child.call("POST", "datasets", { body: { name: "Kerb stones" } })
      await makeClass(child.call, 1, "sign", ["bounding_box"])
      const slots = [{ slot_name: "0", file_name: "x.png" }]
      const items = Array.from({ length: 16 }, (_, index) => ({ name: `${index}.png`, path: "/", slots }))
      itemIds = (await register(child.call, items)).map((item) => item.id)
    }
    const target = count + 40 + Math.floor(Math.random() * 80)
    const workers = itemIds.map(async (id) => {
      try {
        for (;;) {
          const number = count
          count += 1
          const annotations = Array.from({ length: 5 }, (_, index) => ({
            id: `${number}-${index}`,
            annotation_class_id: 2,
            data: { bounding_box: { x: number, y: index, w: 3, h: 4 } },
          }))
          const reply = await child.call("POST", `v2/teams/acme/items/${id}/import`, {
            body: { annotations },
          })
          if (reply.status !== 200) throw new Error(reply.bytes.toString())
          confirmed.set(id, [...(confirmed.get(id) ?? []), ...annotations.map((one) => one.id)])
        }
      } catch (error) {
        // The kill cuts every connection; a refusal is something else.
        if (error instanceof Error && error.message.startsWith("{")) throw error
      }
    })
    while (count < target) await new Promise((resolve) => setTimeout(resolve, 1))
    await child.kill()
    await Promise.all(workers)
  }

  const { call } = await start({ dataDirectory: directory })
  expect([...confirmed.values()].flat().length).toBeGreaterThan(100)
  for (const id of itemIds) {
    const { json } = await call("GET", `v2/teams/acme/items/${id}/annotations`)
    const ids: string[] = json.map((one: { id: string }) => one.id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(expect.arrayContaining(confirmed.get(id) ?? []))
    const wholes = new Set(ids.map((one) => one.split("-")[0]))
    expect(ids).toHaveLength(wholes.size * 5)
  }
})
