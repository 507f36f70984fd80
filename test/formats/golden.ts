import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"

// What darwin-py wrote and read: `test/fixtures/golden/README.md` tells its origin and what is not to be compared.

const golden = fileURLToPath(new URL("../fixtures/golden/", import.meta.url))

/** The names of all export cases. */
export const exportCases: readonly string[] = readdirSync(join(golden, "cases")).sort()

/** A path in an export case, such as `exportCase("bbox-basic", "expected/yolo")`. */
export function exportCase(name: string, ...path: readonly string[]): string {
  return join(golden, "cases", name, ...path)
}

/** The names of the import cases of a format, as its folder is called. */
export function importCases(format: string): readonly string[] {
  return readdirSync(join(golden, "imports", format)).sort()
}

/** A path in an import case. */
export function importCase(format: string, name: string, ...path: readonly string[]): string {
  return join(golden, "imports", format, name, ...path)
}

/** The input file of an import case. */
export function importInput(format: string, name: string): string {
  const input = readdirSync(importCase(format, name)).find((file) => file.startsWith("input."))
  if (input === undefined) throw new Error(`${format}/${name} has no input`)
  return importCase(format, name, input)
}

/** What darwin-py's parser made of an import case, null where it said "not mine"; undefined where it failed. */
export function expectedImport(format: string, name: string): unknown {
  const path = importCase(format, name, "expected.json")
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined
}

/** All files below a directory, by their paths with `/` between folders, sorted; none where it does not exist. */
export function filesBelow(directory: string, folder = ""): string[] {
  if (!existsSync(join(directory, folder))) return []
  return readdirSync(join(directory, folder))
    .flatMap((name) => {
      const path = folder === "" ? name : `${folder}/${name}`
      return statSync(join(directory, path)).isDirectory() ? filesBelow(directory, path) : [path]
    })
    .sort()
}

/** Runs work in a directory of its own, which is removed afterwards. */
export async function inDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "darwin-streams-"))
  try {
    return await work(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Where this library does otherwise than darwin-py 3.5.3, and the golden cases that show it. */
export interface Deviation {
  readonly id: string
  /** What darwin-py does. */
  readonly reference: string
  /** What is done here, and why. */
  readonly ours: string
  /** Cases below `test/fixtures/golden/cases`. */
  readonly exports: readonly string[]
  /** Cases below `test/fixtures/golden/imports/<format>`. */
  readonly imports: readonly string[]
}

/** A page of `docs/` that is made of deviations. */
export interface DeviationPage {
  /** The page, below `docs/`. */
  readonly file: string
  readonly title: string
  /** What stands before the table, in Markdown. */
  readonly intro: string
  readonly deviations: readonly Deviation[]
}

/**
 * Checks that a page of the docs is what its deviations say, and that they name cases that exist. `npx vitest run -u` writes
 * the page anew.
 */
export function checkDeviationPage(page: DeviationPage, importNames: readonly string[]): void {
  it(`docs/${page.file} is made of the deviations`, async () => {
    const rows = page.deviations.map(({ id, reference, ours, exports, imports }) => {
      const cases = [...exports, ...imports.map((name) => `import/${name}`)].join(", ")
      return `| ${[id, reference, ours, cases].map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
    })
    const table = ["| what | darwin-py | here | cases |", "| --- | --- | --- | --- |", ...rows].join("\n")
    await expect(`# ${page.title}\n\n${page.intro}\n\n${table}\n`).toMatchFileSnapshot(
      fileURLToPath(new URL(`../../docs/${page.file}`, import.meta.url)),
    )
  })

  it("the deviations name cases that exist", () => {
    for (const { exports, imports } of page.deviations) {
      for (const name of exports) expect(exportCases).toContain(name)
      for (const name of imports) expect(importNames).toContain(name)
    }
  })
}

/** Equal but for 1e-9 of the larger number. */
export function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b))
}
