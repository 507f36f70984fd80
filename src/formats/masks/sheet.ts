import { ellipseToPath } from "../../geometry/ellipse.ts"
import type { FillRule } from "../../geometry/label-image.ts"
import { createMasks, type Masks } from "../../geometry/masks.ts"
import { pathsOf } from "../../geometry/polygon.ts"
import type {
  Annotation,
  EllipseAnnotation,
  MaskAnnotation,
  PolygonAnnotation,
} from "../../model/annotation.ts"
import type { Slot } from "../../model/annotation-file.ts"
import type { Picture } from "../shared/pictures.ts"
import type { Tally } from "../shared/tally.ts"
import { addPaths, addRuns, type Drawing } from "./drawing.ts"

/** The annotations that are drawn. */
export type Drawn = PolygonAnnotation | EllipseAnnotation | MaskAnnotation

/** A picture with its shapes, about to be drawn. */
export interface Sheet {
  readonly picture: Picture
  /** Undefined where there can be no mask: then `flaw` says why. */
  readonly size: Size | undefined
  readonly flaw: string | undefined
  /** The annotations of the shapes, in the order in which they are drawn. */
  readonly drawn: readonly Drawn[]
  /** What is to be drawn: the shapes from one to before another. */
  drawing(from: number, to: number): Drawing
  /** Tells the tally what became of each annotation: `painted` has the number of pixels of each shape. */
  settle(tally: Tally, painted: ArrayLike<number>): void
}

export interface Size {
  readonly width: number
  readonly height: number
}

/**
 * The shapes of a picture.
 *
 * @param labelOf gives the label that an annotation is drawn with, or why it is not.
 */
export function createSheet(
  picture: Picture,
  fillRule: FillRule,
  labelOf: (annotation: Drawn) => number | string,
): Sheet {
  const { annotations, item } = picture.file
  const size = sizeOf(item.slots?.[0])
  const drawn: Drawn[] = []
  const numbers: number[] = []
  const starts: number[] = []
  let masks: Masks | undefined

  /** The place of the annotation's shape, or why it has none; undefined for what has its pixels elsewhere. */
  const fateOf = (annotation: Annotation): number | string | undefined => {
    if (annotation.type === "raster_layer") {
      if (typeof size === "string") return size
      masks ??= createMasks(annotations, size)
      return masks.fault(annotation)
    }
    if (!isDrawn(annotation)) return unheld
    const label = labelOf(annotation)
    if (typeof label === "string") return label
    if (typeof size === "string") return size
    const start = numbers.length
    if (annotation.type === "mask") {
      masks ??= createMasks(annotations, size)
      const runs = masks.runs(annotation.id)
      if (typeof runs === "string") return runs
      addRuns(numbers, label, runs)
    } else if (annotation.type === "polygon") addPaths(numbers, label, pathsOf(annotation.polygon))
    else addPaths(numbers, label, [ellipseToPath(annotation.ellipse)])
    starts.push(start)
    return drawn.push(annotation) - 1
  }
  const fates = annotations.map(fateOf)

  return {
    picture,
    size: typeof size === "string" ? undefined : size,
    flaw: typeof size === "string" ? size : undefined,
    drawn,
    drawing: (from, to) => {
      const { width, height } = size as Size
      const shapes = new Float64Array(numbers.slice(starts[from] ?? numbers.length, starts[to]))
      return { width, height, fillRule, shapes }
    },
    settle: (tally, painted) => {
      annotations.forEach((annotation, i) => {
        const fate = fates[i]
        const reason = typeof fate === "number" && painted[fate] === 0 ? outside : fate
        if (typeof reason === "string") tally.skipped(annotation, picture.path, picture.place(i), reason)
        else tally.written(annotation)
      })
    },
  }
}

const unheld = "masks have polygons, ellipses and masks only"
const outside = "it covers no pixel of the image"
const noSize = "the size of its image is not known"

// What Pillow opens without being asked to: it takes a larger picture for an attack.
const mostPixels = 178_956_970
const tooLarge = `its image has more than ${mostPixels} pixels`

function sizeOf({ width, height }: Partial<Slot> = {}): Size | string {
  if (!isSide(width) || !isSide(height)) return noSize
  return width * height <= mostPixels ? { width, height } : tooLarge
}

function isSide(side: number | null | undefined): side is number {
  return Number.isSafeInteger(side) && (side as number) > 0
}

function isDrawn(annotation: Annotation): annotation is Drawn {
  const { type } = annotation
  return type === "polygon" || type === "ellipse" || type === "mask"
}
