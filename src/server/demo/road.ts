import type { Point } from "../../model/point.ts"
import { type Piece, paint } from "./canvas.ts"
import { boxRegion, cornersOf, ellipseRegion, extentOf, polygonRegion, strokeRegion } from "./shapes.ts"
import { rows, type Stage } from "./stage.ts"
import { carSize, drawCar, drawTruck, truckSize } from "./vehicles.ts"

/** The columns a crosswalk takes. */
export interface Crosswalk {
  readonly x: number
  readonly width: number
}

/** Rows below the wheels, and the way things go, in the two lanes. */
export const lanes = [
  { bottom: 159, heading: "left" },
  { bottom: 197, heading: "right" },
] as const

const manholeSize = { w: 18, h: 8 } as const

/** Paints the asphalt with its puddles, the crosswalk as one polygon of many parts, and the lane lines. */
export function drawRoad(stage: Stage, crosswalk: Crosswalk | undefined): void {
  const { canvas, colors, random, rain, addMask } = stage
  const { width } = canvas
  const asphalt = { x: 0, y: rows.road, w: width, h: rows.bottom - rows.road }
  paint(canvas, [{ region: boxRegion(asphalt), color: colors.road }], addMask("road"))
  for (let puddle = 0; puddle < (rain ? 3 : 0); puddle += 1) {
    const center = { x: random.integer(24, width - 24), y: random.integer(rows.road + 8, rows.bottom - 8) }
    const small = { x: center.x + random.integer(-12, 12), y: center.y + 3 }
    const pieces: Piece[] = [
      ellipseRegion({ angle: 0, center, radius: { x: random.integer(14, 22), y: random.integer(3, 6) } }),
      ellipseRegion({ angle: 0, center: small, radius: { x: 10, y: 3 } }),
    ].map((region) => ({ region, color: colors.puddle }))
    paint(canvas, pieces, addMask("puddle"))
  }
  if (crosswalk === undefined) {
    drawLaneLine(stage, 0, width)
  } else {
    drawCrosswalk(stage, crosswalk)
    drawLaneLine(stage, 0, crosswalk.x - 4)
    drawLaneLine(stage, crosswalk.x + crosswalk.width + 4, width)
  }
}

function drawCrosswalk({ canvas, colors, annotate }: Stage, { x, width }: Crosswalk): void {
  const paths: Point[][] = []
  for (let y = rows.road + 4; y + 6 < rows.bottom; y += 11) paths.push(cornersOf({ x, y, w: width, h: 6 }))
  paint(canvas, [{ region: polygonRegion(paths), color: colors.crosswalk }])
  annotate({ type: "polygon", name: "crosswalk", bounding_box: extentOf(paths.flat()), polygon: { paths } })
}

function drawLaneLine({ canvas, colors, random, annotate }: Stage, from: number, to: number): void {
  const [start, end] = [from + 4, to - 4]
  if (end - start < 20) return
  const columns = [start, Math.round((start + end) / 2), end]
  const path = columns.map((x) => ({ x, y: 163.5 + random.integer(-2, 2) / 2 }))
  paint(canvas, [{ region: strokeRegion(path, 2), color: colors.laneLine }])
  annotate({ type: "line", name: "lane line", line: { path } })
}

/** Fills both lanes from left to right with cars, trucks and manholes, none of them on the crosswalk. */
export function drawTraffic(stage: Stage, crosswalk: Crosswalk | undefined): void {
  for (const lane of lanes) {
    let x = stage.random.integer(4, 40)
    for (;;) {
      const kind = stage.random.pick(["car", "car", "car", "truck", "truck", "manhole"] as const)
      const { w } = { car: carSize, truck: truckSize, manhole: manholeSize }[kind]
      if (crosswalk !== undefined && x < crosswalk.x + crosswalk.width + 3 && x + w > crosswalk.x - 3) {
        x = crosswalk.x + crosswalk.width + 3 + stage.random.integer(1, 10)
      }
      if (x + w > stage.canvas.width - 2) break
      if (kind === "car") drawCar(stage, { x, ...lane })
      else if (kind === "truck") drawTruck(stage, { x, ...lane })
      else drawManhole(stage, { x: x + manholeSize.w / 2, y: lane.bottom - 10 })
      x += w + stage.random.integer(8, 44)
    }
  }
}

function drawManhole({ canvas, colors, random, annotate }: Stage, center: Point): void {
  const ellipse = { angle: random.integer(-3, 3) / 20, center, radius: { x: 8.5, y: 3.5 } }
  const cover = { ...ellipse, radius: { x: 6.5, y: 2.2 } }
  paint(canvas, [
    { region: ellipseRegion(ellipse), color: colors.manhole.rim },
    { region: ellipseRegion(cover), color: colors.manhole.cover },
  ])
  annotate({ type: "ellipse", name: "manhole", ellipse })
}
