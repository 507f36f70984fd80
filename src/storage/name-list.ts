/** Names that are gathered and then gone through in order. */
export interface NameList {
  add(name: string): void
  /** All names by code point, which is the order of their UTF-8 bytes. */
  sorted(): Generator<string, void, undefined>
}

/**
 * A list that holds nothing but the names' bytes and four bytes for each, outside of the heap: of a folder with hundreds of
 * thousands of files, strings would take three times that, and as much again for the garbage collector to work in.
 */
export function createNameList(): NameList {
  let bytes = Buffer.allocUnsafeSlow(1 << 12)
  let ends = new Uint32Array(1 << 8)
  let count = 0
  const startOf = (index: number): number => (index === 0 ? 0 : (ends[index - 1] as number))
  const endOf = (index: number): number => ends[index] as number

  return {
    add: (name) => {
      const start = startOf(count)
      if (start + 3 * name.length > bytes.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(2 * bytes.length, start + 3 * name.length))
        bytes.copy(larger, 0, 0, start)
        bytes = larger
      }
      if (count === ends.length) {
        const larger = new Uint32Array(2 * count)
        larger.set(ends)
        ends = larger
      }
      ends[count++] = start + bytes.write(name, start)
    },
    sorted: function* () {
      const order = Uint32Array.from({ length: count }, (_, index) => index)
      order.sort((a, b) => bytes.compare(bytes, startOf(b), endOf(b), startOf(a), endOf(a)))
      for (const index of order) yield bytes.toString("utf8", startOf(index), endOf(index))
    },
  }
}
