import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { clipBox, clipPath } from "../../src/geometry/clip.ts"
import { pathArea } from "../../src/geometry/polygon.ts"
import { rotatePath } from "../../src/geometry/rotate.ts"
import type { Point } from "../../src/model/point.ts"
import { coordinate, point, wildPoint } from "./arbitraries.ts"

const path = (...corners: [number, number][]): Point[] => corners.map(([x, y]) => ({ x, y }))

function isInside({ x, y }: Point, shape: readonly Point[]): boolean {
  let inside = false
  shape.forEach((a, i) => {
    const b = shape[(i + 1) % shape.length] as Point
    if (a.y > y !== b.y > y && x < a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x)) inside = !inside
  })
  return inside
}

describe("clipBox", () => {
  it("cuts on all sides, and leaves what is inside", () => {
    expect(clipBox({ x: -7.5, y: -3, w: 20, h: 10 }, 100, 50)).toEqual({ x: 0, y: 0, w: 12.5, h: 7 })
    expect(clipBox({ x: 90, y: 45, w: 20, h: 10 }, 100, 50)).toEqual({ x: 90, y: 45, w: 10, h: 5 })
    expect(clipBox({ x: -1e12, y: -1e12, w: 3e12, h: 3e12 }, 100, 50)).toEqual({ x: 0, y: 0, w: 100, h: 50 })
    expect(clipBox({ x: 3, y: 3, w: Number.POSITIVE_INFINITY, h: 2 }, 9, 9)).toEqual({
      x: 3,
      y: 3,
      w: 6,
      h: 2,
    })
    for (const box of [
      { x: 0, y: 0, w: 100, h: 50 },
      { x: 0.1, y: 0.2, w: 0.3, h: 0.4 },
      { x: 5, y: 5, w: 0, h: 3 },
    ]) {
      expect(clipBox(box, 100, 50)).toBe(box)
    }
  })

  it("gives nothing where nothing is left", () => {
    for (const box of [
      { x: -20, y: 5, w: 10, h: 5 },
      { x: -10, y: 5, w: 10, h: 5 },
      { x: 100, y: 5, w: 10, h: 5 },
      { x: 5, y: 50, w: 10, h: 5 },
      { x: 5, y: 5, w: -2, h: 5 },
      { x: Number.NaN, y: 5, w: 1, h: 5 },
      { x: Number.NEGATIVE_INFINITY, y: 5, w: Number.POSITIVE_INFINITY, h: 5 },
    ]) {
      expect(clipBox(box, 100, 50)).toBeUndefined()
    }
  })
})

describe("clipPath", () => {
  it("leaves what is inside as it is", () => {
    const inside = path([0, 0], [10, 0], [10, 8], [3, 3])
    expect(clipPath(inside, 10, 8)).toBe(inside)
    expect(clipPath([], 10, 8)).toEqual([])
  })

  it("cuts at the border, exactly there", () => {
    const square = path([-2, -3], [12, -3], [12, 11], [-2, 11])
    const whole = clipPath(square, 10, 8)
    expect(pathArea(whole)).toBe(80)
    expect(whole.length).toBe(4)
    expect(clipPath(path([5, 4], [15, 4], [5, 14]), 10, 8)).toEqual(path([5, 8], [5, 4], [10, 4], [10, 8]))
  })

  it("gives nothing for a path that is outside or only touches", () => {
    for (const outside of [
      path([-5, -5], [-1, -5], [-1, -1]),
      path([-5, 2], [0, 2], [0, 4]),
      path([10, 0], [12, 0], [12, 8], [10, 8]),
      // All around the image without holding it: a C, open to the right.
      path([-4, -4], [14, -4], [14, -2], [-2, -2], [-2, 10], [14, 10], [14, 12], [-4, 12]),
      path([-5, 3], [5, Number.NaN], [-5, 5]),
      path([Number.NaN, 0]),
    ]) {
      expect(clipPath(outside, 10, 8)).toEqual([])
    }
    // Once and back around it, so that each pixel is inside of two turns.
    const turn = path([-4, -4], [14, -4], [14, 12], [-4, 12])
    expect(clipPath([...turn, ...turn], 10, 8)).toEqual([])
    expect(pathArea(clipPath([...turn, ...turn, ...turn], 10, 8))).toBe(240)
  })

  it("has every point that the path has in the image, and no others", () => {
    const shape = fc.array(point, { minLength: 1, maxLength: 12 })
    const places = fc.array(
      fc.record({
        x: fc.double({ min: 0.01, max: 19.99, noNaN: true }),
        y: fc.double({ min: 0.01, max: 14.99, noNaN: true }),
      }),
      { minLength: 5, maxLength: 20 },
    )
    fc.assert(
      fc.property(shape, places, (corners, seen) => {
        const clipped = clipPath(corners, 20, 15)
        expect(clipped.every(({ x, y }) => x >= 0 && x <= 20 && y >= 0 && y <= 15)).toBe(true)
        for (const place of seen) {
          // At an edge the rounding of the cut decides.
          const near = [-1e-9, 1e-9].some(
            (step) =>
              isInside({ x: place.x + step, y: place.y }, corners) !==
                isInside({ x: place.x - step, y: place.y }, corners) ||
              isInside({ x: place.x, y: place.y + step }, corners) !== isInside(place, corners),
          )
          if (!near) expect(isInside(place, clipped)).toBe(isInside(place, corners))
        }
      }),
      { numRuns: 1000 },
    )
  })

  it("keeps all within the image, whatever the numbers", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(wildPoint, point), { maxLength: 12 }), (corners) => {
        for (const { x, y } of clipPath(corners, 20, 15)) {
          expect(x >= 0 && x <= 20 && y >= 0 && y <= 15).toBe(true)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it("cuts very long edges where they cross", () => {
    const wedge = clipPath(
      path([0, 0], [1e12, 0], [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]),
      10,
      10,
    )
    expect(pathArea(wedge)).toBeCloseTo(50, 6)
  })
})

describe("rotatePath", () => {
  it("turns clockwise on the screen, about any point", () => {
    const [turned] = rotatePath(path([12, 5]), Math.PI / 2, { x: 10, y: 5 })
    expect(turned?.x).toBeCloseTo(10)
    expect(turned?.y).toBeCloseTo(7)
  })

  it("by no angle is the path itself, keeps areas and turns back", () => {
    const shape = path([1, 2], [7, 2], [7, 5])
    expect(rotatePath(shape, 0, { x: 0.1, y: 0.2 })).toBe(shape)
    fc.assert(
      fc.property(fc.double({ min: -7, max: 7, noNaN: true }), coordinate, coordinate, (angle, x, y) => {
        const turned = rotatePath(shape, angle, { x, y })
        expect(pathArea(turned)).toBeCloseTo(9, 6)
        rotatePath(turned, -angle, { x, y }).forEach((corner, i) => {
          expect(corner.x).toBeCloseTo(shape[i]?.x as number, 6)
          expect(corner.y).toBeCloseTo(shape[i]?.y as number, 6)
        })
      }),
    )
  })
})
