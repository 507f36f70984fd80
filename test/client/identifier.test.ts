import { expect, test } from "vitest"
import { parseIdentifier } from "../../src/client/index.ts"
import { OptionError } from "../../src/errors.ts"

test.each([
  ["signs", { team: undefined, dataset: "signs", release: undefined }],
  ["acme/signs", { team: "acme", dataset: "signs", release: undefined }],
  ["acme/signs:v3", { team: "acme", dataset: "signs", release: "v3" }],
  ["a_c.m-E9/s_i.g-N9:1:2.b_-", { team: "a_c.m-E9", dataset: "s_i.g-N9", release: "1:2.b_-" }],
  ["signs:latest", { team: undefined, dataset: "signs", release: "latest" }],
])("%s", (identifier, parts) => {
  expect(parseIdentifier(identifier)).toEqual(parts)
})

test.each([
  "",
  "/",
  "acme/",
  "/signs",
  "a/b/c",
  "signs:",
  "a/b:c/d",
  "si gns",
  "sïgns",
  " signs",
  "signs\n",
  "a//b",
])("%j is refused", (identifier) => {
  expect(() => parseIdentifier(identifier)).toThrow(OptionError)
})
