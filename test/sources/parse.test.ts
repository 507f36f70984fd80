import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, test } from "vitest"
import type { FormatId } from "../../src/formats/registry.ts"
import { pipeline } from "../../src/pipeline.ts"
import { collect } from "../../src/sinks/index.ts"
import { parse } from "../../src/sources/index.ts"
import { documentOf, releaseZip } from "../pull/release-zip.ts"
import { tempDirectory } from "../storage/temp-directory.ts"

test("reads files, directories and archives in the order given", async () => {
  const directory = await tempDirectory()
  await mkdir(join(directory, "many"))
  for (const name of ["b", "a"]) {
    await writeFile(join(directory, "many", `${name}.json`), documentOf({ name: `${name}.png` }))
  }
  await writeFile(join(directory, "one.json"), documentOf({ name: "one.png" }))
  await writeFile(join(directory, "v1.zip"), await releaseZip([{ name: "zipped.png" }]))
  const paths = ["v1.zip", "many", "one.json"].map((name) => join(directory, name))
  const files = await pipeline(parse("darwin", paths), collect())
  expect(files.map(({ item }) => item.name)).toEqual(["zipped.png", "a.png", "b.png", "one.png"])
})

test("an unknown format is refused when the stream is opened", async () => {
  const files = parse("nonsense" as FormatId, "nowhere")
  await expect(pipeline(files, collect())).rejects.toMatchObject({ code: "option" })
})

test("an input that is not there is told", async () => {
  const files = parse("darwin", join(await tempDirectory(), "missing"))
  await expect(pipeline(files, collect())).rejects.toMatchObject({ code: "path" })
})
