import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { beforeEach, expect, onTestFinished, test } from "vitest"
import { filesBelow, makeDirectory, runCommand, startCommand } from "./command.ts"

let home: string

beforeEach(async () => {
  home = await makeDirectory()
})

test("serve --demo tells where it listens, and with what key; the main job can be done with that", async () => {
  const serving = startCommand(["serve", "--demo", "--port", "0"], { home })
  const text = await serving.until("data")
  const [, url = ""] = text.match(/URL +(http:\/\/127\.0\.0\.1:\d+)\n/) ?? []
  const [, key = ""] = text.match(/API key +([A-Za-z0-9]{7}\.[A-Za-z0-9_-]{32})\n/) ?? []
  expect(text).toMatch(/team +demo\n/)

  const user = await makeDirectory()
  const options = { home: user }
  expect((await runCommand(["login", "--base-url", url, "--api-key", key], options)).code).toBe(0)
  expect((await runCommand(["export", "demo/street-scenes", "v2", "--wait"], options)).code).toBe(0)
  const pulled = await runCommand(["pull", "demo/street-scenes:v2", "--json"], options)
  expect(pulled.code).toBe(0)
  const annotations = join(pulled.last().directory, "releases/latest/annotations")
  for (const format of ["coco", "pascalvoc"]) {
    expect((await runCommand(["convert", format, join(user, format), annotations], options)).code).toBe(0)
    expect(await filesBelow(join(user, format))).not.toHaveLength(0)
  }

  serving.child.kill("SIGINT")
  const { code, stderr } = await serving.ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: "stopping; interrupt again to stop at once\n" })
})

test("serve --json tells it as messages, keeps its data and its key, and ends with 0 on SIGTERM", async () => {
  const args = ["serve", "--port", "0", "--data", join(home, "data"), "--json"]
  const serve = async () => {
    const { child, ended, until } = startCommand(args, { home })
    await until("listening")
    child.kill("SIGTERM")
    return ended
  }
  const first = await serve()
  expect(first.code).toBe(0)
  const [listening, report, ...rest] = first.messages()
  expect(listening).toMatchObject({ type: "listening", team: "demo", dataDirectory: join(home, "data") })
  expect(report).toEqual({ type: "report", command: "serve" })
  expect(rest).toEqual([])
  expect((await serve()).messages()[0]?.apiKey).toBe(listening?.apiKey)
})

test("serve --fault lets answers go wrong, and a pull comes through", async () => {
  const args = [
    "serve",
    "--demo",
    "--port",
    "0",
    "--fault",
    "reset-body@files:0.3",
    "--fault-seed",
    "7",
    "--json",
  ]
  const serving = startCommand(args, { home })
  const { url, apiKey } = JSON.parse((await serving.until("\n")).split("\n")[0] ?? "")
  const options = { home: await makeDirectory(), env: { DARWIN_BASE_URL: url, DARWIN_API_KEY: apiKey } }
  expect((await runCommand(["export", "demo/street-scenes", "v2", "--wait"], options)).code).toBe(0)
  const pulled = await runCommand(["pull", "demo/street-scenes:v2", "--json"], options)
  expect(pulled.code).toBe(0)
  expect(pulled.last().items.failed).toBe(0)
  expect(pulled.messages().filter(({ type }) => type === "retry")).not.toEqual([])
  serving.child.kill("SIGINT")
  expect((await serving.ended).code).toBe(0)
})

test("a fault that is none fails in one line that names them all", async () => {
  const { code, stderr } = await runCommand(["serve", "--fault", "rest:0.1"], { home })
  expect(code).toBe(2)
  expect(stderr).toMatch(/^error: --fault rest:0.1: a fault is one of .*reset.*redirect-loop.*\n$/)
})

test("a port that is taken fails in one line", async () => {
  const other = createServer().listen(0, "127.0.0.1")
  onTestFinished(() => {
    other.close()
  })
  await new Promise((resolve) => other.once("listening", resolve))
  const { port } = other.address() as AddressInfo
  const { code, stdout, stderr } = await runCommand(["serve", "--port", String(port)], { home })
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
  expect(stderr).toMatch(/^error: .*EADDRINUSE.*\n$/)
})
