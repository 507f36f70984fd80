import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { openParts } from "../../src/storage/parts.ts"
import { digestOf } from "../pull/tree.ts"
import { tempDirectory } from "./temp-directory.ts"

const origin = { name: "images/a.png", source: "https://host/a", validator: '"one"' }
const content = Buffer.from("what is in the file")
const { signal } = new AbortController()
const whole = { bytes: content.length, digest: digestOf(content) }

/** A file that stands under its name, and of which its process could tell nobody: it ended in that moment. */
async function movedAndNotTold() {
  const directory = await tempDirectory()
  const folder = join(directory, "parts")
  const path = join(directory, "images", "a.png")
  const part = await openParts(folder).create(origin)
  await part.write(Buffer.from(content))
  await part.moveTo(path, whole.digest)
  expect(readFileSync(path)).toEqual(content)
  return { folder, path }
}

test("a file that was brought to its place and not told of is known to the next process", async () => {
  const { folder, path } = await movedAndNotTold()
  const parts = openParts(folder)
  expect(await parts.moved(origin.name, "https://host/b", path, signal)).toBeUndefined()
  expect(await parts.moved(origin.name, origin.source, path, signal)).toEqual(whole)
  parts.forget(origin.name)
  expect(readdirSync(folder)).toEqual([])
})

test("what nobody asks for again goes with what is swept", async () => {
  const { folder } = await movedAndNotTold()
  openParts(folder).sweep(() => false)
  expect(readdirSync(folder)).toEqual([])
})

test("it is not taken for whole when something else stands there by now", async () => {
  const { folder, path } = await movedAndNotTold()
  writeFileSync(path, "what else is in there")
  expect(await openParts(folder).moved(origin.name, origin.source, path, signal)).toBeUndefined()
  writeFileSync(path, "y".repeat(content.length))
  const parts = openParts(folder)
  expect(await parts.moved(origin.name, origin.source, path, signal)).toBeUndefined()
  expect(await parts.claim(origin.name, origin.source)).toBeUndefined()
  expect(readdirSync(folder)).toEqual([])
})

test("a part is forgotten when its file has been told of, and not before", async () => {
  const directory = await tempDirectory()
  const parts = openParts(join(directory, "parts"))
  const part = await parts.create(origin)
  await part.write(Buffer.from(content))
  await part.moveTo(join(directory, "a.png"), whole.digest)
  expect(existsSync(join(directory, "a.png"))).toBe(true)
  expect(readdirSync(join(directory, "parts"))).toHaveLength(1)
  parts.forget("images/b.png")
  expect(readdirSync(join(directory, "parts"))).toHaveLength(1)
  parts.forget(origin.name)
  expect(readdirSync(join(directory, "parts"))).toEqual([])
})
