import type { Labels } from "../../geometry/labels.ts"
import { encodeLabels } from "../../parse/png-write.ts"
import { type Drawing, shapesOf } from "./drawing.ts"
import { labelsToRuns, runsToLabels } from "./label-runs.ts"

/** The samples of each label in a PNG file, as `encodeLabels` takes them. */
export interface Look {
  readonly channels: 1 | 3
  readonly table: Uint8Array | Uint16Array
}

/** The pixels of each shape, in the order of the drawing. What is drawn over later counts as well. */
export interface Painted {
  readonly painted: Float64Array
}

/** A drawing, and how many labels there can be in it, with 0. */
export interface Labelled {
  readonly drawing: Drawing
  readonly labelCount: number
}

/** A label image put as bytes, and the look of its labels. */
export interface Encoded {
  readonly width: number
  readonly height: number
  readonly runs: Uint8Array
  readonly look: Look
}

/** What can be done elsewhere. */
export type MaskWork = {
  /** Draws all shapes on one label image, put as bytes. */
  readonly draw: (input: Labelled) => Painted & { readonly runs: Uint8Array }
  /** Draws all shapes on one label image, as a PNG file. */
  readonly drawFile: (input: Labelled & { readonly look: Look }) => Painted & { readonly file: Uint8Array }
  /** The PNG file of a label image that was put as bytes. */
  readonly encode: (input: Encoded) => { readonly file: Uint8Array }
  /** A PNG file for each shape, 255 on 0; none for one without a pixel. */
  readonly drawEach: (drawing: Drawing) => { readonly files: readonly (Uint8Array | undefined)[] }
}

/** Makes the work of masks, with an image of its own that is used again and again. */
export function createMaskWork(): MaskWork {
  let buffer = new ArrayBuffer(0)
  const labelsOf = (pixels: number, labelCount: number): Labels => {
    const isWide = labelCount > 256
    const size = isWide ? 2 * pixels : pixels
    if (buffer.byteLength < size) buffer = new ArrayBuffer(Math.ceil(size / 4) * 4)
    return isWide ? new Uint16Array(buffer, 0, pixels) : new Uint8Array(buffer, 0, pixels)
  }
  const draw = ({ drawing, labelCount }: Labelled) => {
    const labels = labelsOf(drawing.width * drawing.height, labelCount).fill(0)
    const painted = Float64Array.from(shapesOf(drawing), (shape) => shape.paint(labels))
    return { labels, painted }
  }

  return {
    draw: (input) => {
      const { labels, painted } = draw(input)
      return { painted, runs: labelsToRuns(labels) }
    },
    drawFile: (input) => {
      const { labels, painted } = draw(input)
      const { width, height } = input.drawing
      return { painted, file: encodeLabels({ width, height, labels, ...input.look }) }
    },
    encode: ({ width, height, runs, look }) => {
      const labels = labelsOf(width * height, look.table.length / look.channels)
      runsToLabels(runs, labels)
      return { file: encodeLabels({ width, height, labels, ...look }) }
    },
    drawEach: (drawing) => {
      const { width, height } = drawing
      const labels = labelsOf(width * height, 2)
      const files: (Uint8Array | undefined)[] = []
      for (const shape of shapesOf(drawing)) {
        labels.fill(0)
        const isEmpty = shape.paint(labels, 1) === 0
        files.push(isEmpty ? undefined : encodeLabels({ width, height, labels, ...white }))
      }
      return { files }
    },
  }
}

const white: Look = { channels: 1, table: Uint8Array.of(0, 255) }
