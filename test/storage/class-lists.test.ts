import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { AnnotationFile } from "../../src/model/annotation-file.ts"
import { readAnnotationFile } from "../../src/model/read.ts"
import { createClassLists } from "../../src/storage/class-lists.ts"
import { tempDirectory } from "./temp-directory.ts"

const box = { x: 0, y: 0, w: 1, h: 1 }

function file(...annotations: object[]): AnnotationFile {
  const document = { item: { name: "a", path: "/" }, annotations }
  return readAnnotationFile(Buffer.from(JSON.stringify(document)), "a.json") as AnnotationFile
}

describe("class lists", () => {
  it("hold the names of each type once, trimmed, in the order of their code points, without a last newline", async () => {
    const directory = join(await tempDirectory(), "lists")
    const lists = createClassLists()
    lists.add(file({ name: " car ", bounding_box: box }, { name: "🚗", bounding_box: box }))
    lists.add(
      file(
        { name: "～", bounding_box: box },
        { name: "car", bounding_box: box },
        { name: "Bus", bounding_box: box },
      ),
    )
    lists.add(file({ name: "kerb", polygon: { paths: [] }, bounding_box: box }, { name: "night", tag: {} }))
    lists.add(
      file(
        { name: "walker", frames: { 3: { text: { text: "" } }, 5: { tag: {} } } },
        { name: "pixel", mask: {} },
      ),
    )
    lists.add(file({ name: "empty", frames: {} }, { name: "what", hologram: {} }))
    lists.write(directory)
    const read = (type: string) => readFileSync(join(directory, `classes_${type}.txt`), "utf8")
    expect(read("bounding_box")).toBe("Bus\ncar\n～\n🚗")
    expect(read("polygon")).toBe("kerb")
    expect(read("tag")).toBe("night\nwalker")
    expect(readdirSync(directory)).toHaveLength(3)
  })

  it("leave no list of an earlier pull for a type without classes", async () => {
    const directory = await tempDirectory()
    writeFileSync(join(directory, "classes_tag.txt"), "old")
    writeFileSync(join(directory, "classes_polygon.txt"), "old")
    const lists = createClassLists()
    lists.add(file({ name: "kerb", polygon: { paths: [] } }))
    lists.write(directory)
    expect(existsSync(join(directory, "classes_tag.txt"))).toBe(false)
    expect(readFileSync(join(directory, "classes_polygon.txt"), "utf8")).toBe("kerb")
  })
})
