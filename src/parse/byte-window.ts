/** The part of a stream of bytes that has come and is not used yet. */
export interface ByteWindow {
  /** All bytes that are there. The view holds until the next `need`. */
  buffer(): Buffer
  /** Where the window begins in the stream. */
  offset(): number
  /** Reads until `length` bytes are there; false when the stream ends before. */
  need(length: number): Promise<boolean>
  /** Gives up the first `length` bytes, which must be there. */
  skip(length: number): void
  /** The bytes from here to the end of the stream; the window is of no use afterwards. */
  rest(): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

const firstStoreBytes = 1 << 17

/** A window at the start of a stream. Its memory follows what is asked of `need`, not the length of the stream. */
export function createByteWindow(bytes: AsyncIterable<Uint8Array>): ByteWindow {
  const iterator = bytes[Symbol.asyncIterator]()
  // The bytes from `start` to `end` are the window. The store grows by doubling: joining chunk by chunk would be
  // quadratic in what is asked for.
  let store = Buffer.allocUnsafe(firstStoreBytes)
  let start = 0
  let end = 0
  let offset = 0

  const makeRoom = (length: number) => {
    if (end + length <= store.length) return
    const live = end - start
    // Moving to the front only where half of the store gets free: each byte is then moved once on average, not often.
    const fits = 2 * (live + length) <= store.length
    const target = fits ? store : Buffer.allocUnsafe(Math.max(firstStoreBytes, 2 * (live + length)))
    store.copy(target, 0, start, end)
    store = target
    start = 0
    end = live
  }
  const pull = async (): Promise<boolean> => {
    const next = await iterator.next()
    if (next.done === true) return false
    makeRoom(next.value.length)
    store.set(next.value, end)
    end += next.value.length
    return true
  }
  const live = () => store.subarray(start, end)
  const skip = (length: number) => {
    start += length
    offset += length
  }

  return {
    buffer: live,
    offset: () => offset,
    need: async (length) => {
      while (end - start < length) if (!(await pull())) return false
      return true
    },
    skip,
    rest: async function* () {
      do {
        const piece = Buffer.from(live())
        skip(piece.length)
        yield piece
      } while (await pull())
    },
    close: async () => {
      await iterator.return?.()
    },
  }
}
