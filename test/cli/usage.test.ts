import { readFile } from "node:fs/promises"
import { describe, expect, test } from "vitest"
import { makeDirectory, runCommand } from "./command.ts"

const run = async (...args: string[]) => runCommand(args, { home: await makeDirectory() })

const commands = ["serve", "login", "datasets", "releases", "items", "export", "pull", "convert", "formats"]

describe("help", () => {
  test("names every command, the exit codes and examples", async () => {
    const { code, stdout, stderr } = await run("--help")
    expect(code).toBe(0)
    expect(stderr).toBe("")
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, "m"))
    expect(stdout).toContain(
      "Exit codes: 0 all done, 1 failed, 2 wrong usage, 3 done with skips under --strict, 130 interrupted.",
    )
    expect(stdout).toContain("darwin-streams serve --demo")
  })

  test.each(commands)("of %s tells its usage, --json and the exit codes", async (command) => {
    const { code, stdout } = await run(command, "--help")
    expect(code).toBe(0)
    expect(stdout).toContain(`Usage: darwin-streams ${command}`)
    expect(stdout).toContain("--json")
    expect(stdout).toContain("Exit codes:")
  })

  test("--version prints the package's version alone", async () => {
    const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"))
    expect(await run("--version")).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: "" })
  })
})

describe("wrong usage exits with 2 and says what is wrong in one line", () => {
  test.each([
    ["an unknown command", ["pul"], "unknown command 'pul'"],
    ["a missing argument", ["pull"], "missing required argument 'dataset'"],
    ["an unknown option", ["pull", "acme/street", "--bogus"], "unknown option '--bogus'"],
    ["too many arguments", ["releases", "acme/street", "v1"], "too many arguments"],
    ["a port that is none", ["serve", "--port", "65536"], "It must be a whole number from 0 to 65535."],
    [
      "a number that is none",
      ["pull", "acme/street", "--concurrency", "0x10"],
      "a whole number from 1 to 1024",
    ],
    ["no concurrency", ["pull", "acme/street", "--concurrency", "0"], "a whole number from 1 to 1024"],
    ["a class id that is none", ["export", "acme/street", "v1", "--class-id", "car"], "--class-id"],
    ["an identifier out of form", ["pull", "acme/street/1"], '"acme/street/1" is not of the form'],
    ["an unknown format", ["convert", "docx", "out", "in"], '"docx" is none of darwin'],
    [
      "an unknown format to read",
      ["convert", "coco", "out", "in", "--from", "docx"],
      '"docx" is none of darwin',
    ],
    ["no inputs", ["convert", "coco", "out"], "missing required argument 'inputs'"],
    ["a missing filter module", ["pull", "acme/street", "--filter-module", "no.mjs"], "no.mjs: no such file"],
    [
      "another word for a dry run",
      ["pull", "acme/street", "--remove-extra=dry"],
      "Allowed choices are dry-run.",
    ],
    ["no items", ["items", "archive", "acme/street"], "missing required argument 'items'"],
    ["no folder to move to", ["items", "move", "acme/street", "a.png"], "required option '--to <folder>'"],
    [
      "a status that is none",
      ["items", "set-status", "acme/street", "a.png", "--to", "done"],
      "Allowed choices are new, annotate",
    ],
    ["deleting without a word", ["items", "delete", "acme/street", "a.png"], "give --yes"],
    ["no key and no terminal", ["login"], "no API key"],
    ["an address that is none", ["login", "--api-key", "k", "--base-url", "darwin"], "baseUrl"],
  ])("%s", async (_, args, words) => {
    const { code, stdout, stderr } = await run(...args)
    expect(code).toBe(2)
    expect(stdout).toBe("")
    expect(stderr).toMatch(/^error: .*\n$/)
    expect(stderr).toContain(words)
  })

  test("no command at all shows the help", async () => {
    const { code, stdout, stderr } = await run()
    expect(code).toBe(2)
    expect(stdout).toBe("")
    expect(stderr).toContain("Usage: darwin-streams")
  })

  test.each([
    ["before the command", ["--json", "pull"]],
    ["behind it", ["pull", "--json"]],
  ])("--json %s tells it as a message", async (_, args) => {
    const ended = await run(...args)
    expect(ended.code).toBe(2)
    expect(ended.stderr).toBe("")
    expect(ended.messages()).toEqual([
      { type: "error", code: "usage", message: "missing required argument 'dataset'" },
    ])
  })
})

describe("a missing configuration", () => {
  test.each([
    ["datasets"],
    ["releases", "acme/street"],
    ["export", "acme/street", "v1"],
    ["pull", "acme/street"],
  ])("fails %s with the file's name and what to do", async (...args) => {
    const home = await makeDirectory()
    const { code, stdout, stderr } = await runCommand(args, { home })
    expect(code).toBe(1)
    expect(stdout).toBe("")
    expect(stderr).toMatch(/^error: .*\n$/)
    expect(stderr).toContain(`${home}/.darwin/config.yaml: does not exist`)
    expect(stderr).toContain("darwin-streams login")

    const told = await runCommand([...args, "--json"], { home })
    expect(told.code).toBe(1)
    expect(told.last()).toMatchObject({ type: "error", code: "config", file: `${home}/.darwin/config.yaml` })
  })
})

describe("formats", () => {
  test("as a table", async () => {
    const { code, stdout } = await run("formats")
    expect(code).toBe(0)
    const [heading, ...rows] = stdout.trimEnd().split("\n")
    expect(heading).toMatch(/^ID +TITLE +READS +WRITES +HOLDS +AS ANOTHER +OPTIONS$/)
    expect(rows.map((row) => row.split(" ")[0])).toEqual(
      expect.arrayContaining(["darwin", "coco", "pascalvoc"]),
    )
    expect(rows.find((row) => row.startsWith("pascalvoc"))).toMatch(
      /^pascalvoc +Pascal VOC +yes +yes +bounding_box +polygon +coordinates$/,
    )
  })

  test("as a message", async () => {
    const { formats, ...rest } = (await run("formats", "--json")).last()
    expect(rest).toEqual({ type: "report", command: "formats" })
    const darwin = formats.find((format: { id: string }) => format.id === "darwin")
    expect(darwin).toMatchObject({ reads: true, writes: true, extensions: [".json"] })
  })
})
