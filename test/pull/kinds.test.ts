import { readFileSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import type { ReleaseServer } from "../servers/release-server.ts"
import { pullDeviations } from "./deviations.ts"
import { fileOf, type KindCase, type KindItem, kindCases, type Tree } from "./kinds-cases.ts"
import { openDataset } from "./open.ts"
import { type ItemSketch, releaseZip } from "./release-zip.ts"
import { namesIn } from "./tree.ts"

const itemFolder = "deep/er"

/** An item of a case, whose files say what they are. */
function sketch(server: ReleaseServer, { name, path, slots }: KindItem): ItemSketch {
  const item = path === undefined ? name : `${path === "/" ? "" : path}/${name}`
  const serve = (slot: string, file: string) => {
    const content = fileOf(item, slot, file)
    return server.serve(encodeURIComponent(content), content)
  }
  const bySlot = typeof slots === "string" ? { "0": [slots] } : slots
  return {
    name,
    path: path ?? `/${itemFolder}`,
    slots: Object.entries(bySlot).map(([slot, given]) => {
      const { files, type = "image", frames } = "files" in given ? given : { files: given }
      return {
        slot_name: slot,
        type,
        source_files: files.map((file_name) => ({ file_name, url: serve(slot, file_name) })),
        ...(frames !== undefined && {
          frame_urls: Array.from({ length: frames }, (_, at) => serve(slot, `frame ${at}`)),
        }),
      }
    }),
  }
}

/** What stands below `images/`: the text of each file by its path. */
function imagesIn(directory: string): Tree {
  const names = namesIn(directory).filter((name) => name.startsWith("images/"))
  return Object.fromEntries(
    names.map((name) => [name.slice("images/".length), readFileSync(join(directory, name), "utf8")]),
  )
}

const placed = (tree: Tree, useFolders: boolean): Tree =>
  Object.fromEntries(
    Object.entries(tree).map(([path, file]) => [path.replace("~", useFolders ? `${itemFolder}/` : ""), file]),
  )

async function openCase({ items, earlier, before = {} }: KindCase, useFolders: boolean) {
  const opened = await openDataset()
  const { server, dataset, directory } = opened
  if (earlier !== undefined) {
    server.addRelease("v0", await releaseZip(earlier.map((item) => sketch(server, item))))
    await dataset.pull({ useFolders })
  }
  server.addRelease("v1", await releaseZip(items.map((item) => sketch(server, item))))
  for (const [path, content] of Object.entries(placed(before, useFolders))) {
    await mkdir(dirname(join(directory, "images", path)), { recursive: true })
    await writeFile(join(directory, "images", path), content)
  }
  return opened
}

const fileRequests = (server: ReleaseServer) => server.requests.filter(({ url }) => url.startsWith("/files/"))

const modes = [
  { mode: "folders", useFolders: true },
  { mode: "flat", useFolders: false },
] as const
const runs = kindCases.flatMap((kind) =>
  modes
    .filter(({ mode }) => (kind.only ?? mode) === mode)
    .map((mode) => ({ ...mode, name: kind.name, kind })),
)

describe("kinds of items", () => {
  test.each(runs)("$name, $mode", async ({ kind, useFolders }) => {
    const { server, dataset, directory } = await openCase(kind, useFolders)
    const expected = kind.here ?? (kind.darwinPy as Tree)
    const pulls = kind.pulls ?? [{}]
    for (const options of pulls) {
      const report = await dataset.pull({ ...options, useFolders })
      expect(report.problems).toEqual([])
    }
    expect(imagesIn(directory)).toEqual(placed(expected, useFolders))

    // What has been brought is known to be whole, is not asked for again, and is not taken for extra.
    const { forceReplace: _, ...last } = pulls.at(-1) ?? {}
    const asked = fileRequests(server).length
    const report = await dataset.pull({ ...last, useFolders, removeExtra: true })
    expect(report).toMatchObject({ files: { fetched: 0 }, problems: [] })
    expect(fileRequests(server)).toHaveLength(asked)
    if (pulls.length === 1) expect(imagesIn(directory)).toEqual(placed(expected, useFolders))
  })

  test("the files of an item are asked for in the order of its slots' names as texts", async () => {
    const kind = kindCases.find(({ name }) => name === "several-slots") as KindCase
    const { server, dataset } = await openCase(kind, true)
    await dataset.pull({ concurrency: 1 })
    expect(fileRequests(server).map(({ url }) => decodeURIComponent(url.slice("/files/".length)))).toEqual([
      "pair.png 1/c.mp4",
      "pair.png 10/a.png",
      "pair.png 2/b.png",
    ])
  })
})

describe("the deviations", () => {
  test("are those cases that differ from darwin-py", () => {
    const differing = kindCases.filter(({ here }) => here !== undefined).map(({ name }) => name)
    expect(pullDeviations.flatMap(({ cases }) => cases).sort()).toEqual(differing.sort())
    for (const { darwinPy, here } of kindCases) expect(here).not.toEqual(darwinPy)
  })

  test("make docs/deviations-pull.md", async () => {
    await expect(page()).toMatchFileSnapshot(
      fileURLToPath(new URL("../../docs/deviations-pull.md", import.meta.url)),
    )
  })
})

function page(): string {
  const intro = `# Pull: where it differs from darwin-py

Files stand where darwin-py 3.5.3 puts them, but for what this table names. The second table has every case that is
tested, with and without the folders of items: what it leaves below \`images/\`. Both are made from \`test/pull/deviations.ts\` and
\`test/pull/kinds-cases.ts\`; \`~\` is the item's folder.`
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
  const pathsOf = (tree: Tree | string | undefined) => {
    if (tree === undefined) return "the same"
    if (typeof tree === "string") return tree
    return Object.keys(tree).sort().map(code).join(", ") || "nothing"
  }
  const deviations = pullDeviations.map(({ id, darwinPy, here, cases }) =>
    row([id, darwinPy, here, cases.join(", ")]),
  )
  const cases = kindCases.map(({ name, items, earlier, pulls = [{}], before, darwinPy, here }) =>
    row([
      name,
      [
        ...(before === undefined ? [] : [`where ${pathsOf(before)} stand:`]),
        ...(earlier === undefined ? [] : [`after a release of ${earlier.map(wordsOf).join("; ")}:`]),
        items.map(wordsOf).join("; "),
      ].join(" "),
      pulls.map((options) => Object.keys(options).map(code).join(", ") || "no options").join(", then "),
      pathsOf(darwinPy),
      pathsOf(here),
    ]),
  )
  return [
    intro,
    "",
    row(["what", "darwin-py", "here", "cases"]),
    row(["---", "---", "---", "---"]),
    ...deviations,
    "",
    row(["case", "items, with their slots and files", "options", "darwin-py", "here"]),
    row(["---", "---", "---", "---", "---"]),
    ...cases,
    "",
  ].join("\n")
}

const code = (text: string) => `\`${text}\``

function wordsOf({ name, path, slots }: KindItem): string {
  const bySlot = typeof slots === "string" ? { "0": [slots] } : slots
  const words = Object.entries(bySlot).map(([slot, given]) => {
    const { files, frames } = "files" in given ? given : { files: given, frames: undefined }
    return `${code(slot)}: ${files.map(code).join(" ") || "none"}${frames === undefined ? "" : ` and ${frames} frames`}`
  })
  const item = code(path === undefined ? name : `${path === "/" ? "" : path}/${name}`)
  return `${item} (${words.join(", ") || "no slots"})`
}
