import { mkdir, open, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { crc32, deflateRawSync } from "node:zlib"

// The input of the benchmarks: Darwin files of 20 annotations each, half of them boxes and half polygons of 20 to 60
// points, in images of 1280 x 720; the same for the same number on every machine. Formats that hold tags alone get files
// of 20 tags.

const classes = ["car", "truck", "person", "bicycle", "traffic light", "road sign", "tree", "bus"]

/** The text of the n-th file. `imageUrl` is where its picture is said to be. */
export function darwinText(index: number, imageUrl = "https://host.example/uploads/"): string {
  const random = randomFrom(index + 1)
  const number = (limit: number) => Math.round(random() * limit * 100) / 100
  const annotations: string[] = []
  for (let at = 0; at < 20; at++) {
    const name = classes[Math.floor(random() * classes.length)]
    const head = `{"id":"${uuid(random)}","name":"${name}","properties":[],"slot_names":["0"],`
    if (at % 2 === 0) {
      annotations.push(
        `${head}"bounding_box":${box(number(1000), number(500), 1 + number(270), 1 + number(210))}}`,
      )
    } else annotations.push(`${head}${polygon(random)}}`)
  }
  const id = uuid(random)
  return (
    `{"version":"2.0","schema_ref":"https://darwin-public.s3.eu-west-1.amazonaws.com/darwin_json/2.0/schema.json",` +
    `"item":{"name":"${name(index)}.jpg","path":"/","source_info":{"item_id":"${id}","dataset":{"name":"Bench",` +
    `"slug":"bench"},"team":{"name":"Acme","slug":"acme"},"workview_url":"https://host.example/workview?item=${id}"},` +
    `"slots":[{"type":"image","slot_name":"0","width":1280,"height":720,"source_files":[{"file_name":"${name(index)}.jpg",` +
    `"url":"${imageUrl}${index}"}]}]},"annotations":[${annotations.join(",")}],"properties":[]}`
  )
}

/** The text of the n-th file of tags. */
export function tagsText(index: number): string {
  const random = randomFrom(index + 1)
  const tags = Array.from({ length: 20 }, () => {
    const name = classes[Math.floor(random() * classes.length)]
    return `{"id":"${uuid(random)}","name":"${name}","properties":[],"slot_names":["0"],"tag":{}}`
  })
  return (
    `{"version":"2.0","item":{"name":"${name(index)}.jpg","path":"/","slots":[{"type":"image","slot_name":"0",` +
    `"width":1280,"height":720,"source_files":[{"file_name":"${name(index)}.jpg"}]}]},"annotations":[${tags.join(",")}]}`
  )
}

/**
 * Writes a COCO file of so many images with 20 annotations each, of polygons of 20 to 60 points, piece by piece. A text of
 * more than 536,870,888 characters is none that JSON.parse could take.
 */
export async function writeCoco(path: string, images: number): Promise<void> {
  const file = await open(path, "w")
  const random = randomFrom(7)
  let piece: string[] = []
  let length = 0
  const write = async (text: string) => {
    piece.push(text)
    length += text.length
    if (length < 1 << 20) return
    await file.write(piece.join(""))
    piece = []
    length = 0
  }
  await write('{"info":{},"licenses":[],"images":[')
  for (let index = 0; index < images; index++) {
    const comma = index === 0 ? "" : ","
    await write(`${comma}{"id":${index},"file_name":"${name(index)}.jpg","width":1280,"height":720}`)
  }
  await write('],"annotations":[')
  for (let id = 0; id < images * 20; id++) {
    const [x, y] = [Math.round(random() * 90_000) / 100, Math.round(random() * 40_000) / 100]
    const points = Array.from({ length: 20 + Math.floor(random() * 41) }, () => {
      return `${(x + random() * 300).toFixed(2)},${(y + random() * 300).toFixed(2)}`
    })
    const category = Math.floor(random() * classes.length)
    await write(
      `${id === 0 ? "" : ","}{"id":${id},"image_id":${Math.floor(id / 20)},"category_id":${category},"iscrowd":0,` +
        `"segmentation":[[${points.join(",")}]],"area":45000,"bbox":[${x},${y},300,300]}`,
    )
  }
  const categories = classes.map((name, id) => JSON.stringify({ id, name }))
  await write(`],"categories":[${categories.join(",")}]}`)
  await file.write(piece.join(""))
  await file.close()
}

/** The name of the n-th item, without ending. */
export function name(index: number): string {
  return `street-${String(index).padStart(7, "0")}`
}

/** Writes `count` files into a directory. */
export async function writeDarwinFiles(
  directory: string,
  count: number,
  text: (index: number) => string = darwinText,
): Promise<void> {
  await mkdir(directory, { recursive: true })
  for (let index = 0; index < count; index++) {
    await writeFile(join(directory, `${name(index)}.json`), text(index))
  }
}

/** Writes a release archive of `count` files, as a server would stream it: sizes behind the data. */
export async function writeReleaseZip(path: string, count: number, imageUrl?: string): Promise<void> {
  const file = await open(path, "w")
  const directory: Buffer[] = []
  let offset = 0
  const write = async (...parts: Buffer[]) => {
    const joined = Buffer.concat(parts)
    await file.write(joined)
    offset += joined.length
  }
  for (let index = 0; index < count; index++) {
    const entry = Buffer.from(`${name(index)}.json`)
    const text = Buffer.from(darwinText(index, imageUrl))
    const packed = deflateRawSync(text)
    const sizes = [crc32(text), packed.length, text.length]
    directory.push(header(0x02014b50, entry, sizes, offset))
    await write(header(0x04034b50, entry, [0, 0, 0]), packed, words(0x08074b50, ...sizes))
  }
  const start = offset
  for (const record of directory) await write(record)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(count, 8)
  end.writeUInt16LE(count, 10)
  end.writeUInt32LE(offset - start, 12)
  end.writeUInt32LE(start, 16)
  await write(end)
  await file.close()
}

function header(signature: number, entry: Buffer, sizes: readonly number[], offset?: number): Buffer {
  const central = offset !== undefined
  const fixed = Buffer.alloc(central ? 46 : 30)
  const shift = central ? 2 : 0
  fixed.writeUInt32LE(signature, 0)
  fixed.writeUInt16LE(20, 4)
  fixed.writeUInt16LE(20, 4 + shift)
  fixed.writeUInt16LE(0x808, 6 + shift)
  fixed.writeUInt16LE(8, 8 + shift)
  words(...sizes).copy(fixed, 14 + shift)
  fixed.writeUInt16LE(entry.length, 26 + shift)
  if (central) fixed.writeUInt32LE(offset, 42)
  return Buffer.concat([fixed, entry])
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  values.forEach((value, at) => {
    bytes.writeUInt32LE(value, 4 * at)
  })
  return bytes
}

function polygon(random: () => number): string {
  const points = 20 + Math.floor(random() * 41)
  const [centreX, centreY, radius] = [200 + random() * 880, 150 + random() * 420, 20 + random() * 120]
  const path: string[] = []
  let [left, top, right, bottom] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0]
  for (let at = 0; at < points; at++) {
    const angle = (2 * Math.PI * at) / points
    const reach = radius * (0.6 + 0.4 * random())
    const x = Math.round((centreX + reach * Math.cos(angle)) * 100) / 100
    const y = Math.round((centreY + reach * Math.sin(angle)) * 100) / 100
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x)
    bottom = Math.max(bottom, y)
    path.push(`{"x":${x},"y":${y}}`)
  }
  return `"bounding_box":${box(left, top, right - left, bottom - top)},"polygon":{"paths":[[${path.join(",")}]]}`
}

function box(x: number, y: number, w: number, h: number): string {
  return `{"h":${h},"w":${w},"x":${x},"y":${y}}`
}

// Mulberry32: a few lines, the same everywhere, good enough for shapes.
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

function uuid(random: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join("")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
}
