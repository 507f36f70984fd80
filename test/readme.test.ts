import { readFile } from "node:fs/promises"
import { expect, test } from "vitest"
import { type Format, formatIds, loadFormat } from "../src/formats/index.ts"

// What the README says of formats is what they say of themselves.

function row({ id, title, spec, read, write, holds, becomes = {} }: Format): string {
  const yes = (can: unknown) => (can === undefined ? "" : "yes")
  const others = Object.entries(becomes).map(([type, as]) => `${type}: ${as}`)
  const held = id === "darwin" ? "everything, unknown keys included" : holds.join(", ")
  const cells = [`\`${id}\``, `[${title}](${spec})`, yes(read), yes(write), held, others.join("; ")]
  return `| ${cells.join(" | ")} |`
}

test("the table of formats is that of the registry", async () => {
  const formats = await Promise.all(formatIds.map((id) => loadFormat(id)))
  const readme = await readFile("README.md", "utf8")
  const [, section = ""] = readme.split("\n## Formats\n")
  const rows = section
    .split("\n## ")[0]
    ?.split("\n")
    .filter((line) => line.startsWith("| `"))
  expect(rows).toEqual(formats.map(row))
})
