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
  let length = 0
  forEachStretch(counts, height, () => length++)
  const stretches = {
    lines: new Uint32Array(length),
    starts: new Uint32Array(length),
    ends: new Uint32Array(length),
  }
  let at = 0
  forEachStretch(counts, height, (column, top, bottom) => {
    stretches.lines[at] = column
    stretches.starts[at] = top
    stretches.ends[at++] = bottom
  })
  return acrossLines(stretches, width, height)
}

/**
 * The runs of ones of a mask, cut where a line ends: `length` is that of a line (of a column, in COCO's order), and
 * `visit` gets the line, and from which place to before which of it.
 */
export function forEachStretch(
  counts: Uint32Array,
  length: number,
  visit: (line: number, start: number, end: number) => void,
): void {
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
 * Stretches along lines as run lengths across them: all lines at place 0, then all at place 1. `lines` is the number of
 * lines, the height of the result; `length` that of a line, its width.
 */
export function acrossLines(stretches: Stretches, lines: number, length: number): Rle {
  // A place changes at a line where this line and the one before differ. The changes are counted first, place by place,
  // and then put where they belong; lines come in order, so they are sorted at once.
  const offsets = new Uint32Array(length + 1)
  forEachChange(stretches, (_line, start, end) => {
    for (let place = start; place < end; place++) (offsets[place + 1] as number)++
  })
  for (let place = 0; place < length; place++) {
    offsets[place + 1] = (offsets[place + 1] as number) + (offsets[place] as number)
  }
  const changes = new Uint32Array(offsets[length] as number)
  forEachChange(stretches, (line, start, end) => {
    for (let place = start; place < end; place++) {
      const at = offsets[place] as number
      offsets[place] = at + 1
      changes[at] = place * lines + line
    }
  })
  return rleOfChanges(changes, length, lines)
}

function forEachChange(
  { lines, starts, ends }: Stretches,
  visit: (line: number, start: number, end: number) => void,
): void {
  const none = { from: 0, to: 0 }
  let above = none
  let aboveLine = -1
  for (let from = 0; from < lines.length; ) {
    const line = lines[from] as number
    let to = from
    while (lines[to] === line) to++
    const here = { from, to }
    if (aboveLine !== line - 1) {
      differences(starts, ends, above, none, (start, end) => visit(aboveLine + 1, start, end))
      above = none
    }
    differences(starts, ends, above, here, (start, end) => visit(line, start, end))
    above = here
    aboveLine = line
    from = to
  }
  differences(starts, ends, above, none, (start, end) => visit(aboveLine + 1, start, end))
}

interface Slice {
  readonly from: number
  readonly to: number
}

/** The places at which exactly one of two lines is set: both lines' borders in order, every second gap of them. */
function differences(
  starts: Uint32Array,
  ends: Uint32Array,
  first: Slice,
  second: Slice,
  visit: (start: number, end: number) => void,
): void {
  let a = first.from * 2
  let b = second.from * 2
  let open = -1
  const border = (index: number) => (index % 2 === 0 ? starts[index >> 1] : ends[index >> 1]) as number
  while (a < first.to * 2 || b < second.to * 2) {
    const takeFirst = b >= second.to * 2 || (a < first.to * 2 && border(a) <= border(b))
    const at = border(takeFirst ? a++ : b++)
    if (open < 0) open = at
    else {
      if (open < at) visit(open, at)
      open = -1
    }
  }
}
