import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { deviations } from "./deviations.ts"
import { exportCases, importCases } from "./golden.ts"

it("lists in the docs the deviations that the golden tests name, no more and no less", () => {
  const docs = readFileSync(new URL("../../../docs/deviations-coco.md", import.meta.url), "utf8")
  const [, writing = "", reading = ""] = docs.split(/^## .*$/m)
  for (const [direction, text] of [
    ["write", writing],
    ["read", reading],
  ] as const) {
    const rows = text.split("\n").filter((line) => line.startsWith("| `"))
    const named = deviations.filter((one) => one.direction === direction)
    expect(rows).toEqual(
      named.map(({ id, reference, ours, reason }) => `| \`${id}\` | ${reference} | ${ours} | ${reason} |`),
    )
  }
})

it("names cases that exist", () => {
  for (const { direction, cases } of deviations) {
    const known = direction === "write" ? exportCases : importCases
    expect(cases.filter((name) => !known.includes(name))).toEqual([])
  }
})
