import type { Point } from "../../model/point.ts"
import { type Piece, paint } from "./canvas.ts"
import { digits, digitsWidth } from "./digits.ts"
import { boxRegion, discRegion, ellipseRegion, extentOf, polygonRegion } from "./shapes.ts"
import { rows, type Stage } from "./stage.ts"

const plateHeight = 103

function pole({ colors }: Stage, x: number, top: number): Piece {
  return { region: boxRegion({ x: x - 1, y: top, w: 2, h: rows.kerb - 2 - top }), color: colors.pole }
}

/** Paints a triangular sign on a pole at column `x`, annotated by its outline. */
export function drawGiveWaySign(stage: Stage, x: number): void {
  const { canvas, colors, annotate } = stage
  const triangle = (margin: number): Point[] => [
    { x: x - 9 + margin * 1.75, y: plateHeight - 7 + margin },
    { x: x + 9 - margin * 1.75, y: plateHeight - 7 + margin },
    { x, y: plateHeight + 8 - margin * 2 },
  ]
  const outline = triangle(0)
  paint(canvas, [
    pole(stage, x, plateHeight),
    { region: polygonRegion([outline]), color: colors.giveWay.border },
    { region: polygonRegion([triangle(2)]), color: colors.giveWay.face },
  ])
  const polygon = { paths: [outline] }
  annotate({ type: "polygon", name: "give way sign", bounding_box: extentOf(outline), polygon })
}

/** Paints an octagonal sign on a pole at column `x`, annotated by its outline. */
export function drawStopSign(stage: Stage, x: number): void {
  const { canvas, colors, annotate } = stage
  const [long, short] = [8, 3.5]
  const outline = [
    [-short, -long],
    [short, -long],
    [long, -short],
    [long, short],
    [short, long],
    [-short, long],
    [-long, short],
    [-long, -short],
  ].map(([dx = 0, dy = 0]) => ({ x: x + dx, y: plateHeight + dy }))
  paint(canvas, [
    pole(stage, x, plateHeight),
    { region: polygonRegion([outline]), color: colors.stop.face },
    { region: boxRegion({ x: x - 5, y: plateHeight - 2, w: 10, h: 3 }), color: colors.stop.bar },
  ])
  const polygon = { paths: [outline] }
  annotate({ type: "polygon", name: "stop sign", bounding_box: extentOf(outline), polygon })
}

/** Paints a round sign with a number on a pole at column `x`, annotated by an ellipse and the number as text. */
export function drawSpeedLimitSign(stage: Stage, x: number): void {
  const { canvas, colors, random, annotate } = stage
  const text = random.pick(["20", "30", "50"])
  const ellipse = { angle: 0, center: { x, y: plateHeight }, radius: { x: 8.5, y: 8.5 } }
  const left = x - Math.ceil(digitsWidth(text) / 2)
  paint(canvas, [
    pole(stage, x, plateHeight),
    { region: ellipseRegion(ellipse), color: colors.speedLimit.border },
    { region: discRegion(ellipse.center, 6.2), color: colors.speedLimit.face },
    ...digits(text, left, plateHeight - 2, colors.speedLimit.number),
  ])
  annotate({ type: "ellipse", name: "speed limit sign", ellipse, text: { text } })
}

/** Paints a traffic light on a pole at column `x`, annotated by a keypoint in the middle of the lamp that is lit. */
export function drawSignal(stage: Stage, x: number): void {
  const { canvas, colors, random, annotate } = stage
  const lit = random.pick(["red", "green"] as const)
  const keypoint = { x, y: lit === "red" ? 98 : 105 }
  paint(canvas, [
    pole(stage, x, 109),
    { region: boxRegion({ x: x - 4, y: 94, w: 8, h: 15 }), color: colors.signalBox },
    { region: discRegion(keypoint, 3), color: colors.signal[lit] },
  ])
  annotate({ type: "keypoint", name: "signal", keypoint, attributes: [lit] })
}
