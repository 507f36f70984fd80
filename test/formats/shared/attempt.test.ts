import { expect, test } from "vitest"
import { FormatError } from "../../../src/errors.ts"
import type { RunEvent } from "../../../src/events.ts"
import { createAttempt } from "../../../src/formats/shared/attempt.ts"

const broken = () => {
  throw new FormatError("a.xml", "line 3", "has no name")
}

test("throws what breaks a rule unless it is asked to go on", () => {
  const attempt = createAttempt(undefined, {})
  expect(attempt(() => 1)).toBe(1)
  expect(() => attempt(broken)).toThrow(expect.objectContaining({ code: "format", place: "line 3" }))
})

test("tells it as an event, and goes on with nothing in its place", () => {
  const events: RunEvent[] = []
  const attempt = createAttempt("skip", { onEvent: (event) => events.push(event) })
  expect(attempt(broken)).toBeUndefined()
  expect(events).toEqual([{ type: "skip", file: "a.xml", place: "line 3", reason: "has no name" }])
})

test("lets every other error pass", () => {
  const attempt = createAttempt("skip", {})
  const mistake = () => {
    throw new TypeError("a mistake of ours")
  }
  expect(() => attempt(mistake)).toThrow(TypeError)
})
