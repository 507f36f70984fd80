import { FormatError } from "../../errors.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import { type XmlElement, xmlChildren } from "../../parse/xml.ts"
import { documents } from "../../storage/documents.ts"
import { inContext, type Source, source } from "../../stream.ts"
import type { ReadOptions } from "../format.ts"
import { createAttempt } from "../shared/attempt.ts"
import { imageItem } from "../shared/image-name.ts"
import { imageAnnotations } from "./read-shapes.ts"
import { trackAnnotation } from "./read-track.ts"
import { placeOf, sizeOf, textOf, wholeNumber } from "./read-values.ts"

/** How CVAT is read. */
export type CvatReadOptions = ReadOptions

/**
 * Reads CVAT for images and CVAT for video from files of any size, an image at a time: each `<image>` as a file of its
 * own, in its order, and the tracks of a document as one video behind them, all of which are held in memory.
 *
 * `name` of an image gives the item's name and folder; a video is named by the `source` of its document, else by its file.
 * Boxes and ellipses that are turned: a turned box becomes a polygon. Masks become polygons of the same pixels, `<points>`
 * a keypoint for each of their points. Attributes that are `true` become attributes, `__text` and `__instance_id`
 * sub-annotations, and those of any other value attributes `name:value`; `occluded` becomes an attribute of that name.
 * Tracks are between the frames that say where they are: `ranges`, and `interpolated`, since CVAT moves them in between.
 *
 * A record is a shape, an image without a name, or a track. `group_id`, `z_order`, `source` and ids have no counterpart in
 * Darwin.
 *
 * @throws FormatError (`format`) with the line and the element, under the policy `"throw"`.
 */
export function read(
  paths: string | readonly string[],
  options: CvatReadOptions = {},
): Source<AnnotationFile> {
  return source(async function* (context) {
    const attempt = createAttempt(options.onInvalid, context)
    const skip = (file: string, element: XmlElement, reason: string) =>
      context.onEvent?.({ type: "skip", file, place: placeOf(element), reason })

    for await (const { path, stream } of inContext(documents(paths, { extensions: [".xml"] }), context)) {
      const children = xmlChildren(stream(), path)
      const next = async () => {
        try {
          return await children.next()
        } catch (error) {
          // What is wrong with the document itself ends it.
          attempt(() => {
            throw error
          })
          return { done: true, value: undefined } as const
        }
      }
      let meta: XmlElement | undefined
      let isRoot = true
      let hasImage = false
      const tracks: XmlElement[] = []
      try {
        for (let child = await next(); child.done !== true; child = await next()) {
          context.signal.throwIfAborted()
          const element = child.value
          if (isRoot) {
            isRoot = false
            const isCvat = attempt(() => {
              if (element.name === "annotations") return true
              throw new FormatError(
                path,
                placeOf(element),
                `expected annotations, not ${element.name}: not a CVAT document`,
              )
            })
            if (isCvat === undefined) break
          } else if (element.name === "meta") meta = element
          else if (element.name === "track") tracks.push(element)
          else if (element.name === "image") {
            hasImage = true
            const item = attempt(() =>
              imageItem(attribute(element, "name", path), sizeOf(element, path), path, placeOf(element)),
            )
            if (item === undefined) continue
            const annotations = imageAnnotations(element, item, path, attempt, (one, reason) =>
              skip(path, one, reason),
            )
            yield { path, version: "2.0", item, annotations }
          } else if (element.name !== "version")
            skip(path, element, `${element.name}: no such element is read`)
        }
        const isVideo = tracks.length > 0 || (!hasImage && modeOf(meta) === "interpolation")
        if (!isVideo) continue
        const video = attempt(() => videoItem(meta, path))
        if (video === undefined) continue
        const annotations = tracks.flatMap((track) => {
          const made = attempt(() => trackAnnotation(track, path, video.count))
          if (typeof made === "string") skip(path, track, made)
          return made === undefined || typeof made === "string" ? [] : [made]
        })
        yield { path, version: "2.0", item: video.item, annotations }
      } finally {
        await children.return(undefined)
      }
    }
  })
}

function attribute(element: XmlElement, name: string, file: string): string {
  const value = element.attributes[name]
  if (value === undefined || value.trim() === "")
    throw new FormatError(file, placeOf(element), `${name} is missing`)
  return value.trim()
}

function child(of: XmlElement | undefined, name: string): XmlElement | undefined {
  return of?.children.find((one) => one.name === name)
}

function taskOf(meta: XmlElement | undefined): XmlElement | undefined {
  return child(meta, "task") ?? child(meta, "job") ?? child(meta, "project")
}

function modeOf(meta: XmlElement | undefined): string | undefined {
  return child(taskOf(meta), "mode")?.text.trim()
}

/** The item of a document's video, and how many frames it has where that is said. */
function videoItem(meta: XmlElement | undefined, file: string) {
  const task = taskOf(meta)
  const named = textOf(child(meta, "source") ?? child(task, "source"))
  const name = named ?? `${(file.split(/[\\/]/).at(-1) ?? file).replace(/\.xml$/i, "")}.mp4`
  const size = child(task, "original_size")
  const side = (which: string) => wholeNumber(child(size, which), file)
  const count = wholeNumber(child(task, "size"), file)
  const [width, height] = [side("width"), side("height")]
  const sizes = { ...(width !== undefined && { width }), ...(height !== undefined && { height }) }
  const item = imageItem(name, sizes, file, meta === undefined ? "" : placeOf(meta))
  const slots = item.slots?.map((slot) => ({
    ...slot,
    type: "video" as const,
    ...(count !== undefined && { frame_count: count }),
  }))
  return { item: { ...item, slots: slots ?? [] }, count }
}
