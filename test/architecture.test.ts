import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, normalize, sep } from "node:path"
import { describe, expect, test } from "vitest"

// The direction of imports that CONTRIBUTING.md draws: a file imports from its own folder or from a lower rank.
const ranks: Record<string, number> = {
  core: 0,
  parse: 1,
  http: 1,
  api: 2,
  model: 2,
  geometry: 3,
  video: 3,
  storage: 4,
  transforms: 5,
  formats: 6,
  sources: 7,
  sinks: 7,
  client: 8,
  convert: 8,
  import: 8,
  rxjs: 9,
  "format-kit": 9,
  index: 9,
}
const core = new Set(["stream.ts", "pipeline.ts", "events.ts", "errors.ts", "on-abort.ts", "listener.ts"])
const publicEntries = [
  "index",
  "rxjs",
  "format-kit",
  "formats/index",
  "sources/index",
  "transforms/index",
  "sinks/index",
  "server/index",
]

const files = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.split(sep).join("/"))

function importsOf(file: string): string[] {
  const text = readFileSync(join("src", file), "utf8").replace(/^\s*(\*|\/\/).*$/gm, "")
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(
    ([, specifier]) => specifier ?? "",
  )
  return specifiers.map((specifier) =>
    normalize(join(dirname(file), specifier))
      .split(sep)
      .join("/"),
  )
}

function areaOf(file: string): string {
  if (core.has(file)) return "core"
  return file.includes("/") ? (file.split("/")[0] ?? "") : file.replace(/\.ts$/, "")
}

describe("imports", () => {
  test("every import reaches a file that exists", () => {
    const missing = files.flatMap((file) =>
      importsOf(file)
        .filter((target) => !files.includes(target) && !target.endsWith("package.json"))
        .map((target) => `${file} -> ${target}`),
    )
    expect(missing).toEqual([])
  })

  test("run in one direction", () => {
    const wrong: string[] = []
    for (const file of files) {
      const from = areaOf(file)
      if (from === "server" || from === "cli") continue
      for (const target of importsOf(file)) {
        const to = areaOf(target)
        if (to === from) continue
        const [low, high] = [ranks[to], ranks[from]]
        if (low === undefined || high === undefined || low >= high) wrong.push(`${file} -> ${target}`)
      }
    }
    expect(wrong).toEqual([])
  })

  test("the server knows the model at most", () => {
    const wrong = files
      .filter((file) => areaOf(file) === "server")
      .flatMap((file) => importsOf(file).map((target) => ({ file, target })))
      .filter(({ target }) => !["server", "model"].includes(areaOf(target)))
    expect(wrong).toEqual([])
  })

  test("the command line uses the public entries only", () => {
    const wrong = files
      .filter((file) => areaOf(file) === "cli")
      .flatMap((file) => importsOf(file).map((target) => ({ file, target })))
      .filter(
        ({ target }) => areaOf(target) !== "cli" && !publicEntries.includes(target.replace(/\.ts$/, "")),
      )
    expect(wrong).toEqual([])
  })

  test("rxjs is imported by one file", () => {
    const importers = files.filter((file) => /from "rxjs/.test(readFileSync(join("src", file), "utf8")))
    expect(importers).toEqual(["rxjs.ts"])
  })
})
