import { describe, expect, test } from "vitest"
import type { RunEvent } from "../../../src/events.ts"
import { createTally } from "../../../src/formats/shared/tally.ts"

const car = { name: "car", type: "bounding_box" }
const kerb = { name: "kerb", type: "line" }

describe("a tally", () => {
  test("counts by class, type and reason, in the order in which they came", () => {
    const events: RunEvent[] = []
    const tally = createTally({ onEvent: (event) => events.push(event) })
    tally.came(5)
    tally.image()
    tally.written(car)
    tally.skipped(kerb, "a.json", "annotations[1]", "no such shape")
    tally.skipped(kerb, "a.json", "annotations[2]", "too short")
    tally.skipped(kerb, "a.json", "annotations[3]", "no such shape")
    tally.written({ name: "car", type: "polygon" })
    expect(tally.summary()).toEqual({
      images: 1,
      annotations: 5,
      written: 2,
      classes: [
        { class: "car", type: "bounding_box", written: 1, skipped: 0 },
        { class: "car", type: "polygon", written: 1, skipped: 0 },
        { class: "kerb", type: "line", written: 0, skipped: 3 },
      ],
      skipped: [
        { class: "kerb", type: "line", reason: "no such shape", count: 2 },
        { class: "kerb", type: "line", reason: "too short", count: 1 },
      ],
    })
    expect(events).toHaveLength(3)
    expect(events[0]).toEqual({
      type: "skip",
      file: "a.json",
      place: "annotations[1]",
      reason: "line: no such shape",
    })
  })

  test.each([
    ["more", 2],
    ["fewer", 0],
  ])("fails when %s came in than were told of", (_, came) => {
    const tally = createTally(undefined)
    tally.came(came)
    tally.written(car)
    expect(() => tally.summary()).toThrow(
      expect.objectContaining({ code: "conservation", annotations: came, written: 1, skipped: 0 }),
    )
  })

  test("keeps classes named like members of objects apart", () => {
    const tally = createTally(undefined)
    const names = ["__proto__", "constructor", "toString"]
    tally.came(3)
    for (const name of names) tally.written({ name, type: "tag" })
    expect(tally.summary().classes.map((one) => one.class)).toEqual(names)
  })
})
