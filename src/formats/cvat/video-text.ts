import type {
  Annotation,
  AnnotationType,
  Frame,
  RasterLayerAnnotation,
  VideoAnnotation,
} from "../../model/annotation.ts"
import { annotationType, shapeType } from "../../model/check.ts"
import { expandFrames } from "../../model/expand-frames.ts"
import { xmlAttribute } from "../../parse/xml-write.ts"
import { tallied } from "../../transforms/file-image.ts"
import { fullNameOf } from "../shared/image-name.ts"
import type { Picture } from "../shared/pictures.ts"
import { attributesOf, attributesText, isOccluded } from "./attributes.ts"
import { type CvatWriting, imageOf } from "./image-text.ts"
import { documentEnd, documentStart } from "./meta.ts"
import { type CvatImage, type CvatShape, type Shaped, shapesOf, skeletonText } from "./shapes.ts"
import { frameCountOf, type Span, spansOf } from "./spans.ts"

/** CVAT for video: a document with the tracks of one video. */
export function videoText(picture: Picture, writing: CvatWriting): string {
  const { file, path, place } = picture
  const { labels, tally, refuse } = writing
  const slot = file.item.slots?.[0]
  const [width, height] = [slot?.width, slot?.height]
  const size = typeof width === "number" && typeof height === "number" ? { width, height } : undefined
  const count = frameCountOf(slot, file.annotations)
  const layers = createLayers(file.annotations)
  let text = ""
  let tracks = 0

  const writeTrack = (annotation: Annotation, at: string): string | undefined => {
    if (annotation.type !== "video") return "it belongs to no frame of the video"
    const type = annotationType(annotation)
    if (type === "raster_layer") {
      return layers.isUsed(annotation) ? undefined : "no mask annotation belongs to it"
    }
    if (type === undefined) return "it has no frame with a shape"
    if (type === "tag") return "a track of CVAT has no tags"
    const imageAt = (frame: number) => imageOf(layers.at(frame), size)
    const track =
      refuse(annotation.name.trim()) ??
      trackText(annotation, type, tracks, count, imageAt, labels, (frame, reason) => {
        tally.came(1)
        tally.skipped(tallied(annotation), path, `${at}.frames.${frame}`, reason)
      })
    if (typeof track === "string") return track
    tracks++
    text += track.text
    return undefined
  }
  for (const [index, annotation] of file.annotations.entries()) {
    const reason = writeTrack(annotation, place(index))
    if (reason === undefined) tally.written(tallied(annotation))
    else tally.skipped(tallied(annotation), path, place(index), reason)
  }
  const source = fullNameOf(file.item)
  return (
    documentStart({ mode: "interpolation", size: count, labels, source, width, height }) + text + documentEnd
  )
}

/** `<track>`, or why CVAT cannot hold it. */
function trackText(
  annotation: VideoAnnotation,
  type: AnnotationType,
  id: number,
  count: number,
  imageAt: (frame: number) => CvatImage,
  labels: CvatWriting["labels"],
  onLost: OnLost,
): { readonly text: string } | string {
  const name = annotation.name.trim()
  const listed = framesOf(annotation)
  const spans = spansOf(annotation, listed, count)
  if (spans.length === 0) return "the video has none of its frames"
  const isOther = (frame: Frame) => ![type, undefined].includes(shapeType(frame))
  if ([...listed.values()].some(isOther)) return "its frames are of different types"
  const frames = shapedFrames(annotation, type, listed, count)

  const shapes = new Map<number, CvatShape>()
  for (const [at, frame] of frames) {
    const made = shapesOf({ ...frame, type, id: annotation.id } as Shaped, imageAt(at))
    if (typeof made === "string") return made
    // A track has one shape a frame.
    if (made.length > 1) return "a track of CVAT has one part a frame"
    shapes.set(at, made[0] as CvatShape)
  }
  // A polygon with holes in some frames is a mask there, and CVAT's tracks are of one shape.
  if (new Set([...shapes.values()].map(({ element }) => element)).size > 1)
    return "its frames are of different types"

  let text = `<track id="${id}" label="${xmlAttribute(name)}" source="manual">`
  for (const span of spans) text += spanText(span, annotation, frames, shapes, count)
  for (const [at, { element, points }] of shapes) {
    const attributes = attributesOf(frames.get(at) as Frame, element)
    if (points === undefined) labels.use(name, element, attributes)
    else
      labels.useSkeleton(
        name,
        points.map((point) => point.name),
        attributes,
      )
  }
  // Not before: of a track that is left out as a whole that is told, and no more.
  for (const at of listed.keys()) if (!hasFrame(count, at)) onLost(at, "the video has no such frame")
  return { text: `${text}</track>\n` }
}

/** Is told which listed frame of a track is left out, while the track is written. */
type OnLost = (frame: number, reason: string) => void

/** The listed frames that the video has, each with a shape: one that only changes what stands beside it has that of its place. */
function shapedFrames(
  { interpolated = false }: VideoAnnotation,
  type: AnnotationType,
  listed: ReadonlyMap<number, Frame>,
  count: number,
): ReadonlyMap<number, Frame> {
  const frames = new Map([...listed].filter(([at]) => hasFrame(count, at)))
  const bare = [...frames.keys()].filter((at) => shapeType(frames.get(at) as Frame) === undefined)
  const all = Object.fromEntries(listed) as Readonly<Record<string, Readonly<Record<string, unknown>>>>
  const places = bare.map((at) => [at, at + 1] as const)
  for (const { index, shape } of expandFrames(type, all, places, interpolated)) {
    frames.set(index, { ...frames.get(index), [type]: shape })
  }
  return frames
}

function hasFrame(count: number, at: number): boolean {
  return at >= 0 && at < count
}

/** The listed frames of a track, in order. */
function framesOf({ frames, sections }: VideoAnnotation): Map<number, Frame> {
  const listed = Object.entries({ ...frames, ...sections }).map(
    ([key, frame]) => [Number(key), frame] as const,
  )
  return new Map(listed.sort(([a], [b]) => a - b))
}

/** The shapes of a track from where it appears to where it is gone. */
function spanText(
  { start, end }: Span,
  { interpolated = false, only_keyframes: onlyKeyframes = false }: VideoAnnotation,
  frames: ReadonlyMap<number, Frame>,
  shapes: ReadonlyMap<number, CvatShape>,
  count: number,
): string {
  const within = [...shapes.keys()].filter((at) => at < end)
  const own = within.filter((at) => at >= start)
  // Where it appears in a frame that is not listed it is as it was before, or will be first.
  const before = within.filter((at) => at < start).at(-1) ?? own[0] ?? [...shapes.keys()][0]
  let text = ""
  let last = before as number
  if (own[0] !== start) text += shapeText(start, last, true, false)
  for (const at of own) {
    // CVAT moves what stays where it is until here.
    const isHeld = !interpolated && at - 1 > last && at - 1 >= start && own[0] !== at
    if (isHeld) text += shapeText(at - 1, last, true, false)
    const isKeyframe = !interpolated || onlyKeyframes || at === start || frames.get(at)?.keyframe === true
    text += shapeText(at, at, isKeyframe, false)
    last = at
  }
  // CVAT goes on with the last shape until it is told that the object is gone.
  if (end < count) text += shapeText(end, last, true, true)
  return text

  function shapeText(frame: number, as: number, isKeyframe: boolean, isOutside: boolean): string {
    const { element, geometry, points } = shapes.get(as) as CvatShape
    const beside = frames.get(as) as Frame
    const state = `outside="${isOutside ? 1 : 0}" occluded="${isOccluded(beside) ? 1 : 0}"`
    const key = `keyframe="${isKeyframe ? 1 : 0}"`
    const inside = points === undefined ? "" : skeletonText(points, `${key} `, isOutside)
    const own = points === undefined ? ` ${state}` : ""
    return `<${element} frame="${frame}" ${key}${own}${geometry} z_order="0">${inside}${attributesText(attributesOf(beside, element))}</${element}>`
  }
}

/** The raster layers of a video. */
interface Layers {
  /** Those that hold in a frame, as annotations of its image. */
  at(frame: number): readonly Annotation[]
  /** Whether a mask of the video has its pixels in the layer. */
  isUsed(layer: VideoAnnotation): boolean
}

function createLayers(annotations: readonly Annotation[]): Layers {
  const tracks = annotations.filter((one): one is VideoAnnotation => one.type === "video")
  const layers = tracks.filter((one) => annotationType(one) === "raster_layer").map(framesOf)
  const masks = new Set(tracks.filter((one) => annotationType(one) === "mask").map(({ id }) => id))
  return {
    at: (frame) =>
      layers.flatMap((frames) => {
        const at = [...frames.keys()].filter((one) => one <= frame).at(-1)
        const layer = at === undefined ? undefined : frames.get(at)?.raster_layer
        if (layer === undefined) return []
        return [{ type: "raster_layer", name: "", raster_layer: layer } satisfies RasterLayerAnnotation]
      }),
    isUsed: (track) =>
      [...framesOf(track).values()].some(({ raster_layer: layer }) =>
        Object.keys(layer?.mask_annotation_ids_mapping ?? {}).some((id) => masks.has(id)),
      ),
  }
}
