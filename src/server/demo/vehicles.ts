import type { Point } from "../../model/point.ts"
import { type Color, type Piece, paint } from "./canvas.ts"
import { digits, digitsWidth } from "./digits.ts"
import type { Palette } from "./palette.ts"
import { discRegion, polygonRegion } from "./shapes.ts"
import type { Stage } from "./stage.ts"

/** Where a vehicle stands: its left end, the row below its wheels, and which way it looks. */
export interface Parking {
  readonly x: number
  readonly bottom: number
  readonly heading: "left" | "right"
}

export const carSize = { w: 46, h: 20 } as const
export const truckSize = { w: 72, h: 29 } as const

/** The directions vehicles look in, in radians: to the right, and to the left. */
const angles = { right: 0, left: Math.PI } as const

/** The pieces of a car. */
export function carPieces(colors: Palette["car"], body: Color, parking: Parking): Piece[] {
  const at = frameOf(parking, carSize)
  return [
    at.polygon(colors.window, [9, 0], [31, 0], [40, 9], [3, 9]),
    at.polygon(body, [9, 0], [31, 0], [32, 2], [9, 2]),
    at.polygon(body, [18, 0], [21, 0], [21, 9], [18, 9]),
    at.polygon(body, [9, 0], [12, 0], [7, 9], [2, 9]),
    at.polygon(body, [29, 0], [31, 0], [41, 9], [38, 9]),
    at.polygon(body, [0, 10], [2, 8], [41, 8], [46, 11], [46, 16], [0, 16]),
    at.polygon(colors.headlight, [43, 10], [46, 11], [46, 13], [43, 13]),
    at.polygon(colors.taillight, [0, 10], [2, 10], [2, 13], [0, 13]),
    ...[10, 36].flatMap((x) => [at.disc(colors.tyre, [x, 16], 4), at.disc(colors.hub, [x, 16], 1.6)]),
  ]
}

function truckPieces(colors: Palette["truck"], cargo: Color, number: string, parking: Parking): Piece[] {
  const at = frameOf(parking, truckSize)
  const left = parking.x + (parking.heading === "right" ? 0 : truckSize.w - 49)
  const numberLeft = left + Math.floor((49 - digitsWidth(number, 2)) / 2)
  return [
    at.polygon(cargo, [0, 0], [49, 0], [49, 22], [0, 22]),
    at.polygon(colors.cab, [51, 5], [64, 5], [72, 15], [72, 25], [49, 25], [49, 22], [51, 22]),
    at.polygon(colors.cab, [0, 22], [51, 22], [51, 25], [0, 25]),
    at.polygon(colors.window, [56, 7], [63, 7], [69, 15], [56, 15]),
    ...[9, 20, 61].map((x) => at.disc(colors.tyre, [x, 25], 4)),
    ...digits(number, numberLeft, parking.bottom - truckSize.h + 6, colors.number, 2),
  ]
}

/** Drawing in the coordinates of a vehicle that looks to the right: the origin is the top left corner of its box. */
function frameOf({ x, bottom, heading }: Parking, size: { readonly w: number; readonly h: number }) {
  const place = ([dx, dy]: readonly [number, number]): Point => ({
    x: x + (heading === "right" ? dx : size.w - dx),
    y: bottom - size.h + dy,
  })
  return {
    polygon: (color: Color, ...points: (readonly [number, number])[]): Piece => ({
      region: polygonRegion([points.map(place)]),
      color,
    }),
    disc: (color: Color, center: readonly [number, number], radius: number): Piece => ({
      region: discRegion(place(center), radius),
      color,
    }),
  }
}

/** Paints a car, annotated by its box and the way it goes. */
export function drawCar({ canvas, colors, random, light, annotate }: Stage, parking: Parking): void {
  const box = paint(canvas, carPieces(colors.car, random.pick(colors.car.bodies), parking))
  if (box === undefined) return
  const moving = random.chance(0.6)
  annotate({
    type: "bounding_box",
    name: "car",
    bounding_box: box,
    attributes: [moving ? "moving" : "parked", ...(light === "night" && moving ? ["lights on"] : [])],
    instance_id: { value: random.integer(1, 999) },
    directional_vector: { angle: angles[parking.heading], length: moving ? random.integer(20, 60) : 10 },
  })
}

/** Paints a truck with a number, annotated by its box, the way it goes and the number as text. */
export function drawTruck({ canvas, colors, random, annotate }: Stage, parking: Parking): void {
  const text = String(random.integer(10, 99))
  const box = paint(canvas, truckPieces(colors.truck, random.pick(colors.truck.cargos), text, parking))
  if (box === undefined) return
  const moving = random.chance(0.6)
  annotate({
    type: "bounding_box",
    name: "truck",
    bounding_box: box,
    attributes: [moving ? "moving" : "parked"],
    instance_id: { value: random.integer(1, 999) },
    directional_vector: { angle: angles[parking.heading], length: moving ? random.integer(15, 40) : 10 },
    text: { text },
  })
}
