import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { FormatId } from "../../../src/formats/registry.ts"
import { importAnnotations } from "../../../src/import.ts"
import { importCase, importCases } from "../../formats/golden.ts"
import { readGoldenCase, withGoldenService } from "./golden-service.ts"

const ids: Record<string, FormatId> = { csv_tags: "csvtags", csv_tags_video: "csvtagsvideo", pascal_voc: "pascalvoc" }

for (const name of importCases("payloads")) {
  it(name, async () => {
    const directory = importCase("payloads", name)
    const given = readGoldenCase(directory)
    const folder = existsSync(join(directory, "sa")) ? join(directory, "sa") : directory
    const input = readdirSync(folder).find((file) => file.startsWith("input.")) ?? ""
    const path = join(directory, "payload.json")
    const expected = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined
    await withGoldenService(given, async (dataset, log) => {
      const { append, delete_for_empty, import_annotators, import_reviewers } = given.options
      const report = await importAnnotations(dataset, ids[given.format] ?? (given.format as FormatId), [join(folder, input)], {
        append,
        overwrite: !append,
        deleteForEmpty: delete_for_empty,
        importAnnotators: import_annotators,
        importReviewers: import_reviewers,
        classPolicy: "create",
        concurrency: 1,
        journal: false,
      })
      console.log(JSON.stringify(report.problems), JSON.stringify(report.items))
      expect({ requests: log.requests, other_calls: log.otherCalls }).toEqual(expected)
    })
  })
}
