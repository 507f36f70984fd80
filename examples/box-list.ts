// A format of one's own, in one module: boxes as lines of text, one file an image.
//
//   100 80 street/kerb.png
//   10 20 30 40 car
//
// The first line is the image's width, height and name; each other line is a box's x, y, width, height and class.

import type { AnnotationFile, BoundingBoxAnnotation } from "darwin-streams"
import {
  createAttempt,
  createDistinctNames,
  createTally,
  FormatError,
  fullNameOf,
  imageItem,
  inContext,
  pictures,
  type ReadDocument,
  type ReadOptions,
  type ReadWriteFormat,
  readDocuments,
  source,
  targetOf,
  writeFileAtomic,
} from "darwin-streams/format-kit"

const boxList: ReadWriteFormat = {
  id: "boxlist",
  title: "Box list",
  spec: "https://example.com/box-list",
  extensions: [".boxes"],
  holds: ["bounding_box"],

  read: (paths, { onInvalid, concurrency }: ReadOptions = {}) =>
    source(async function* (context) {
      const attempt = createAttempt(onInvalid, context)
      const input = readDocuments(paths, { extensions: boxList.extensions, concurrency })
      for await (const document of inContext(input, context)) {
        const [head = "", ...lines] = new TextDecoder().decode(document.bytes()).trimEnd().split("\n")
        const file = attempt(() => imageOf(head, document))
        if (file === undefined) continue
        const boxes = lines.map((line, index) => attempt(() => boxOf(line, index + 2, document)))
        yield { ...file, annotations: boxes.filter((box) => box !== undefined) }
      }
    }),

  write: (directory) => async (input, context) => {
    const tally = createTally(context)
    const names = createDistinctNames()
    for await (const { file, path, place } of pictures(input, tally, context)) {
      const { width, height } = file.item.slots?.[0] ?? {}
      const lines = [`${width ?? 0} ${height ?? 0} ${fullNameOf(file.item)}`]
      file.annotations.forEach((annotation, index) => {
        if (annotation.type === "bounding_box") {
          const { x, y, w, h } = annotation.bounding_box
          lines.push(`${x} ${y} ${w} ${h} ${annotation.name}`)
          tally.written(annotation)
        } else tally.skipped(annotation, path, place(index), "a box list has boxes only")
      })
      const target = names.take(`${targetOf(fullNameOf(file.item))}.boxes`)
      writeFileAtomic(`${directory}/${target}`, `${lines.join("\n")}\n`)
      tally.image()
    }
    return tally.summary()
  },
}

export default boxList

function imageOf(head: string, { path }: ReadDocument): AnnotationFile {
  const [, width, height, name] = /^(\d+) (\d+) (.+)$/.exec(head) ?? []
  if (name === undefined) throw new FormatError(path, "line 1", "expected width, height and name")
  const size = { width: Number(width), height: Number(height) }
  return { path, item: imageItem(name, size, path, "line 1"), annotations: [] }
}

function boxOf(line: string, number: number, { path }: ReadDocument): BoundingBoxAnnotation {
  const [, x, y, w, h, name] = /^(\S+) (\S+) (\S+) (\S+) (.+)$/.exec(line) ?? []
  const box = { x: Number(x), y: Number(y), w: Number(w), h: Number(h) }
  if (name === undefined || !Object.values(box).every(Number.isFinite)) {
    throw new FormatError(path, `line ${number}`, "expected four numbers and a class")
  }
  return { type: "bounding_box", name, bounding_box: box }
}
