import { join } from "node:path"
import { OptionError } from "../../errors.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import { createAtomicFile, writeFileAtomic } from "../../storage/atomic-file.ts"
import { createSpool } from "../../storage/spool.ts"
import type { Sink } from "../../stream.ts"
import type { ClassOptions, WriteSummary } from "../format.ts"
import { createClassList, unlistedClass } from "../shared/class-list.ts"
import { createDistinctNames } from "../shared/distinct-names.ts"
import { fullNameOf, targetOf } from "../shared/image-name.ts"
import { pictures } from "../shared/pictures.ts"
import { createTally } from "../shared/tally.ts"
import { type CvatWriting, imageText } from "./image-text.ts"
import { createLabels } from "./labels.ts"
import { documentEnd, documentStart } from "./meta.ts"
import { videoText } from "./video-text.ts"

/** What becomes of videos: a document of tracks each, or images of the one document, a frame each. */
export type CvatVideos = "tracks" | "frames"

/** How CVAT is written. `classes` gives the labels and their order; annotations of other classes are left out. */
export interface CvatWriteOptions extends ClassOptions {
  /** @default "tracks" */
  readonly videos?: CvatVideos
}

const imagesFile = "output.xml"

// Text is gathered to pieces of about this size before it goes to a file.
const pieceCharacters = 1 << 17

/**
 * Writes `output.xml`, CVAT for images, with all images in the order of the input; it is left out where there are videos
 * alone. Each video becomes `<item folder>/<stem of the item's name>.xml`, CVAT for video; of several that would have one
 * name, the later ones get `_2`, `_3` and so on, which is told as a `warning` event.
 *
 * The labels of a document stand before its images, so these wait on disk until all have come. Memory grows with the
 * classes and their attributes, and by 16 to 32 bytes a video; of a video, all tracks are held at once. Images of unknown
 * size have no `width` and `height`, which CVAT itself asks for.
 *
 * @throws OptionError (`option`) at the call, for options out of range.
 * @throws PathError (`path`) for a video whose name or folder would leave the directory, or that no file system takes.
 */
export function write(directory: string, options: CvatWriteOptions = {}): Sink<AnnotationFile, WriteSummary> {
  const { videos = "tracks" } = options
  if (videos !== "tracks" && videos !== "frames") {
    throw new OptionError("videos", 'must be "tracks" or "frames"')
  }
  const given = options.classes && createClassList(options.classes)
  const classes = given?.names() ?? []
  const refuse = (name: string) =>
    given === undefined || given.numberOf(name) !== undefined ? undefined : unlistedClass

  return async (input, context) => {
    const tally = createTally(context)
    const writing: CvatWriting = { labels: createLabels(classes, false), tally, refuse }
    const names = createDistinctNames()
    names.take(imagesFile)
    const spool = await createSpool(directory)
    try {
      let [images, documents] = [0, 0]
      let text = ""
      for await (const picture of pictures(input, tally, context, videos === "tracks" ? "whole" : "frames")) {
        if (!picture.isVideo) {
          text += imageText(picture, images++, writing)
          if (text.length >= pieceCharacters) {
            await spool.write(Buffer.from(text))
            text = ""
          }
        } else {
          const wanted = `${targetOf(fullNameOf(picture.file.item))}.xml`
          const target = names.take(wanted)
          if (target !== wanted) {
            const message = `${picture.path}: written as ${target}, since another file has ${wanted}`
            context?.onEvent?.({ type: "warning", message })
          }
          writeFileAtomic(
            join(directory, target),
            videoText(picture, { ...writing, labels: createLabels(classes, true) }),
          )
          documents++
        }
        tally.image()
      }
      const summary = tally.summary()
      if (images === 0 && documents > 0) return summary
      const output = await createAtomicFile(join(directory, imagesFile))
      try {
        await output.write(documentStart({ mode: "annotation", size: images, labels: writing.labels }))
        for await (const piece of spool.read(0, spool.bytes)) {
          context?.signal?.throwIfAborted()
          await output.write(piece)
        }
        await output.write(text + documentEnd)
        await output.commit()
      } finally {
        await output.discard()
      }
      return summary
    } finally {
      await spool.close()
    }
  }
}
