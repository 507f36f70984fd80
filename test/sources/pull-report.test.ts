import { expect, test } from "vitest"
import type { RunEvent } from "../../src/events.ts"
import type { AnnotationFile } from "../../src/model/annotation-file.ts"
import type { PulledItem } from "../../src/sources/index.ts"
import { reportPull } from "../../src/sources/pull-report.ts"
import { source } from "../../src/stream.ts"

const place = { release: "v1", directory: "/data/acme/street" }

function item(annotations: number): AnnotationFile {
  const tag = { type: "tag", name: "night", tag: {} } as const
  return {
    path: "v1.zip/a.json",
    item: { name: "a.png", path: "/" },
    annotations: Array(annotations).fill(tag),
  }
}
const media = (state: "fetched" | "present", bytes: number) => ({ path: "/a.png", bytes, state })

test("counts add up to what was given and told", async () => {
  const events: RunEvent[] = [
    { type: "filter", file: "v1.zip/f.json" },
    { type: "filter", file: "v1.zip/g.json" },
    { type: "skip", file: "v1.zip/s.json", place: "annotations[3]", reason: "no name" },
    { type: "skip", file: "v1.zip/t.json", reason: "not an annotation file" },
    { type: "transfer", path: "/a.png", bytes: 10 },
    { type: "transfer", path: "/b.png", bytes: 20 },
    // Of an item that failed all the same.
    { type: "transfer", path: "/c.png", bytes: 30 },
    { type: "fail", file: "v1.zip/x.json", error: new Error("gone") },
    { type: "remove", path: "/old.png", dryRun: false },
    { type: "retry", url: "http://x", attempt: 1, delayMs: 1, error: new Error("later") },
    { type: "warning", message: "slow" },
  ]
  const items = source<PulledItem>(async function* ({ onEvent }) {
    for (const event of events) onEvent?.(event)
    yield { state: "done", file: item(2), path: "a", media: [media("fetched", 10), media("present", 5)] }
    yield { state: "done", file: item(1), path: "b", media: [media("fetched", 20)] }
    yield { state: "skipped", file: item(4), path: "c", media: [media("present", 7)] }
    yield { state: "failed", file: item(8), error: new Error("gone") }
  })
  const told: RunEvent[] = []
  const report = await reportPull(items, place, {
    onEvent: (event) => {
      told.push(event)
    },
  })
  expect(report).toEqual({
    ...place,
    items: { done: 2, skipped: 1, failed: 1, filtered: 2 },
    files: { fetched: 3, present: 2, removed: 1 },
    bytes: 60,
    annotations: 7,
    invalid: 2,
    problems: [
      { kind: "invalid", file: "v1.zip/s.json", reason: "annotations[3]: no name" },
      { kind: "invalid", file: "v1.zip/t.json", reason: "not an annotation file" },
      { kind: "failed", file: "v1.zip/x.json", reason: "gone" },
    ],
  })
  expect(told).toEqual(events)
})

test("names the first 1,000 problems, and counts all", async () => {
  const items = source<PulledItem>(async function* ({ onEvent }) {
    for (let at = 0; at < 1_500; at++) {
      onEvent?.({ type: "skip", file: String(at), reason: "bad" })
      onEvent?.({ type: "fail", file: String(at), error: "worse" })
      yield { state: "failed", file: item(0), error: "worse" }
    }
  })
  const report = await reportPull(items, place)
  expect(report).toMatchObject({ invalid: 1_500, items: { failed: 1_500 } })
  expect(report.problems).toHaveLength(1_000)
  expect(report.problems[999]).toEqual({ kind: "failed", file: "499", reason: "worse" })
})

test("rejects with the error of the stream", async () => {
  const own = new Error("the archive is cut")
  const items = source<PulledItem>(async function* () {
    yield { state: "done", file: item(0), path: "a", media: [] }
    throw own
  })
  await expect(reportPull(items, place)).rejects.toBe(own)
})
