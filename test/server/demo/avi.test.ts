import { PNG } from "pngjs"
import { describe, expect, it } from "vitest"
import { encodeAvi } from "../../../src/server/demo/avi.ts"
import { demoItems } from "../../../src/server/demo/scenes.ts"

interface Chunk {
  readonly name: string
  /** Where the chunk's name stands in the file. */
  readonly offset: number
  readonly content: Buffer
}

/** The chunks between two offsets; lists are named `LIST:` and their type. */
function readChunks(file: Buffer, start: number, end: number): Chunk[] {
  const chunks: Chunk[] = []
  let offset = start
  while (offset < end) {
    const id = file.toString("latin1", offset, offset + 4)
    const size = file.readUInt32LE(offset + 4)
    const content = file.subarray(offset + 8, offset + 8 + size)
    expect(content.length).toBe(size)
    const name = id === "LIST" ? `LIST:${content.toString("latin1", 0, 4)}` : id
    chunks.push({ name, offset, content })
    offset += 8 + size + (size % 2)
  }
  expect(offset).toBe(end)
  return chunks
}

function readAvi(bytes: Uint8Array) {
  const file = Buffer.from(bytes)
  expect(file.toString("latin1", 0, 4)).toBe("RIFF")
  expect(file.readUInt32LE(4)).toBe(file.length - 8)
  expect(file.toString("latin1", 8, 12)).toBe("AVI ")
  const top = readChunks(file, 12, file.length)
  const find = (chunks: Chunk[], name: string): Chunk => {
    const found = chunks.find((chunk) => chunk.name === name)
    if (found === undefined) throw new Error(`no ${name} in ${chunks.map((chunk) => chunk.name).join(", ")}`)
    return found
  }
  const inside = (list: Chunk): Chunk[] =>
    readChunks(file, list.offset + 12, list.offset + 8 + list.content.length)
  const header = inside(find(top, "LIST:hdrl"))
  const stream = inside(find(header, "LIST:strl"))
  const movi = find(top, "LIST:movi")
  return {
    names: top.map((chunk) => chunk.name),
    main: find(header, "avih").content,
    stream: find(stream, "strh").content,
    format: find(stream, "strf").content,
    index: find(top, "idx1").content,
    frames: inside(movi),
    /** What index entries count from: the word `movi`. */
    base: movi.offset + 8,
    file,
  }
}

function pngOf(width: number, height: number, comment: number): Buffer {
  const png = new PNG({ width, height })
  png.data.fill(comment)
  return PNG.sync.write(png, { colorType: 2, inputHasAlpha: true })
}

describe("encodeAvi", () => {
  const frames = [
    pngOf(6, 4, 10),
    pngOf(6, 4, 20).subarray(),
    Buffer.concat([pngOf(6, 4, 30), Buffer.alloc(1)]),
  ]
  const avi = readAvi(encodeAvi(frames, { width: 6, height: 4, fps: 12.5 }))

  it("writes the header list, the frames and the index, in this order", () => {
    expect(avi.names).toEqual(["LIST:hdrl", "LIST:movi", "idx1"])
  })

  it("writes size, rate and number of frames where readers look for them", () => {
    expect(avi.main.length).toBe(56)
    expect(avi.main.readUInt32LE(0)).toBe(80_000)
    expect(avi.main.readUInt32LE(16)).toBe(3)
    expect([avi.main.readUInt32LE(32), avi.main.readUInt32LE(36)]).toEqual([6, 4])

    expect(avi.stream.length).toBe(56)
    expect(avi.stream.toString("latin1", 0, 8)).toBe("vidsMPNG")
    expect(avi.stream.readUInt32LE(24) / avi.stream.readUInt32LE(20)).toBe(12.5)
    expect(avi.stream.readUInt32LE(32)).toBe(3)
    expect([avi.stream.readUInt16LE(52), avi.stream.readUInt16LE(54)]).toEqual([6, 4])

    expect(avi.format.length).toBe(40)
    expect(avi.format.readUInt32LE(0)).toBe(40)
    expect([avi.format.readInt32LE(4), avi.format.readInt32LE(8)]).toEqual([6, 4])
    expect([avi.format.readUInt16LE(12), avi.format.readUInt16LE(14)]).toEqual([1, 24])
    expect(avi.format.toString("latin1", 16, 20)).toBe("MPNG")
  })

  it("keeps the bytes of every frame, of even and of odd length", () => {
    expect(new Set(frames.map((frame) => frame.length % 2)).size).toBe(2)
    expect(avi.frames.map((frame) => frame.name)).toEqual(["00dc", "00dc", "00dc"])
    expect(avi.frames.map((frame) => frame.content)).toEqual(frames)
  })

  it("points the index at the frames", () => {
    expect(avi.index.length).toBe(3 * 16)
    avi.frames.forEach((frame, number) => {
      const entry = avi.index.subarray(number * 16)
      expect(entry.toString("latin1", 0, 4)).toBe("00dc")
      expect(entry.readUInt32LE(4)).toBe(0x10)
      expect(avi.base + entry.readUInt32LE(8)).toBe(frame.offset)
      expect(entry.readUInt32LE(12)).toBe(frame.content.length)
    })
  })

  it("makes the demo's video out of its frames, which are pictures of the slot's size", () => {
    const slots = [...demoItems()].flatMap((item) => item.slots).filter((slot) => slot.type === "video")
    expect(slots.length).toBe(1)
    for (const slot of slots) {
      const video = readAvi(slot.bytes)
      expect(video.frames.length).toBe(8)
      expect(video.frames.map((frame) => frame.content)).toEqual(slot.frames)
      for (const frame of video.frames) {
        const { width, height } = PNG.sync.read(frame.content)
        expect([width, height]).toEqual([slot.width, slot.height])
      }
      expect(video.stream.readUInt32LE(24) / video.stream.readUInt32LE(20)).toBe(slot.fps)
    }
  })
})
