import { readdirSync, readFileSync } from "node:fs"
import { join, relative, sep } from "node:path"
import { expect, test } from "vitest"
import { partOn } from "../../src/storage/names.ts"
import { openDataset } from "./open.ts"
import { type ItemSketch, releaseZip } from "./release-zip.ts"
import { namesIn } from "./tree.ts"

/** A name that an item may have, and where its picture stands then below `images/`, or why it cannot be brought. */
interface Case extends Pick<ItemSketch, "name" | "path"> {
  readonly at?: string
  readonly fails?: RegExp
}

const [e, combined] = ["é", "e\u0301"]

const cases: readonly Case[] = [
  // They lead out.
  { name: "..", fails: /would leave its directory/ },
  { name: ".", fails: /would leave its directory/ },
  { name: "...", fails: /would leave its directory/ },
  { name: " ", fails: /would leave its directory/ },
  { name: ". .", fails: /would leave its directory/ },
  { name: "in.png", path: "/../../..", fails: /would leave its directory/ },
  { name: "in.png", path: "../../..", fails: /would leave its directory/ },
  { name: "in.png", path: "/a/.. /b", fails: /would leave its directory/ },
  { name: "../../up.png", at: ".._.._up.png" },
  { name: "..\\..\\up.png", at: ".._.._up_2.png" },
  { name: "/etc/passwd.png", at: "_etc_passwd.png" },
  { name: "back.png", path: "/\\\\host\\share", at: "__host_share/back.png" },
  // Of Windows.
  { name: "CON.png", fails: /a device on Windows/ },
  { name: "nul", fails: /a device on Windows/ },
  { name: "com1.tar.gz", fails: /a device on Windows/ },
  { name: "LPT¹.png", fails: /a device on Windows/ },
  { name: "Aux .png", fails: /a device on Windows/ },
  { name: "in.png", path: "/prn/x", fails: /a device on Windows/ },
  { name: "C:\\drive.png", fails: /begins with a drive letter/ },
  { name: "c:drive.png", fails: /begins with a drive letter/ },
  { name: "in.png", path: "/D:/x", fails: /begins with a drive letter/ },
  { name: "file.png:stream.png", at: "file.png:stream.png" },
  { name: 'a<b>c"d|e?f*g.png', at: "a_b_c_d_e_f_g.png" },
  { name: "trailing.png.", at: "trailing.png..png" },
  { name: "trailing.png ", at: "trailing.png" },
  { name: " leading.png", at: " leading.png" },
  { name: "console.png", at: "console.png" },
  // Characters.
  { name: "a\0b.png", fails: /holds a NUL character/ },
  { name: "in.png", path: "/a\0b", fails: /holds a NUL character/ },
  { name: "bell\u0007.png", at: "bell\u0007.png" },
  { name: "two\nlines.png", at: "two\nlines.png" },
  { name: "\u001b[2Jclear.png", at: "\u001b[2Jclear.png" },
  { name: "\u202egnp.exe.png", at: "\u202egnp.exe.png" },
  { name: "\ud800 alone.png", at: "\ufffd alone.png" },
  { name: "\udfff alone.png", at: "\ufffd alone_2.png" },
  { name: "🚗 車.png", at: "🚗 車.png" },
  { name: "-rf.png", at: "-rf.png" },
  { name: "~.png", at: "~.png" },
  { name: "$(touch x).png", at: "$(touch x).png" },
  { name: ".hidden", at: ".hidden.png" },
  { name: ".part.png", at: ".part.png" },
  // Names that are one on some file systems.
  { name: "Same.png", at: "Same.png" },
  { name: "same.png", at: "same.png" },
  { name: `${e}.png`, at: `${e}.png` },
  { name: `${combined}.png`, at: `${combined}.png` },
  { name: "twice.png", at: "twice.png" },
  { name: "twice.png", path: "/.", at: "twice_2.png" },
  // Long ones.
  { name: `${"l".repeat(250)}.png`, at: `${"l".repeat(250)}.png` },
  { name: `${"m".repeat(252)}.png`, fails: /too long/ },
  { name: `${"車".repeat(90)}.png`, fails: /too long/ },
  { name: "in.png", path: `/${"n".repeat(256)}`, fails: /too long/ },
  { name: "in.png", path: `/${Array(25).fill("o".repeat(200)).join("/")}`, fails: /too long/ },
]

// A file system that takes two names for one is a matter of its own.
const linux = process.platform === "linux"

test.runIf(linux)(
  "items of hostile names are brought where they belong, or fail alone and say why",
  async () => {
    const { server, dataset, directory, datasetsDirectory } = await openDataset()
    const items = cases.map((one, at) => ({
      id: `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`,
      name: one.name,
      ...(one.path !== undefined && { path: one.path }),
      slots: [
        {
          slot_name: "0",
          source_files: [{ file_name: "x.png", url: server.serve(`${at}.png`, `picture ${at}`) }],
        },
      ],
    }))
    server.addRelease("v1", await releaseZip(items))
    const report = await dataset.pull()

    const failing = cases.flatMap((one, at) => (one.fails === undefined ? [] : [{ at, rule: one.fails }]))
    const expectedFiles = new Set(failing.map(({ at }) => `v1.zip/${at}.json`))
    expect(report.problems.filter(({ file }) => !expectedFiles.has(file))).toEqual([])
    expect(report.items).toEqual({
      done: cases.length - failing.length,
      skipped: 0,
      failed: failing.length,
      filtered: 0,
    })
    const reasons = new Map(report.problems.map(({ file, reason }) => [file, reason]))
    for (const { at, rule } of failing) {
      expect([cases[at]?.name, reasons.get(`v1.zip/${at}.json`)]).toEqual([
        cases[at]?.name,
        expect.stringMatching(rule),
      ])
    }
    const wanted = cases.flatMap(({ at }, index) =>
      at === undefined ? [] : [[`images/${at}`, `picture ${index}`]],
    )
    const found = namesIn(directory).filter((name) => name.startsWith("images/"))
    const contents = found.map((name) => [name, readFileSync(join(directory, name), "utf8")])
    expect(Object.fromEntries(contents)).toEqual(Object.fromEntries(wanted))

    // Nothing stands anywhere else.
    const below = readdirSync(datasetsDirectory, { recursive: true, encoding: "utf8" })
    const home = relative(datasetsDirectory, directory)
    expect(below.filter((path) => path !== "acme" && path !== home && !path.startsWith(home + sep))).toEqual(
      [],
    )
    const areas = readdirSync(directory).filter((name) => !name.startsWith("."))
    expect(areas.sort()).toEqual(["images", "releases"])

    // The same names the next time, and nothing to do.
    expect(await dataset.pull()).toMatchObject({ files: { fetched: 0 }, items: { failed: failing.length } })
  },
)

test("on Windows, characters and endings that it does not take become _", () => {
  const names = ["ab:c.png", "bell\u0007.png", "two\nlines.png", "trailing.png.", "trailing. .", "plain.png"]
  expect(names.map((name) => partOn("win32", name))).toEqual([
    "ab_c.png",
    "bell_.png",
    "two_lines.png",
    "trailing.png_",
    "trailing___",
    "plain.png",
  ])
})
