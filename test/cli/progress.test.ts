import { describe, expect, test } from "vitest"
import { formatBytes, formatCount, formatSeconds } from "../../src/cli/numbers.ts"
import { createProgress } from "../../src/cli/progress.ts"
import { oneLine, table } from "../../src/cli/text.ts"

describe("the progress line", () => {
  const started = () => {
    let nowMs = 0
    const progress = createProgress(() => nowMs)
    return { progress, pass: (ms: number) => (nowMs += ms) }
  }

  test("is empty before anything was done", () => {
    const { progress } = started()
    progress.note({ type: "start", task: "pull", total: 10 })
    expect(progress.line(100)).toBe("")
  })

  test("shows bar, part, items, bytes, rates, time left and failures", () => {
    const { progress, pass } = started()
    progress.note({ type: "start", task: "pull", total: 1_000 })
    for (let i = 0; i < 240; i++) {
      progress.note({ type: "transfer", path: "a.png", bytes: 50_000 })
      progress.note({ type: "file", task: "pull", path: "a.json" })
    }
    for (let i = 0; i < 10; i++) progress.note({ type: "fail", file: "b.json", error: new Error("no") })
    pass(4_000)
    expect(progress.line(120)).toBe(
      "[#####---------------]   25%  250/1,000 items  12.0 MB  63 items/s  3.00 MB/s  0:12 left  10 failed",
    )
  })

  test("takes the archive's bytes for the part that is done where the number of items is not known", () => {
    const { progress, pass } = started()
    progress.note({ type: "progress", task: "v1.zip", bytes: 300, totalBytes: 1_000 })
    progress.note({ type: "file", task: "pull", path: "a.json" })
    pass(3_000)
    expect(progress.line(120)).toContain(" 30%  1 item  300 B")
    expect(progress.line(120)).toContain("0:07 left")
  })

  test("forgets a total that turns out too small", () => {
    const { progress } = started()
    progress.note({ type: "start", task: "pull", total: 1 })
    for (let i = 0; i < 3; i++) progress.note({ type: "file", task: "pull", path: "a.json" })
    expect(progress.line(100)).toBe("3 items")
  })

  test("shows the rate of the last seconds", () => {
    const { progress, pass } = started()
    for (let i = 0; i < 1_000; i++) progress.note({ type: "file", task: "pull", path: "a.json" })
    for (let i = 0; i < 30; i++) {
      pass(1_000)
      progress.line(100)
    }
    expect(progress.line(100)).toBe("1,000 items  0.0 items/s")
  })

  test.each([79, 60, 40, 20, 10, 5])("fits %i columns, what matters most first", (columns) => {
    const { progress, pass } = started()
    progress.note({ type: "start", task: "pull", total: 1_000 })
    progress.note({ type: "transfer", path: "a.png", bytes: 5e9 })
    for (let i = 0; i < 500; i++) progress.note({ type: "fail", file: "b.json", error: new Error("no") })
    pass(2_000)
    const line = progress.line(columns)
    expect(line.length).toBeLessThanOrEqual(columns)
    if (columns >= 15) expect(line).toContain("500/1,000 items")
  })
})

test("numbers", () => {
  expect([0, 999, 1_000, 999_950, 1_234_567, 99_960_000, 5e15, 5e18].map(formatBytes)).toEqual([
    "0 B",
    "999 B",
    "1.00 kB",
    "1.00 MB",
    "1.23 MB",
    "100 MB",
    "5.00 PB",
    "5000 PB",
  ])
  expect([0, 999, 1_000, 1_234_567].map(formatCount)).toEqual(["0", "999", "1,000", "1,234,567"])
  expect([0, 59.6, 65, 3_725].map(formatSeconds)).toEqual(["0:00", "1:00", "1:05", "1:02:05"])
})

test("text from outside stays on its line and tells its controls", () => {
  expect(oneLine("a\r\n  b\tc\u2028d")).toBe("a b c d")
  expect(oneLine("\x1b[31mred\x07\u202eback")).toBe("\\u{1b}[31mred\\u{7}\\u{202e}back")
  expect(oneLine("Straße 通り 7")).toBe("Straße 通り 7")
})

test("tables are as wide as their cells", () => {
  expect(
    table(
      ["A", "LONG", "C"],
      [
        ["first", "1", "x"],
        ["2", "", "a\nb"],
      ],
    ),
  ).toBe("A      LONG  C\nfirst  1     x\n2            a b")
})
