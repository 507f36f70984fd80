import { expect, test } from "vitest"

import { register, start, upload } from "./support.ts"

const box = { x: 1, y: 2, w: 3, h: 4 }

test("threads lie in a slot of their item, which need not be named where there is one", async () => {
  const { call, server } = await start()
  await call("POST", "datasets", { body: { name: "Kerb stones" } })
  const [id, other] = [await upload(call, "a.png"), await upload(call, "b.png")]
  const threads = `v2/teams/acme/items/${id}/comment_threads`
  const first = await call("POST", threads, { body: { bounding_box: box, comments: [{ body: "look" }] } })
  expect(first.status).toBe(201)
  expect(first.json).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    slot_name: "0",
    bounding_box: box,
    comments: [{ id: expect.any(String), body: "look" }],
    comment_count: 1,
    inserted_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  })
  const second = await call("POST", threads, {
    body: { bounding_box: box, comments: [{ body: "here" }, { body: "there" }], slot_name: "0" },
  })
  expect((await call("GET", threads)).json).toEqual([first.json, second.json])
  expect((await call("GET", `v2/teams/acme/items/${other}/comment_threads`)).json).toEqual([])
  const { apiKey } = server.addTeam("Beta")
  expect((await call("GET", threads, { key: apiKey })).status).toBe(403)
})

test("a slot must be named among several, and be there", async () => {
  const { call } = await start()
  await call("POST", "datasets", { body: { name: "Kerb stones" } })
  const [item] = await register(call, [
    {
      name: "pair",
      path: "/",
      slots: ["left", "right"].map((name) => ({ slot_name: name, file_name: `${name}.png` })),
    },
  ])
  const threads = `v2/teams/acme/items/${item.id}/comment_threads`
  const send = async (more: Record<string, unknown>) =>
    (await call("POST", threads, { body: { bounding_box: box, comments: [{ body: "x" }], ...more } })).status
  expect(await send({})).toBe(422)
  expect(await send({ slot_name: "middle" })).toBe(422)
  expect(await send({ slot_name: "right" })).toBe(201)
  expect(await send({ slot_name: "right", comments: [] })).toBe(422)
  expect(await send({ slot_name: "right", bounding_box: { x: 1 } })).toBe(422)
  expect((await call("GET", "v2/teams/acme/items/none/comment_threads")).status).toBe(404)
})
