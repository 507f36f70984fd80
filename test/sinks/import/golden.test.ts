import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { FormatId } from "../../../src/formats/registry.ts"
import { importAnnotations } from "../../../src/import.ts"
import { checkDeviationPage, importCase, importCases, isClose } from "../../formats/golden.ts"
import { type Payload, page, payloadDeviations } from "./deviations.ts"
import { readGoldenCase, withGoldenService } from "./golden-service.ts"

const ids: Record<string, FormatId> = {
  csv_tags: "csvtags",
  csv_tags_video: "csvtagsvideo",
  pascal_voc: "pascalvoc",
}

const deviates = (name: string) => payloadDeviations.filter(({ imports }) => imports.includes(name))

/** The payloads of darwin-py; none where it failed. */
function reference(name: string): Payload {
  const path = importCase("payloads", name, "payload.json")
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : { requests: [], other_calls: [] }
}

async function payloadOf(name: string): Promise<Payload> {
  const directory = importCase("payloads", name)
  const given = readGoldenCase(directory)
  const folder = existsSync(join(directory, "sa")) ? join(directory, "sa") : directory
  const input = readdirSync(folder).find((file) => file.startsWith("input.")) ?? ""
  const { append, delete_for_empty: deleteForEmpty, import_annotators, import_reviewers } = given.options
  return withGoldenService(given, async (dataset, log) => {
    const format = ids[given.format] ?? (given.format as FormatId)
    const report = await importAnnotations(dataset, format, [join(folder, input)], {
      append,
      overwrite: !append,
      deleteForEmpty,
      importAnnotators: import_annotators,
      importReviewers: import_reviewers,
      classPolicy: "create",
      concurrency: 1,
      journal: false,
    })
    const { total, sent, present, skipped, failed } = report.annotations
    expect(sent + present + skipped + failed).toBe(total)
    return { requests: log.requests as Payload["requests"], other_calls: log.otherCalls }
  })
}

describe("payloads of darwin-py", () => {
  it.each(importCases("payloads"))("%s", async (name) => {
    const found = differences(reference(name), await payloadOf(name))
    const explained = deviates(name).map(({ id, explains }) => ({
      id,
      at: found.filter(({ at, theirs, ours }) => explains(at, theirs, ours)).map(({ at }) => at),
    }))
    const known = new Set(explained.flatMap(({ at }) => at))
    expect(found.filter(({ at }) => !known.has(at))).toEqual([])
    expect(explained.filter(({ at }) => at.length === 0)).toEqual([])
  })
})

checkDeviationPage(page, importCases("payloads"))

interface Difference {
  /** A path, with dots. */
  readonly at: string
  readonly theirs: unknown
  readonly ours: unknown
}

/** Where two payloads differ; ids that darwin-py made at random agree with any. */
function differences(theirs: unknown, ours: unknown, at = ""): Difference[] {
  if (typeof theirs === "number" && typeof ours === "number" && isClose(theirs, ours)) return []
  if (typeof theirs === "string" && theirs.startsWith("00000000-0000-4000-8000-")) {
    if (typeof ours === "string" && /^[0-9a-f-]{36}$/.test(ours)) return []
  }
  if (typeof theirs !== "object" || typeof ours !== "object" || theirs === null || ours === null) {
    return theirs === ours ? [] : [{ at, theirs, ours }]
  }
  const keys = new Set([...Object.keys(theirs), ...Object.keys(ours)])
  return [...keys].flatMap((key) =>
    differences((theirs as never)[key], (ours as never)[key], at === "" ? key : `${at}.${key}`),
  )
}
