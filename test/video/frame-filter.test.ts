import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { frameFilter } from "../../src/video/frame-filter.ts"

/** What ffmpeg lets through of so many frames. */
function letThrough(filter: string, count: number): number[] {
  const runs = [...filter.matchAll(/between\(n,(\d+),(\d+)\)/g)].map(([, first, last]) => [
    Number(first),
    Number(last),
  ])
  return Array.from({ length: count }, (_, at) => at).filter((at) =>
    runs.some(([first = 0, last = 0]) => first <= at && at <= last),
  )
}

/** What is left when the unwanted ones have been left out. */
function wanted(numbers: readonly number[], count: number): number[] {
  const { filter, unwantedBefore } = frameFilter(numbers)
  const through = letThrough(filter, count)
  return numbers.map((_, at) => {
    through.splice(0, unwantedBefore(at))
    return through.shift() ?? -1
  })
}

describe("frameFilter", () => {
  test("names runs of neighbours", () => {
    expect(frameFilter([0, 1, 2, 7]).filter).toBe("select='between(n,0,2)+between(n,7,7)'")
  })

  test("lets through what is wanted, and says what else", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(200), { minLength: 1 }), (unsorted) => {
        const numbers = [...unsorted].sort((a, b) => a - b)
        expect(wanted(numbers, 201)).toEqual(numbers)
      }),
    )
  })

  test("stays short for very many runs", () => {
    const numbers = Array.from({ length: 5_000 }, (_, at) => 3 * at + 1)
    expect(frameFilter(numbers).filter.length).toBeLessThan(100)
    expect(wanted(numbers, 15_001)).toEqual(numbers)
  })
})
