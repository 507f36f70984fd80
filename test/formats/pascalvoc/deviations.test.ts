import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { type Deviation, deviations } from "./deviations.ts"

const page = new URL("../../../docs/deviations-pascalvoc.md", import.meta.url)

function row({ id, reference, ours, exports, imports }: Deviation): string {
  const cells = [id, reference, ours, [...exports, ...imports.map((name) => `import/${name}`)].join(", ")]
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
}

it("the page lists every deviation, and none that does not exist", () => {
  const rows = readFileSync(page, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(2)
  expect(rows).toEqual(deviations.map(row))
})
