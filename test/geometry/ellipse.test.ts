import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ellipseBounds } from "../../src/geometry/ellipse.ts"

describe("ellipseBounds", () => {
  it("is the box that the ellipse touches on all four sides, however it is turned", () => {
    const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
    const ellipses = fc.record({
      center: fc.record({ x: number(-100, 100), y: number(-100, 100) }),
      radius: fc.record({ x: number(0, 50), y: number(0, 50) }),
      angle: number(-7, 7),
    })
    fc.assert(
      fc.property(ellipses, (ellipse) => {
        const { center, radius, angle } = ellipse
        const [xs, ys]: [number[], number[]] = [[], []]
        for (let i = 0; i < 3_600; i++) {
          const [u, v] = [
            radius.x * Math.cos((i * Math.PI) / 1_800),
            radius.y * Math.sin((i * Math.PI) / 1_800),
          ]
          xs.push(center.x + u * Math.cos(angle) - v * Math.sin(angle))
          ys.push(center.y + u * Math.sin(angle) + v * Math.cos(angle))
        }
        const { x, y, w, h } = ellipseBounds(ellipse)
        expect(x).toBeCloseTo(Math.min(...xs), 3)
        expect(y).toBeCloseTo(Math.min(...ys), 3)
        expect(x + w).toBeCloseTo(Math.max(...xs), 3)
        expect(y + h).toBeCloseTo(Math.max(...ys), 3)
      }),
      { numRuns: 50 },
    )
  })
})
