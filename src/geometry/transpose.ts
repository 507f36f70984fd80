import { type Rle, rleOfChanges } from "./rle.ts"

/** Stretches along lines, in order of lines and places: from `start` to before `end` of `line`. */
export interface Stretches {
  readonly lines: Uint32Array
  readonly starts: Uint32Array
  readonly ends: Uint32Array
}

/**
 * A mask with its axes swapped. The counts of the result run along the rows of the mask given: this is how masks go
 * from and to formats that count row by row. The work is that of the runs and of the outline, not of the pixels.
 *
 * @example
 * const mask = { width: 2, height: 2, counts: Uint32Array.of(0, 1, 1, 1, 1) } // its upper row is set
 * transposeRle(mask) // { width: 2, height: 2, counts: [0, 2, 2] }
 */
export function transposeRle(rle: Rle): Rle {
  const { width, height, counts } = rle
  const stretches = stretchesOf((visit) => forEachStretch(counts, height, visit))
  return acrossLines(stretches, width, height)
}

/** Gets a stretch: its line, and from which place to before which of it. */
export type StretchVisitor = (line: number, start: number, end: number) => void

/**
 * The runs of ones of a mask, cut where a line ends: `length` is that of a line (of a column, in COCO's order).
 */
export function forEachStretch(counts: Uint32Array, length: number, visit: StretchVisitor): void {
  let position = 0
  for (let i = 0; i < counts.length; i++) {
    const end = position + (counts[i] as number)
    if (i % 2 === 1) {
      for (let at = position; at < end; ) {
        const line = Math.floor(at / length)
        const stop = Math.min(end, (line + 1) * length)
        visit(line, at - line * length, stop - line * length)
        at = stop
      }
    }
    position = end
  }
}

/**
 * What `forEach` visits, which is called twice: to count and to keep. Lines and places are counted from those given.
 */
export function stretchesOf(
  forEach: (visit: StretchVisitor) => void,
  firstLine = 0,
  firstPlace = 0,
): Stretches {
  let length = 0
  forEach(() => length++)
  const stretches = {
    lines: new Uint32Array(length),
    starts: new Uint32Array(length),
    ends: new Uint32Array(length),
  }
  let at = 0
  forEach((line, start, end) => {
    stretches.lines[at] = line - firstLine
    stretches.starts[at] = start - firstPlace
    stretches.ends[at++] = end - firstPlace
  })
  return stretches
}

/**
 * Stretches along lines as run lengths across them: all lines at place 0, then all at place 1. `lines` is the number of
 * lines, the height of the result; `length` that of a line, its width.
 *
 * @example
 * // Two lines of three places; of the second one the last two are set.
 * const stretches = { lines: Uint32Array.of(1), starts: Uint32Array.of(1), ends: Uint32Array.of(3) }
 * acrossLines(stretches, 2, 3) // { width: 3, height: 2, counts: [3, 1, 1, 1] }
 */
export function acrossLines(stretches: Stretches, lines: number, length: number): Rle {
  // A place changes at a line where this line and the one before differ. The changes are counted first, place by place,
  // and then put where they belong; lines come in order, so they are sorted at once.
  const { lines: at, starts, ends } = differencesOf(stretches)
  const offsets = new Uint32Array(length + 1)
  for (let i = 0; i < at.length; i++) {
    const end = ends[i] as number
    for (let place = starts[i] as number; place < end; place++) (offsets[place + 1] as number)++
  }
  for (let place = 0; place < length; place++) {
    offsets[place + 1] = (offsets[place + 1] as number) + (offsets[place] as number)
  }
  const changes = new Uint32Array(offsets[length] as number)
  for (let i = 0; i < at.length; i++) {
    const line = at[i] as number
    const end = ends[i] as number
    for (let place = starts[i] as number; place < end; place++) {
      const to = offsets[place] as number
      offsets[place] = to + 1
      changes[to] = place * lines + line
    }
  }
  return rleOfChanges(changes, length, lines)
}

/** Where each line differs from the one before, the first from none and none from the last. */
function differencesOf(stretches: Stretches): Stretches {
  const { lines, starts, ends } = stretches
  // Every border is compared with the line before and with the line after, and two borders make a difference.
  const most = lines.length * 2
  const out = { lines: new Uint32Array(most), starts: new Uint32Array(most), ends: new Uint32Array(most) }
  let length = 0
  // Borders, two a stretch, of the line before and of this one in order: between the first and the second exactly one
  // of the lines is set, then between the third and the fourth, and so on.
  const compare = (line: number, before: number, middle: number, after: number) => {
    let [a, b] = [before * 2, middle * 2]
    let open = -1
    while (a < middle * 2 || b < after * 2) {
      const borderA = a < middle * 2 ? ((a & 1 ? ends : starts)[a >> 1] as number) : Number.POSITIVE_INFINITY
      const borderB = b < after * 2 ? ((b & 1 ? ends : starts)[b >> 1] as number) : Number.POSITIVE_INFINITY
      const border = borderA <= borderB ? borderA : borderB
      if (borderA <= borderB) a++
      else b++
      if (open < 0) open = border
      else {
        if (open < border) {
          out.lines[length] = line
          out.starts[length] = open
          out.ends[length++] = border
        }
        open = -1
      }
    }
  }
  let before = 0
  let middle = 0
  while (middle < lines.length) {
    const line = lines[middle] as number
    let after = middle
    while (lines[after] === line) after++
    if (before < middle && lines[before] !== line - 1) {
      compare((lines[before] as number) + 1, before, middle, middle)
      before = middle
    }
    compare(line, before, middle, after)
    before = middle
    middle = after
  }
  if (before < middle) compare((lines[before] as number) + 1, before, middle, middle)
  return {
    lines: out.lines.subarray(0, length),
    starts: out.starts.subarray(0, length),
    ends: out.ends.subarray(0, length),
  }
}
