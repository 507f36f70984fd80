import type { Color, Piece } from "./canvas.ts"
import { boxRegion } from "./shapes.ts"

/** Rows of three pixels a digit, top first. */
const glyphs: Readonly<Record<string, string>> = {
  "0": "111 101 101 101 111",
  "1": "010 110 010 010 111",
  "2": "111 001 111 100 111",
  "3": "111 001 011 001 111",
  "4": "101 101 111 001 001",
  "5": "111 100 111 001 111",
  "6": "111 100 111 101 111",
  "7": "111 001 010 010 010",
  "8": "111 101 111 101 111",
  "9": "111 101 111 001 111",
}

/** The width of written digits in pixels. */
export function digitsWidth(text: string, scale = 1): number {
  return (text.length * 4 - 1) * scale
}

/** Digits as squares of `scale` pixels, the top left corner at `x`, `y`; each is three squares wide and five high. */
export function digits(text: string, x: number, y: number, color: Color, scale = 1): Piece[] {
  return [...text].flatMap((digit, position) =>
    (glyphs[digit] ?? "").split(" ").flatMap((row, line) =>
      [...row].flatMap((bit, column): Piece[] => {
        const left = x + (position * 4 + column) * scale
        const box = { x: left, y: y + line * scale, w: scale, h: scale }
        return bit === "1" ? [{ region: boxRegion(box), color }] : []
      }),
    ),
  )
}
