import { expect, test } from "vitest"
import { createHandOver } from "../../src/video/hand-over.ts"
import { all, outcome, turns } from "../contracts/probe.ts"

test("the task is one value ahead at most", async () => {
  const handOver = createHandOver<number>(new AbortController().signal)
  let given = 0
  const task = (async () => {
    for (let value = 0; value < 5; value++) {
      await handOver.give(value)
      given++
    }
    handOver.end()
  })()
  const values = handOver.taken()
  for (let taken = 0; taken < 5; taken++) {
    expect(await values.next()).toEqual({ done: false, value: taken })
    await turns()
    expect(given).toBe(taken + 1)
  }
  expect((await values.next()).done).toBe(true)
  await task
})

test("what the task fails with comes behind what it gave", async () => {
  const handOver = createHandOver<number>(new AbortController().signal)
  const error = new Error("broken")
  handOver.give(1).then(() => handOver.fail(error))
  const seen: number[] = []
  const taking = (async () => {
    for await (const value of handOver.taken()) seen.push(value)
  })()
  expect(await outcome(taking)).toEqual({ error })
  expect(seen).toEqual([1])
})

test("an abort ends a task that waits", async () => {
  const controller = new AbortController()
  const handOver = createHandOver<number>(controller.signal)
  const giving = outcome(handOver.give(1))
  await turns()
  controller.abort("enough")
  expect(await giving).toEqual({ error: "enough" })
  expect(await outcome(handOver.give(2))).toEqual({ error: "enough" })
  handOver.end()
  // What was given before is not lost.
  expect(await all(handOver.taken())).toEqual([1])
})
