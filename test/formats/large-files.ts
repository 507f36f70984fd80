import { execFile } from "node:child_process"
import { closeSync, openSync, writeSync } from "node:fs"
import { promisify } from "node:util"

/** A file of a format that is as long as one likes, all on one line: a head, records, and a tail. */
export interface LargeFile {
  readonly name: string
  readonly head: string
  /** Record by number, some kilobytes each, with what parts it from the one before. */
  readonly record: (index: number) => string
  readonly tail: string
}

/** What came out of reading a large file in a process of its own. */
export interface LargeOutcome {
  readonly files: number
  readonly annotations: number
  /** The code and the message of what was thrown. */
  readonly error?: string
  readonly peakMegabytes: number
}

/** Writes a file of so many bytes and a few more, piece by piece, and gives the number of its records. */
export function writeLarge(path: string, { head, record, tail }: LargeFile, bytes: number): number {
  const file = openSync(path, "w")
  let written = writeSync(file, head)
  let count = 0
  while (written < bytes) {
    let piece = ""
    while (piece.length < 1 << 20) piece += record(count++)
    written += writeSync(file, piece)
  }
  writeSync(file, tail)
  closeSync(file)
  return count
}

const formats = new URL("../../dist/formats/index.js", import.meta.url).href

/** Reads a file in a process of its own, whose JavaScript heap is not larger than that: it dies where more is needed. */
export async function readInHeap(
  id: string,
  path: string,
  options: object,
  heapMegabytes: number,
): Promise<LargeOutcome> {
  const script = `
    const { loadFormat } = await import(${JSON.stringify(formats)})
    const { read } = await loadFormat(${JSON.stringify(id)})
    let files = 0
    let annotations = 0
    let error
    // Not the maximum that the system knows: a process begins with that of the one that started it.
    let peak = 0
    const look = () => (peak = Math.max(peak, process.memoryUsage.rss()))
    setInterval(look, 20).unref()
    try {
      for await (const file of read(${JSON.stringify(path)}, ${JSON.stringify(options)})) {
        files++
        annotations += file.annotations.length
      }
    } catch (thrown) {
      error = thrown.code + " " + thrown.message
    }
    look()
    console.log(JSON.stringify({ files, annotations, error, peakMegabytes: peak / 1e6 }))`
  const parameters = [`--max-old-space-size=${heapMegabytes}`, "--input-type=module", "--eval", script]
  const { stdout } = await promisify(execFile)(process.execPath, parameters)
  return JSON.parse(stdout)
}

const comma = (index: number): string => (index === 0 ? "" : ",")
const points = Array.from({ length: 60 }, (_, index) => ({ x: index + 0.25, y: 100 - index * 1.5 }))
const pointsText = JSON.stringify(points)
const flat = JSON.stringify(points.flatMap(({ x, y }) => [x, y]))

const slot =
  '{"slot_name":"0","type":"image","width":200,"height":200,"source_files":[{"file_name":"a.jpg"}]}'
const coco = Array.from({ length: 1_000 }, (_, id) => ({
  id,
  file_name: `${id}.jpg`,
  width: 200,
  height: 200,
}))

/** A large file of every format that is read, by its id. */
export const largeFiles: Readonly<Record<string, LargeFile>> = {
  darwin: {
    name: "a.json",
    head: `{"version":"2.0","item":{"name":"a.jpg","path":"/","slots":[${slot}]},"annotations":[`,
    record: (index) => `${comma(index)}{"name":"car","polygon":{"paths":[${pointsText}]}}`,
    tail: "]}",
  },
  cvat: {
    name: "a.xml",
    head: "<annotations><version>1.1</version>",
    record: (index) =>
      `<image id="${index}" name="${index}.jpg" width="200" height="200"><polygon label="car" source="manual" occluded="0" points="${points.map(({ x, y }) => `${x},${y}`).join(";")}" z_order="0"></polygon></image>`,
    tail: "</annotations>",
  },
  coco: {
    name: "a.json",
    head: `{"images":${JSON.stringify(coco)},"categories":[{"id":1,"name":"car"}],"annotations":[`,
    record: (index) =>
      `${comma(index)}{"id":${index},"image_id":${index % 1_000},"category_id":1,"bbox":[0,11.5,59,88.5],"area":9,"iscrowd":0,"segmentation":[${flat}]}`,
    tail: "]}",
  },
  dataloop: {
    name: "a.json",
    head: '{"filename":"/a.jpg","metadata":{"system":{"width":200,"height":200}},"annotations":[',
    record: (index) => `${comma(index)}{"type":"segment","label":"car","coordinates":[${pointsText}]}`,
    tail: "]}",
  },
  pascalvoc: {
    name: "a.xml",
    head: "<annotation><filename>a.jpg</filename>",
    record: () =>
      "<object><name>car</name><pose>Unspecified</pose><truncated>0</truncated><difficult>0</difficult><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox></object>",
    tail: "</annotation>",
  },
  // A row is a line: this one has many cells.
  csvtags: { name: "a.csv", head: "a.jpg", record: (index) => `,tag ${index}`, tail: "\n" },
  csvtagsvideo: { name: "a.csv", head: "a.mp4", record: (index) => `,tag ${index}`, tail: "\n" },
  yolo: { name: "a.txt", head: "0", record: (index) => ` 0.${(index * 7919) % 99_991}`, tail: "\n" },
  yolo_segmented: {
    name: "a.txt",
    head: "0",
    record: (index) => ` 0.${(index * 7919) % 99_991}`,
    tail: "\n",
  },
  labelbox: {
    name: "a.json",
    head: "[",
    record: (index) =>
      `${comma(index)}{"data_row":{"external_id":"${index}.jpg"},"media_attributes":{"width":200,"height":200},"projects":{"p":{"labels":[{"annotations":{"objects":[{"name":"car","polygon":${pointsText}}],"classifications":[]}}]}}}`,
    tail: "]",
  },
  superannotate: {
    name: "a.json",
    head: '{"metadata":{"name":"a.jpg","width":200,"height":200},"instances":[',
    record: (index) => `${comma(index)}{"type":"polygon","className":"car","points":${flat},"attributes":[]}`,
    tail: "]}",
  },
}
