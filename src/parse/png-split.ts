const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const signatureBytes = signature.length
// Length and type stand before the content of a chunk, the checksum behind it.
const headerBytes = 8
const aroundBytes = 12
const startBytes = 1 << 16

/**
 * The PNG files in a stream in which one stands right behind the other, as ffmpeg's `image2pipe` writes them. One file at a
 * time is held in memory.
 *
 * @throws Error for bytes that begin no PNG file, and for a stream that ends inside one.
 *
 * @example
 * for await (const png of splitPngs(child.stdout)) console.log(pngSize(png))
 */
export async function* splitPngs(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let gathered: Buffer = Buffer.allocUnsafe(startBytes)
  let filled = 0
  // Where the next chunk of the current file begins, as far as they are known.
  let chunk = signatureBytes

  // Where the current file ends, once that is known.
  const findEnd = (): number | undefined => {
    const known = Math.min(filled, signatureBytes)
    if (gathered.compare(signature, 0, known, 0, known) !== 0) {
      throw new Error("there is no PNG file where one has to begin")
    }
    while (filled >= chunk + headerBytes) {
      const end = chunk + aroundBytes + gathered.readUInt32BE(chunk)
      const isLast = gathered.toString("latin1", chunk + 4, chunk + headerBytes) === "IEND"
      if (isLast) return filled >= end ? end : undefined
      chunk = end
    }
    return undefined
  }

  for await (const piece of pieces) {
    if (filled + piece.length > gathered.length) {
      const larger = Buffer.allocUnsafe(Math.max(gathered.length * 2, filled + piece.length))
      gathered.copy(larger, 0, 0, filled)
      gathered = larger
    }
    piece.copy(gathered, filled)
    filled += piece.length
    for (let end = findEnd(); end !== undefined; end = findEnd()) {
      // A copy of its own: what is handed on must not change with what comes next.
      yield Buffer.from(gathered.subarray(0, end))
      gathered.copy(gathered, 0, end, filled)
      filled -= end
      chunk = signatureBytes
    }
  }
  if (filled > 0) throw new Error("the stream ends inside a PNG file")
}

/** Width and height of a PNG file in pixels, as its header tells. */
export function pngSize(png: Buffer): { readonly width: number; readonly height: number } {
  const header = signatureBytes + headerBytes
  return { width: png.readUInt32BE(header), height: png.readUInt32BE(header + 4) }
}
