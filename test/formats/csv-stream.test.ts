import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { csvtags } from "../../src/formats/csvtags/index.ts"
import { csvtagsvideo } from "../../src/formats/csvtagsvideo/index.ts"
import { pipe } from "../../src/pipeline.ts"
import { map } from "../../src/transforms/index.ts"
import { streamContract } from "../contracts/stream-contract.ts"

const names = Array.from({ length: 12 }, (_, index) => `${index}.mp4`)

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "csv-"))
  for (const half of [0, 1]) {
    const rows = names.slice(6 * half, 6 * half + 6).map((name) => `${name},night,0,3\n`)
    writeFileSync(join(directory, `${half}.csv`), rows.join(""))
  }
})
afterAll(() => rmSync(directory, { recursive: true }))

for (const { id, read } of [csvtags, csvtagsvideo]) {
  streamContract(`reading ${id}`, {
    open: () =>
      pipe(
        read(directory),
        map(({ item }) => item.name),
      ),
    gives: names,
  })
}
