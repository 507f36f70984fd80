import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { areDisjoint } from "../../src/geometry/disjoint.ts"
import { ellipseToPath } from "../../src/geometry/ellipse.ts"
import { boundsOf, pathArea, pathsOf, polygonBox } from "../../src/geometry/polygon.ts"
import type { Box, Point } from "../../src/model/point.ts"
import { point } from "./arbitraries.ts"

const box = (x: number, y: number, w: number, h: number): Point[] => [
  { x, y },
  { x: x + w, y },
  { x: x + w, y: y + h },
  { x, y: y + h },
]

describe("areas and boxes", () => {
  it("are exact, either way round, also far away", () => {
    expect(pathArea(box(1, 2, 3, 4))).toBe(12)
    expect(pathArea(box(1, 2, 3, 4).reverse())).toBe(12)
    expect(pathArea(box(1e9, 1e9, 0.5, 0.5))).toBe(0.25)
    expect(pathArea([])).toBe(0)
    expect(boundsOf([box(1, 2, 3, 4), [{ x: -0.5, y: 9 }]])).toEqual({ x: -0.5, y: 2, w: 4.5, h: 7 })
    expect(boundsOf([[], []])).toBeUndefined()
  })

  it("do not depend on where a path begins or lies", () => {
    fc.assert(
      fc.property(fc.array(point, { minLength: 3 }), fc.nat(), (path, n) => {
        const turned = [...path.slice(n % path.length), ...path.slice(0, n % path.length)]
        const moved = turned.map(({ x, y }) => ({ x: x + 7, y: y - 3 }))
        expect(pathArea(moved)).toBeCloseTo(pathArea(path), 8)
      }),
    )
  })

  it("reads both forms of a polygon", () => {
    expect(pathsOf({ path: box(0, 0, 1, 1) })).toEqual([box(0, 0, 1, 1)])
    expect(pathsOf({ paths: [] })).toEqual([])
  })
})

describe("polygonBox", () => {
  const polygon = (bounding_box?: unknown, path = box(1, 2, 3, 4)) =>
    polygonBox({
      type: "polygon",
      name: "car",
      polygon: { path },
      ...(bounding_box === undefined ? {} : { bounding_box: bounding_box as Box }),
    })

  it("is the stored one where that is the polygon's but for rounding", () => {
    const stored = { x: 1.04, y: 2, w: 2.96, h: 4.04 }
    expect(polygon(stored)).toBe(stored)
    expect(polygon({ ...stored, x: 1.2 })).toEqual({ x: 1, y: 2, w: 3, h: 4 })
    expect(polygon({ x: 1, y: 2, w: 3, h: 4.2 })).toEqual({ x: 1, y: 2, w: 3, h: 4 })
  })

  it("comes from the points where none is stored, or what is stored is no box", () => {
    for (const stored of [undefined, null, {}, "box", { x: 1, y: 2, w: 3 }, { x: 1, y: 2, w: "3", h: 4 }]) {
      expect(polygon(stored)).toEqual({ x: 1, y: 2, w: 3, h: 4 })
    }
  })

  it("is the stored one of a polygon without points, or none", () => {
    const stored = { x: 5, y: 6, w: 7, h: 8 }
    expect(polygon(stored, [])).toBe(stored)
    expect(polygon(undefined, [])).toBeUndefined()
  })
})

describe("areDisjoint", () => {
  it("tells parts from holes, crossings and contact", () => {
    const square = box(0, 0, 10, 10)
    expect(areDisjoint([square, box(20, 0, 5, 5)])).toBe(true)
    expect(areDisjoint([square, box(2, 2, 5, 5)])).toBe(false)
    expect(areDisjoint([box(2, 2, 5, 5), square])).toBe(false)
    expect(areDisjoint([square, box(5, 5, 10, 10)])).toBe(false)
    expect(areDisjoint([square, box(10, 0, 10, 10)])).toBe(false)
    expect(areDisjoint([square, square])).toBe(false)
    expect(areDisjoint([square, box(4, -5, 2, 20)])).toBe(false)
    expect(areDisjoint([square])).toBe(true)
  })

  it("looks at outlines where boxes overlap", () => {
    const corner = [
      { x: 0, y: 0 },
      { x: 10, y: 0 },
      { x: 0, y: 10 },
    ]
    expect(areDisjoint([corner, box(8, 8, 3, 3)])).toBe(true)
    expect(areDisjoint([corner, box(4, 4, 3, 3)])).toBe(false)
    const frame = [...box(0, 0, 10, 10), { x: 0, y: 0 }, { x: 2, y: 2 }, ...box(2, 2, 6, 6).reverse()]
    expect(areDisjoint([frame, box(4, 4, 2, 2)])).toBe(true)
  })

  it("is never true where a point of one lies well inside of the other", () => {
    const size = fc.integer({ min: 1, max: 6 })
    const place = fc.integer({ min: 0, max: 8 })
    const boxes = fc.tuple(place, place, size, size)
    fc.assert(
      fc.property(boxes, boxes, (a, b) => {
        const apart = a[0] + a[2] < b[0] || b[0] + b[2] < a[0] || a[1] + a[3] < b[1] || b[1] + b[3] < a[1]
        expect(areDisjoint([box(...a), box(...b)])).toBe(apart)
      }),
    )
  })

  it("gives up with bounded work on shapes with very many crossings", () => {
    const comb = (turned: boolean): Point[] =>
      Array.from({ length: 8000 }, (_, i) => {
        const [along, across] = [i / 8, (i % 2) * 1000]
        return turned ? { x: across, y: along } : { x: along, y: across }
      })
    const shift = comb(true).map(({ x, y }) => ({ x: x + 0.01, y: y + 0.01 }))
    expect(areDisjoint([comb(false), shift])).toBe(false)
  })
})

describe("ellipseToPath", () => {
  it("stays within a tenth of a pixel", () => {
    for (const radius of [0.05, 1, 7, 300, 20_000]) {
      const path = ellipseToPath({ angle: 0.4, center: { x: 5, y: -3 }, radius: { x: radius, y: radius } })
      path.forEach((from, i) => {
        const to = path[(i + 1) % path.length] as Point
        const middle = Math.hypot((from.x + to.x) / 2 - 5, (from.y + to.y) / 2 + 3)
        expect(radius - middle).toBeLessThanOrEqual(0.1000001)
        expect(Math.hypot(from.x - 5, from.y + 3)).toBeCloseTo(radius, 6)
      })
    }
  })

  it("turns by its angle in radians, clockwise on the screen", () => {
    const [first] = ellipseToPath({ angle: Math.PI / 2, center: { x: 10, y: 10 }, radius: { x: 4, y: 2 } })
    expect(first?.x).toBeCloseTo(10)
    expect(first?.y).toBeCloseTo(14)
  })
})
