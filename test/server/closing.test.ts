import { readdirSync, statSync } from "node:fs"
import path from "node:path"
import { setImmediate as turn } from "node:timers/promises"

import { expect, onTestFinished, test } from "vitest"

import { register, start } from "./support.ts"

const items = "v2/teams/acme/items"
const wholeBytes = 64 << 20

/** A server that is sent the bytes of one upload, and the warnings since. */
async function uploading(raw: Uint8Array | AsyncIterable<Uint8Array>) {
  const warnings: Error[] = []
  const note = (warning: Error) => void warnings.push(warning)
  process.on("warning", note)
  onTestFinished(() => void process.off("warning", note))

  const { server, call, directory } = await start()
  await call("POST", "datasets", { body: { name: "Kerb stones" } })
  const [item] = await register(call, [{ name: "a.pdf", slots: [{ file_name: "a.pdf" }] }])
  const upload = `${items}/uploads/${item.slots[0].upload_id}`
  const { upload_url: url } = (await call("GET", `${upload}/sign`)).json
  const temporary = path.join(directory, "tmp")
  const answer = call("PUT", url, { raw }).then(
    ({ status }) => status,
    () => "cut",
  )
  /** Returns when so many bytes have come. */
  const arrived = async (bytes: number) => {
    const size = (name: string) => statSync(path.join(temporary, name)).size
    while (!readdirSync(temporary).some((name) => size(name) >= bytes)) await turn()
  }
  return { server, directory, upload, answer, arrived, temporary, warnings }
}

test("a file that has come whole, and is on its way to the disk, is waited for", async () => {
  // So many bytes that it takes a while until they are on the disk for good.
  const { server, directory, upload, answer, arrived, warnings, temporary } = await uploading(
    Buffer.alloc(wholeBytes, 1),
  )
  await arrived(wholeBytes)
  await server.close()
  await answer
  expect(readdirSync(temporary)).toEqual([])
  // It is there, though whoever sent it may not have heard of it.
  const { call } = await start({ dataDirectory: directory })
  expect((await call("POST", `${upload}/confirm`, { body: {} })).status).toBe(200)
  expect(warnings).toEqual([])
})

test("a file that has come in part is given up, and close waits for no more of it", async () => {
  async function* half() {
    yield Buffer.alloc(1 << 16)
    await new Promise(() => {})
  }
  const { server, directory, upload, answer, arrived, warnings, temporary } = await uploading(half())
  await arrived(1 << 16)
  await server.close()
  expect(await answer).toBe("cut")
  expect(readdirSync(temporary)).toEqual([])
  const { call } = await start({ dataDirectory: directory })
  expect((await call("POST", `${upload}/confirm`, { body: {} })).status).toBe(422)
  expect(warnings).toEqual([])
})
