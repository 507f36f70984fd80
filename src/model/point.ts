/** A position in pixels of its slot: origin at the top left corner, x to the right, y down; may lie outside the image. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** An axis-parallel box in pixels of its slot: `x`, `y` is the top left corner, `w` and `h` its extent. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}
