import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { createGate } from "../../src/transforms/gate.ts"
import { outcome, turns } from "../contracts/probe.ts"

describe("createGate", () => {
  test("lets no more in than its width, in order, loses nobody, and gives each its own result", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.record({ delay: fc.nat({ max: 4 }), fails: fc.boolean() }), { maxLength: 20 }),
        async (width, works) => {
          const gate = createGate(width)
          const begun: number[] = []
          let inside = 0
          let most = 0
          const results = await Promise.all(
            works.map(({ delay, fails }, index) =>
              outcome(
                gate(async () => {
                  begun.push(index)
                  most = Math.max(most, ++inside)
                  await turns(delay)
                  inside--
                  if (fails) throw `failed ${index}`
                  return index
                }),
              ),
            ),
          )
          expect(begun).toEqual([...works.keys()])
          expect(results).toEqual(
            works.map(({ fails }, index) => (fails ? { error: `failed ${index}` } : { value: index })),
          )
          expect(most).toBe(Math.min(width, works.length))
        },
      ),
    ))

  test("is as wide as before when all have left, also those that threw at once", async () => {
    const gate = createGate(2)
    const fail = () => {
      throw new Error("work")
    }
    await Promise.all([fail, fail, fail].map((work) => outcome(gate(work))))
    let inside = 0
    const leave = Array.from({ length: 3 }, () => {
      let go = (): void => {}
      const work = gate(async () => {
        inside++
        await new Promise<void>((resolve) => {
          go = resolve
        })
      })
      return async () => {
        go()
        await work
      }
    })
    await turns()
    expect(inside).toBe(2)
    for (const each of leave) await each()
    expect(inside).toBe(3)
  })
})
