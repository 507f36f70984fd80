import type { Labels } from "../../geometry/labels.ts"

/**
 * A label image as few bytes: label and length of each run over the pixels, row by row from the top left, in groups of 7 bits, the
 * lowest first; a high bit tells that more follow. The labels must begin at a whole word of their buffer.
 */
export function labelsToRuns(labels: Labels): Uint8Array {
  const { length, BYTES_PER_ELEMENT: size } = labels
  // Runs are long: four bytes are compared at once.
  const words = new Int32Array(labels.buffer, labels.byteOffset, Math.floor((length * size) / 4))
  const perWord = 4 / size
  let bytes = new Uint8Array(1_024)
  let end = 0
  const put = (number: number) => {
    let rest = number
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes[end++] = (rest % 128) | 128
    bytes[end++] = rest
  }
  for (let from = 0; from < length; ) {
    const label = labels[from] as number
    const word = (size === 1 ? label * 0x01010101 : label * 0x00010001) | 0
    let at = from + 1
    while (at % perWord !== 0 && at < length && labels[at] === label) at++
    if (at % perWord === 0) {
      let index = at / perWord
      while (index < words.length && words[index] === word) index++
      at = index * perWord
      while (at < length && labels[at] === label) at++
    }
    if (end + 16 > bytes.length) {
      const larger = new Uint8Array(bytes.length * 2)
      larger.set(bytes)
      bytes = larger
    }
    put(label)
    put(at - from)
    from = at
  }
  return bytes.slice(0, end)
}

/** Fills a label image from the bytes that `labelsToRuns` gave of one of its size. */
export function runsToLabels(bytes: Uint8Array, labels: Labels): void {
  let at = 0
  const take = () => {
    let number = 0
    for (let weight = 1; ; weight *= 128) {
      const byte = bytes[at++] as number
      number += (byte & 127) * weight
      if (byte < 128) return number
    }
  }
  for (let from = 0; from < labels.length; ) {
    const label = take()
    const end = from + take()
    labels.fill(label, from, end)
    from = end
  }
}
