import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { pascalvoc } from "../../../src/formats/pascalvoc/index.ts"
import { readAll } from "../csv.ts"
import { inDirectory } from "../golden.ts"

const content = "<annotation><filename>a.jpg</filename></annotation>"

describe.each([1, 3])("%i files at a time", (concurrency) => {
  it("refuses those that are larger than maxFileBytes, or leaves them out", async () => {
    await inDirectory(async (directory) => {
      writeFileSync(join(directory, "a.xml"), content)
      writeFileSync(join(directory, "b.xml"), `${content} `)
      writeFileSync(join(directory, "c.xml"), content)
      const options = { concurrency, maxFileBytes: content.length }
      const refused = { file: join(directory, "b.xml"), place: "" }
      const rule = `larger than ${content.length} bytes`
      await expect(readAll(pascalvoc, directory, options)).rejects.toMatchObject({
        code: "format",
        ...refused,
        rule,
      })
      const { result, events } = await readAll(pascalvoc, directory, { ...options, onInvalid: "skip" })
      expect(result.map(({ path }) => path)).toEqual(["a.xml", "c.xml"].map((name) => join(directory, name)))
      expect(events).toEqual([{ type: "skip", ...refused, reason: rule }])
    })
  })

  it.each([0, -1, 1.5, Number.NaN])("refuses the limit %d", async (maxFileBytes) => {
    await expect(readAll(pascalvoc, ".", { concurrency, maxFileBytes })).rejects.toMatchObject({
      code: "option",
      option: "maxFileBytes",
    })
  })
})
