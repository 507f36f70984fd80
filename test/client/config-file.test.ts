import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { homedir, tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { parse } from "yaml"
import { readConfigFile, saveLogin } from "../../src/client/config-file.ts"
import { ConfigError, OptionError } from "../../src/errors.ts"

const apiKey = "ABCDEFG.0123456789abcdefghijklmnopqrstuv"
const team = { slug: "acme", apiKey, datasetsDirectory: "/data/darwin" }
const baseUrl = "https://darwin.example"

let directory: string
let file: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "config-"))
  file = join(directory, ".darwin", "config.yaml")
})
afterEach(() => rmSync(directory, { recursive: true }))

function write(text: string): string {
  const path = join(directory, "config.yaml")
  writeFileSync(path, text)
  return path
}

// As the Python SDK 3.5.3 writes it: all values are strings, numbers stand in quotes.
const ofPython = `global:
  api_endpoint: http://127.0.0.1:8700/api/
  base_url: http://127.0.0.1:8700
  default_team: beta
  payload_compression_level: '0'
teams:
  acme:
    api_key: ${apiKey}
    datasets_dir: /data/darwin
  beta:
    api_key: BBBBBBB.0123456789abcdefghijklmnopqrstuv
    datasets_dir: ~/darwin
`

describe("reading", () => {
  test("the file of the Python SDK", () => {
    const config = readConfigFile(write(ofPython))
    expect(config).toMatchObject({
      baseUrl: "http://127.0.0.1:8700",
      apiEndpoint: "http://127.0.0.1:8700/api/",
      defaultTeam: "beta",
    })
    expect([...config.teams.values()]).toEqual([
      team,
      {
        slug: "beta",
        apiKey: "BBBBBBB.0123456789abcdefghijklmnopqrstuv",
        datasetsDirectory: join(homedir(), "darwin"),
      },
    ])
  })

  test("what may be missing has the service's defaults", () => {
    const config = readConfigFile(write(`teams:\n  acme:\n    api_key: 12345\n`))
    expect(config).toMatchObject({
      baseUrl: "https://darwin.v7labs.com",
      apiEndpoint: "https://darwin.v7labs.com/api/",
      defaultTeam: undefined,
    })
    expect(config.teams.get("acme")).toEqual({
      slug: "acme",
      apiKey: "12345",
      datasetsDirectory: join(homedir(), ".darwin", "datasets"),
    })
  })

  test.each([
    ["http://h/api", "http://h/api/"],
    ["http://h/api//", "http://h/api/"],
    ["http://h:80/x/api/", "http://h/x/api/"],
  ])("an API address %s is %s", (address, endpoint) => {
    const path = write(`global:\n  api_endpoint: ${address}\nteams: {}\n`)
    expect(readConfigFile(path).apiEndpoint).toBe(endpoint)
  })

  test("a team without a key of its own is read with an empty one", () => {
    expect(readConfigFile(write(`teams: { open: { api_key: "" } }`)).teams.get("open")?.apiKey).toBe("")
  })

  test.each([
    ["", "teams: is missing"],
    ["# nothing\n", "teams: is missing"],
    ["global: {}\n", "teams: is missing"],
    ["- a list\n", "must be a mapping"],
    ["teams: [acme]\n", "teams: must be a mapping"],
    ["teams:\n  acme:\n", "teams/acme/api_key: is missing"],
    ["teams:\n  acme:\n    datasets_dir: /x\n", "teams/acme/api_key: is missing"],
    ["teams:\n  acme: key\n", "teams/acme: must be a mapping"],
    ["teams:\n  acme:\n    api_key: [1]\n", "teams/acme/api_key: must be a text"],
    ["global:\n  base_url: darwin.example\nteams: {}\n", "global/base_url: must be an http or https address"],
    ["global:\n  api_endpoint: file:///x\nteams: {}\n", "global/api_endpoint: must be an http"],
  ])("%j is refused: %s", (text, rule) => {
    const path = write(text)
    expect(() => readConfigFile(path)).toThrow(ConfigError)
    expect(() => readConfigFile(path)).toThrow(`${path}: `)
    expect(() => readConfigFile(path)).toThrow(rule)
  })

  test("broken YAML is told by its line, without quoting it", () => {
    const path = write(`teams:\n  acme:\n    api_key: "${apiKey}\n`)
    let error: unknown
    try {
      readConfigFile(path)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(ConfigError)
    expect(String(error)).toMatch(/line \d+: is not YAML/)
    expect(String(error)).not.toContain(apiKey)
  })

  test("a missing file is named", () => {
    expect(() => readConfigFile(file)).toThrow(`${file}: does not exist`)
  })
})

describe("saving a login", () => {
  test("makes the file, for its owner only, in the layout of the Python SDK", () => {
    saveLogin(file, { team, baseUrl })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(directory, ".darwin")).mode & 0o777).toBe(0o700)
    expect(readFileSync(file, "utf8")).toBe(`global:
  api_endpoint: https://darwin.example/api/
  base_url: https://darwin.example
  default_team: acme
teams:
  acme:
    api_key: ${apiKey}
    datasets_dir: /data/darwin
`)
    expect(readConfigFile(file).teams.get("acme")).toEqual(team)
  })

  test("a file that others could read is closed to them", () => {
    const path = write(ofPython)
    saveLogin(path, { team, baseUrl: "http://127.0.0.1:8700" })
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test("keeps comments, other teams and unknown keys, and the default team", () => {
    const path = write(`# mine\n${ofPython}extra:\n  key: value # why\n`)
    const changed = { ...team, apiKey: "CCCCCCC.0123456789abcdefghijklmnopqrstuv" }
    saveLogin(path, { team: changed, baseUrl: "http://127.0.0.1:8700" })
    const text = readFileSync(path, "utf8")
    expect(text).toBe(`# mine\n${ofPython.replace(apiKey, changed.apiKey)}extra:\n  key: value # why\n`)
  })

  test("the default team is changed where that is asked for", () => {
    const path = write(ofPython)
    saveLogin(path, { team, baseUrl: "http://127.0.0.1:8700", asDefault: true })
    expect(readConfigFile(path).defaultTeam).toBe("acme")
    saveLogin(path, { team: { ...team, slug: "gamma" }, baseUrl: "http://127.0.0.1:8700" })
    expect(readConfigFile(path).defaultTeam).toBe("acme")
    expect([...readConfigFile(path).teams.keys()]).toEqual(["acme", "beta", "gamma"])
  })

  test("values that look like numbers stay strings", () => {
    saveLogin(file, { team: { ...team, slug: "42", apiKey: "1234567" }, baseUrl })
    expect(parse(readFileSync(file, "utf8"))).toMatchObject({
      global: { default_team: "42" },
      teams: { 42: { api_key: "1234567" } },
    })
    expect(readConfigFile(file).teams.get("42")?.apiKey).toBe("1234567")
    saveLogin(file, { team: { ...team, slug: "42", apiKey: "7654321" }, baseUrl })
    expect([...readConfigFile(file).teams.values()]).toMatchObject([{ slug: "42", apiKey: "7654321" }])
  })

  test("keys of other teams are not made to go to another address", () => {
    const path = write(ofPython)
    expect(() => saveLogin(path, { team, baseUrl })).toThrow(/the keys of beta would go to/)
    expect(readFileSync(path, "utf8")).toBe(ofPython)
  })

  test("a file with the one team may move to another address", () => {
    saveLogin(file, { team, baseUrl: "http://127.0.0.1:1" })
    saveLogin(file, { team, baseUrl: "http://127.0.0.1:2" })
    expect(readConfigFile(file).apiEndpoint).toBe("http://127.0.0.1:2/api/")
  })

  test("a link to the file stays a link", () => {
    const target = write(ofPython)
    const link = join(directory, "link.yaml")
    symlinkSync(target, link)
    saveLogin(link, { team: { ...team, apiKey: "moved" }, baseUrl: "http://127.0.0.1:8700" })
    expect(readConfigFile(target).teams.get("acme")?.apiKey).toBe("moved")
  })

  test.each(["", "a/b"])("a team cannot be called %j", (slug) => {
    expect(() => saveLogin(file, { team: { ...team, slug }, baseUrl })).toThrow(OptionError)
  })

  test("a file that is no mapping is left alone", () => {
    const path = write("- a list\n")
    expect(() => saveLogin(path, { team, baseUrl })).toThrow(ConfigError)
    expect(readFileSync(path, "utf8")).toBe("- a list\n")
  })
})
