import { expect, test } from "vitest"
import { createRateLimit } from "../../src/http/rate-limit.ts"
import { createJumpingClock } from "./jumping-clock.ts"

test("lets as many through at once as the limit allows, and the next a minute after the first", async () => {
  const clock = createJumpingClock()
  const turn = createRateLimit(3, clock)
  const starts: number[] = []
  for (let call = 0; call < 8; call++) {
    await turn()
    starts.push(clock.now())
  }
  expect(starts).toEqual([0, 0, 0, 60_000, 60_000, 60_000, 120_000, 120_000])
})

test("never more than the limit within any minute, however the calls are spread", async () => {
  let now = 0
  const sleeps: number[] = []
  const turn = createRateLimit(10, {
    now: () => now,
    sleep: async (ms) => {
      sleeps.push(ms)
    },
  })
  const starts: number[] = []
  for (let call = 0; call < 500; call++) {
    now += (call * 7_919) % 9_000
    const before = sleeps.length
    await turn()
    starts.push(now + (sleeps[before] ?? 0))
  }
  for (let at = 10; at < starts.length; at++) {
    expect((starts[at] ?? 0) - (starts[at - 10] ?? 0)).toBeGreaterThanOrEqual(60_000)
  }
  expect(sleeps.length).toBeGreaterThan(0)
})

test("calls wait in their order, and one that is aborted rejects with the reason", async () => {
  const waiting: { ms: number; resolve: () => void; reject: (reason: unknown) => void }[] = []
  const turn = createRateLimit(1, {
    now: () => 0,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        waiting.push({ ms, resolve, reject })
        signal?.addEventListener("abort", () => reject(signal.reason))
      }),
  })
  await turn()
  const stopping = new AbortController()
  const second = turn(stopping.signal)
  const third = turn()
  expect(waiting.map(({ ms }) => ms)).toEqual([60_000, 120_000])
  const reason = new Error("enough")
  stopping.abort(reason)
  await expect(second).rejects.toBe(reason)
  waiting[1]?.resolve()
  await third
})

test.each([0, -1, 1.5, Number.NaN])("refuses a limit of %s", (perMinute) => {
  expect(() => createRateLimit(perMinute, createJumpingClock())).toThrow(/requestsPerMinute/)
})
