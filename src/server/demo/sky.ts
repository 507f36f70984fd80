import { type Color, type Piece, paint } from "./canvas.ts"
import { boxRegion, discRegion, ellipseRegion, polygonRegion, strokeRegion } from "./shapes.ts"
import { rows, type Stage } from "./stage.ts"

/** Paints what is far away: the sky with sun or moon, clouds, rain, and hills. Nothing of it is annotated. */
export function drawSky(stage: Stage): void {
  const { canvas, colors, random, rain } = stage
  const { width } = canvas
  const grey = (color: Color): Color => (rain ? blend(color, colors.rain, 0.6) : color)
  const [top, bottom] = [grey(colors.skyTop), grey(colors.skyBottom)]
  const gradient = Array.from({ length: rows.ground }, (_, y): Piece => {
    const color = blend(top, bottom, y / (rows.ground - 1))
    return { region: boxRegion({ x: 0, y, w: width, h: 1 }), color }
  })
  const sun = { region: discRegion({ x: random.integer(30, width - 30), y: 16 }, 9), color: colors.sun }
  paint(canvas, rain ? gradient : [...gradient, sun])

  for (let cloud = 0; cloud < (rain ? 7 : 3); cloud += 1) {
    const x = random.integer(0, width)
    const y = random.integer(8, 34)
    const puffs = [-14, 0, 13].map((offset, index): Piece => {
      const center = { x: x + offset, y: y - (index === 1 ? 3 : 0) }
      const radius = { x: random.integer(10, 16), y: random.integer(4, 7) }
      return { region: ellipseRegion({ angle: 0, center, radius }), color: grey(colors.cloud) }
    })
    paint(canvas, puffs)
  }

  const steps = Math.ceil(width / 40)
  const ridge = Array.from({ length: steps + 1 }, (_, index) => ({
    x: index * 40,
    y: random.integer(62, 78),
  }))
  const base = [
    { x: steps * 40, y: rows.ground },
    { x: 0, y: rows.ground },
  ]
  paint(canvas, [{ region: polygonRegion([[...ridge, ...base]]), color: colors.hills }])

  if (!rain) return
  // Rain is painted behind the street, where it cannot cover a pixel of what is annotated.
  for (let drop = 0; drop < width / 3; drop += 1) {
    const from = { x: random.integer(0, width), y: random.integer(0, rows.ground - 8) }
    const to = { x: from.x - 2, y: from.y + 7 }
    paint(canvas, [{ region: strokeRegion([from, to], 1), color: colors.rain }])
  }
}

function blend(from: Color, to: Color, ratio: number): Color {
  const mix = (shift: number): number => {
    const [start, end] = [(from >> shift) & 0xff, (to >> shift) & 0xff]
    return Math.round(start + (end - start) * ratio) << shift
  }
  return mix(16) | mix(8) | mix(0)
}
