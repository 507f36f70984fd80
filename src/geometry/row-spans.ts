import type { Labels } from "./labels.ts"

/** Spans of one row, from the first column to the last, in any order; they may overlap. */
export interface RowSpans {
  readonly firsts: Float64Array
  readonly lasts: Float64Array
  length: number
}

/** Room for some number of spans, used for row after row. */
export function createRowSpans(most: number): RowSpans {
  return { firsts: new Float64Array(most), lasts: new Float64Array(most), length: 0 }
}

/** Adds the part of a span that is in the image. */
export function addSpan(spans: RowSpans, first: number, last: number, width: number): void {
  const from = Math.max(0, first)
  const to = Math.min(width - 1, last)
  if (from > to) return
  spans.firsts[spans.length] = from
  spans.lasts[spans.length++] = to
}

/** Paints spans of the row that begins at `offset`, and leaves none. Returns the number of pixels painted. */
export function paintSpans(spans: RowSpans, labels: Labels, offset: number, label: number): number {
  const { firsts, lasts, length } = spans
  sortFirst(firsts, length)
  sortFirst(lasts, length)
  let painted = 0
  let from = firsts[0] as number
  for (let i = 0; i < length; i++) {
    // With i + 1 spans ended, as many begun, and the next one yet to come, none is open.
    const end = (lasts[i] as number) + 1
    const next = i + 1 < length ? (firsts[i + 1] as number) : Number.POSITIVE_INFINITY
    if (next < end) continue
    labels.fill(label, offset + from, offset + end)
    painted += end - from
    from = next
  }
  spans.length = 0
  return painted
}

/** Sorts the first entries of an array: most rows have few of them, too few to ask the array's own sort. */
export function sortFirst(values: Float64Array, length: number): void {
  if (length > 24) {
    values.subarray(0, length).sort()
    return
  }
  for (let i = 1; i < length; i++) {
    const value = values[i] as number
    let at = i
    for (; at > 0 && (values[at - 1] as number) > value; at--) values[at] = values[at - 1] as number
    values[at] = value
  }
}
