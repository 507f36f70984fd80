import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { csvtags } from "../../../src/formats/csvtags/index.ts"
import { fullName, type Raw, rawDocuments, readAll, rowsOf, writeCase } from "../csv.ts"
import { expectedImport, exportCases, importCases, importInput, inDirectory } from "../golden.ts"
import { deviations } from "./deviations.ts"

/** An image and its tags. */
type Tagged = readonly [image: string, ...tags: string[]]

interface Reference {
  readonly full_path: string
  readonly annotations: readonly { readonly class: string; readonly type: string }[]
}

function reference(name: string): Tagged[] | undefined {
  const files = expectedImport("csv_tags", name) as readonly Reference[] | null | undefined
  return files?.map(({ full_path, annotations }) => {
    for (const { type } of annotations) expect(type).toBe("tag")
    return [full_path, ...annotations.map((one) => one.class)]
  })
}

async function read(name: string, onInvalid: "throw" | "skip" = "throw") {
  const { result, events } = await readAll(csvtags, importInput("csv_tags", name), { onInvalid })
  const tagged = result.map(({ item, annotations }): Tagged => {
    for (const annotation of annotations)
      expect(annotation).toEqual({ name: annotation.name, type: "tag", tag: {} })
    return [`${item.path}/${item.name}`.replace("//", "/"), ...annotations.map(({ name }) => name)]
  })
  const skips = events.flatMap((event) => (event.type === "skip" ? [`${event.place}: ${event.reason}`] : []))
  return { tagged, skips }
}

/** What is read where the reference is wrong, or failed; and what is told. */
const results: Readonly<
  Record<string, { readonly tagged: readonly Tagged[]; readonly skips?: readonly string[] }>
> = {
  "blank-last-line": { tagged: [["/street_001.jpg", "night"]] },
  "blank-lines": {
    tagged: [
      ["/street_001.jpg", "night"],
      ["/street_002.jpg", "rainy"],
    ],
  },
  bom: {
    tagged: [
      ["/street_001.jpg", "night"],
      ["/street_002.jpg", "rainy"],
    ],
  },
  duplicates: {
    tagged: [
      ["/street_001.jpg", "night"],
      ["/street_002.jpg", "rainy"],
      ["/street_001.jpg", "blurred", "night"],
      ["/street_002.jpg", "rainy"],
    ],
  },
  folders: {
    tagged: [
      ["/x/y/street_001.jpg", "night", "rainy"],
      ["/x/y/street_002.jpg", "night"],
      ["/IMG 0003.png", "blurred"],
      ["/q/cam-front-04.jpeg", "needs review"],
      ["/up/cam-front-04.jpeg", "needs review"],
    ],
  },
  header: { tagged: [["/street_001.jpg", "night"]] },
  "no-tags": {
    tagged: [["/street_001.jpg"], ["/street_002.jpg"], ["/IMG 0003.png"]],
    skips: ["line 4: the row has no file name"],
  },
  "wrong-suffix": { tagged: [["/street_001.jpg", "night"]] },
}

describe.each(importCases("csv_tags"))("import/%s", (name) => {
  const ids = deviations.filter(({ imports }) => imports.includes(name)).map(({ id }) => id)
  const { tagged, skips = [] } = results[name] ?? { tagged: reference(name) ?? [] }

  it(ids.length === 0 ? "equals the reference" : `differs by ${ids.join(", ")}`, async () => {
    expect(await read(name, "skip")).toEqual({ tagged, skips })
    if (ids.length === 0) expect(tagged).toEqual(reference(name))
    // The reference leaves rows out, too, and does not say so.
    else if (skips.length === 0) expect(tagged).not.toEqual(reference(name))
    if (skips.length === 0) expect(await read(name)).toEqual({ tagged, skips })
    else {
      const [place, rule] = skips[0]?.split(": ") ?? []
      await expect(read(name)).rejects.toMatchObject({ code: "format", place, rule })
    }
  })
})

/** The rows of a document, from the document alone. */
function rowsOfDocument(document: Raw): Tagged[] {
  const { item, annotations } = document
  const name = fullName(document)
  const slots = item.slots ?? []
  const tagsOf = (own: readonly { readonly name: string; readonly tag?: object }[]) => {
    return [...new Set(own.filter(({ tag }) => tag !== undefined).map(({ name }) => name.trim()))]
  }
  if (slots.length > 1) {
    return slots.map(({ slot_name, source_files }, index) => {
      const own = annotations.filter(({ slot_names = [] }) => {
        return slot_names.length === 0 ? index === 0 : slot_names.includes(slot_name)
      })
      return [`${name}/${slot_name}/${source_files?.[0]?.file_name}`, ...tagsOf(own)]
    })
  }
  const [slot] = slots
  const frames = slot?.frame_urls?.length || slot?.frame_count
  if (slot?.type !== "video" && frames === undefined) return [[name, ...tagsOf(annotations)]]
  const last = Math.max(-1, ...annotations.flatMap(({ frames = {} }) => Object.keys(frames).map(Number)))
  return Array.from({ length: frames ?? last + 1 }, (_, frame) => {
    const own = annotations.flatMap(({ name, frames }) => {
      const shape = frames?.[frame]
      return shape === undefined ? [] : [{ ...shape, name }]
    })
    const picture = `${name.replace(/\.\w+$/, "")}/${String(frame).padStart(7, "0")}.png`
    return [picture, ...tagsOf(own)]
  })
}

it.each(exportCases)("writes %s as its documents have it", async (name) => {
  await inDirectory(async (directory) => {
    const { result: summary } = await writeCase(csvtags, name, directory)
    const rows = rowsOf(join(directory, "tags.csv"))
    const expected = rawDocuments(name).flatMap(rowsOfDocument)
    expect(rows.toSorted()).toEqual(expected.toSorted())
    expect(summary.images).toBe(rows.length)
    expect(summary.written).toBe(rows.reduce((sum, row) => sum + row.length - 1, 0))
    const skipped = summary.skipped.reduce((sum, { count }) => sum + count, 0)
    expect(summary.annotations).toBe(summary.written + skipped)

    const { result: files, events } = await readAll(csvtags, directory)
    expect(events).toEqual([])
    expect(files.map(({ item, annotations }) => [item.name, ...annotations.map(({ name }) => name)])).toEqual(
      rows.map(([path = "", ...tags]) => [path.slice(path.lastIndexOf("/") + 1), ...tags]),
    )
  })
})
