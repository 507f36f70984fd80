import { PNG } from "pngjs"
import type { Box } from "../../model/point.ts"
import { type Region, unionOf } from "./shapes.ts"

/** A colour as `0xRRGGBB`. */
export type Color = number

/** Something to draw: a region in one colour. */
export interface Piece {
  readonly region: Region
  readonly color: Color
}

/** A picture, and beside it which label each of its pixels carries: that of what was painted there last. */
export interface Canvas {
  readonly width: number
  readonly height: number
  /** Three bytes a pixel (red, green, blue), row by row from the top left. */
  readonly pixels: Buffer
  /** One label a pixel, row by row from the top left; 0 is none. */
  readonly labels: Uint8Array
}

/** Makes a black canvas without labels. */
export function createCanvas(width: number, height: number): Canvas {
  return { width, height, pixels: Buffer.alloc(width * height * 3), labels: new Uint8Array(width * height) }
}

/** A canvas of the same content that can be painted on alone. */
export function copyCanvas(canvas: Canvas): Canvas {
  return { ...canvas, pixels: Buffer.from(canvas.pixels), labels: canvas.labels.slice() }
}

/**
 * Paints the pieces in order and says where: the smallest box of whole pixels around all that was painted, undefined
 * when nothing fell on the canvas. What lies outside the canvas is cut off.
 */
export function paint(canvas: Canvas, pieces: readonly Piece[], label = 0): Box | undefined {
  let painted: Box | undefined
  for (const piece of pieces) {
    const extent = paintPiece(canvas, piece, label)
    if (extent !== undefined) painted = painted === undefined ? extent : unionOf(painted, extent)
  }
  return painted
}

function paintPiece({ width, height, pixels, labels }: Canvas, piece: Piece, label: number): Box | undefined {
  const { region, color } = piece
  const { extent } = region
  const bottom = Math.min(height, Math.ceil(extent.y + extent.h))
  const right = Math.min(width, Math.ceil(extent.x + extent.w))
  let [x0, y0, x1, y1] = [width, height, -1, -1]
  for (let y = Math.max(0, Math.floor(extent.y)); y < bottom; y += 1) {
    for (let x = Math.max(0, Math.floor(extent.x)); x < right; x += 1) {
      if (!region.contains(x + 0.5, y + 0.5)) continue
      const pixel = y * width + x
      pixels.writeUIntBE(color, pixel * 3, 3)
      labels[pixel] = label
      x0 = Math.min(x0, x)
      x1 = Math.max(x1, x)
      y0 = Math.min(y0, y)
      y1 = y
    }
  }
  return y1 < 0 ? undefined : { x: x0, y: y0, w: x1 - x0 + 1, h: y1 - y0 + 1 }
}

/** The canvas as a PNG file, 8 bits a channel, without alpha. */
export function encodePng({ width, height, pixels }: Canvas): Uint8Array {
  const png = new PNG({ width, height })
  png.data = pixels
  return PNG.sync.write(png, { colorType: 2, inputColorType: 2, inputHasAlpha: false })
}
