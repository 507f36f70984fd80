import fc from "fast-check"
import { PNG } from "pngjs"
import { describe, expect, test } from "vitest"
import { pngSize, splitPngs } from "../../src/parse/png-split.ts"

const pictures = [1, 40, 3].map((width) => {
  const png = new PNG({ width, height: 50 })
  png.data.fill(width * 7)
  return PNG.sync.write(png, { deflateLevel: 0 })
})
const stream = Buffer.concat(pictures)

async function* pieces(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const ends = [...cuts, bytes.length].sort((a, b) => a - b)
  let at = 0
  for (const end of ends) {
    yield bytes.subarray(at, end)
    at = end
  }
}

async function split(bytes: Buffer, cuts: readonly number[] = []): Promise<Buffer[]> {
  const files: Buffer[] = []
  for await (const file of splitPngs(pieces(bytes, cuts))) files.push(file)
  return files
}

// Comparing buffers entry by entry takes longer than all the rest.
function areEqual(files: readonly Buffer[], others: readonly Buffer[]): boolean {
  return files.length === others.length && files.every((file, at) => file.equals(others[at] as Buffer))
}

describe("splitPngs", () => {
  test("gives each file, wherever the stream is cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(stream.length), { maxLength: 20 }), async (cuts) => {
        expect(areEqual(await split(stream, cuts), pictures)).toBe(true)
      }),
    )
    expect(areEqual(await split(stream, [...stream.keys()]), pictures)).toBe(true)
  })

  test("gives nothing for nothing, and refuses a stream that ends inside a file, or holds anything else", async () => {
    expect(await split(Buffer.alloc(0))).toEqual([])
    for (const bytes of [3, 20, stream.length - 1]) {
      await expect(split(stream.subarray(0, bytes))).rejects.toThrow("ends inside")
    }
    await expect(split(Buffer.from("x"))).rejects.toThrow("no PNG file")
    await expect(split(Buffer.concat([stream, Buffer.from([0])]))).rejects.toThrow("no PNG file")
  })

  test("what it gives does not change with what comes next", async () => {
    const files = await split(stream, [10, 200, 9_000])
    expect(files.map((file) => pngSize(file).width)).toEqual([1, 40, 3])
  })
})
