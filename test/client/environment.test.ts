import { homedir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { readEnvironment } from "../../src/client/index.ts"

test("what is not set has its default", () => {
  const nothing = {
    baseUrl: "https://darwin.v7labs.com",
    apiKey: undefined,
    team: undefined,
    datasetsDirectory: undefined,
    retry: {},
    downloadConcurrency: undefined,
  }
  expect(readEnvironment({})).toEqual(nothing)
  expect(readEnvironment({ DARWIN_BASE_URL: "", DARWIN_API_KEY: "", DARWIN_RETRY_MAX_WAIT: "" })).toEqual(
    nothing,
  )
})

test("all variables", () => {
  const variables = {
    DARWIN_BASE_URL: "http://127.0.0.1:8700/",
    DARWIN_API_KEY: "key",
    DARWIN_TEAM: "acme",
    DARWIN_DATASETS_DIR: "~/sets",
    DARWIN_RETRY_INITIAL_WAIT: "0",
    DARWIN_RETRY_MAX_WAIT: "1.5",
    DARWIN_RETRY_MAX_ATTEMPTS: "10",
    DARWIN_DOWNLOAD_FILES_CONCURRENCY: "4",
  }
  expect(readEnvironment(variables)).toEqual({
    baseUrl: "http://127.0.0.1:8700",
    apiKey: "key",
    team: "acme",
    datasetsDirectory: join(homedir(), "sets"),
    retry: { initialRetryDelayMs: 0, maxRetryDelayMs: 1500, maxAttempts: 10 },
    downloadConcurrency: 4,
  })
})

test.each([
  ["DARWIN_BASE_URL", "darwin.example"],
  ["DARWIN_RETRY_INITIAL_WAIT", "soon"],
  ["DARWIN_RETRY_MAX_WAIT", "-1"],
  ["DARWIN_RETRY_MAX_ATTEMPTS", "0"],
  ["DARWIN_DOWNLOAD_FILES_CONCURRENCY", "1e3"],
])("%s=%s is refused by its name", (name, value) => {
  expect(() => readEnvironment({ [name]: value })).toThrow(name)
})
