import { rm } from "node:fs/promises"
import { join } from "node:path"
import { expect, test } from "vitest"
import { maskSecrets } from "../../src/index.ts"
import { openEmbedded } from "../pull/embedded.ts"
import { apiKey } from "../servers/release-server.ts"
import { makeDirectory, runCommand } from "./command.ts"

const items = [...Array(5).keys()].map((at) => ({ name: `${at}.png` }))

async function openCommand() {
  const { server, directory, datasetsDirectory } = await openEmbedded(items)
  const home = await makeDirectory()
  const env = { DARWIN_BASE_URL: server.url, DARWIN_API_KEY: server.apiKey }
  const run = async (...args: string[]) => {
    const ended = await runCommand(args, { home, env })
    const log = ended.stderr
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line))
    return { ...ended, log, events: log.map(({ level, event }) => `${level} ${event}`) }
  }
  return { server, run, directory, place: ["--datasets-dir", datasetsDirectory] }
}

test("the log of a pull tells all that happens, how far it is, and how it ended; the result is on stdout", async () => {
  const { run, place } = await openCommand()
  const { code, stdout, log, events } = await run("pull", "acme/street", "--log-format", "json", ...place)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^pulled v1 into /)
  expect(events.filter((event) => event === "debug transfer")).toHaveLength(5)
  expect(events[0]).toBe("info start")
  expect(events.slice(-3)).toEqual(["info end", "info progress", "info exit"])
  for (const { time } of log) expect(new Date(time).toISOString()).toBe(time)
  expect(log.at(-1)).toMatchObject({ exitCode: 0 })
  expect(log.at(-2)).toMatchObject({
    items: 5,
    totalItems: 5,
    failed: 0,
    bytes: expect.any(Number),
    ratio: 1,
  })
  expect(log.at(-2).itemsPerSecond).toBeGreaterThan(0)
  expect(log.at(-2).bytesPerSecond).toBeGreaterThan(0)
})

test("it goes with --json, which has stdout to itself, and every command has it", async () => {
  const { run, directory, place } = await openCommand()
  const pulled = await run("pull", "acme/street", "--json", "--log-format=json", ...place)
  expect(pulled.last()).toMatchObject({ type: "report", command: "pull" })
  expect(pulled.log.at(-1)).toMatchObject({ event: "exit" })
  await rm(join(directory, "images/0.png"))
  const verified = await run("verify", "acme/street", "--log-format", "json", ...place)
  expect(verified.code).toBe(1)
  expect(verified.log).toContainEqual(
    expect.objectContaining({
      level: "warn",
      event: "check",
      state: "missing",
      path: join(directory, "images/0.png"),
    }),
  )
  expect(verified.log.at(-1)).toMatchObject({ level: "error", event: "exit", exitCode: 1 })
  const listed = await run("releases", "acme/street", "--log-format", "json")
  expect(listed.stdout).toContain("acme/street:v1")
  expect(listed.events).toEqual(["info exit"])
})

test("errors are in it, wrong usage too, and no secrets", async () => {
  const { run, server } = await openCommand()
  const missing = await run("pull", "acme/street:v2", "--log-format", "json")
  expect([missing.code, missing.stdout]).toEqual([1, ""])
  expect(missing.log.at(-1)).toMatchObject({ level: "error", event: "error", code: "not-found" })
  expect((await run("pull", "--log-format", "json")).log).toMatchObject([{ event: "error", code: "usage" }])
  const told = await run("pull", `acme/${server.apiKey}`, "--log-format", "json")
  expect(told.log.at(-1)).toMatchObject({ event: "error" })
  expect(told.stderr).not.toContain(server.apiKey)
  expect(maskSecrets(`GET https://a.b/c?token=s3cret&page=2: no ${apiKey}, ApiKey abcdefghijk`)).toBe(
    "GET https://a.b/c?token=***&page=2: no ***, ApiKey ***",
  )
  expect(maskSecrets("version 1.2.3 of /data/street.v1/annotations.json at http://u:p@host/x")).toBe(
    "version 1.2.3 of /data/street.v1/annotations.json at http://***@host/x",
  )
})
