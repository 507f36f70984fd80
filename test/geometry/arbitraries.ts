import fc from "fast-check"
import type { Point } from "../../src/model/point.ts"

/** Coordinates that matter: whole, half, fifths and any, inside and a little outside of a small image. */
export const coordinate: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: -6, max: 30 }),
  fc.integer({ min: -60, max: 300 }).map((n) => n / 10),
  fc.double({ min: -10, max: 40, noNaN: true }),
)

export const point: fc.Arbitrary<Point> = fc.record({ x: coordinate, y: coordinate })

export const paths: fc.Arbitrary<Point[][]> = fc.array(fc.array(point, { minLength: 1, maxLength: 9 }), {
  minLength: 1,
  maxLength: 4,
})

/** Numbers that break arithmetic. */
export const wildPoint: fc.Arbitrary<Point> = fc.record({
  x: fc.double(),
  y: fc.double(),
})

/** A picture of `#` and `.`. */
export const picture: fc.Arbitrary<string[]> = fc
  .tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 14 }))
  .chain(([width, height]) =>
    fc.array(
      fc.array(fc.constantFrom("#", "."), { minLength: width, maxLength: width }).map((row) => row.join("")),
      { minLength: height, maxLength: height },
    ),
  )
