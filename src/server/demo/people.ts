import type { Shapes } from "../../model/annotation.ts"
import type { Point } from "../../model/point.ts"
import { type Color, type Piece, paint } from "./canvas.ts"
import type { Palette } from "./palette.ts"
import type { Random } from "./random.ts"
import { discRegion, strokeRegion } from "./shapes.ts"
import type { Stage } from "./stage.ts"

type Skeleton = Shapes["skeleton"]

/** A drawn person: how they stand, and in which colours, at the origin (the point between the feet). */
export interface Figure {
  readonly skeleton: Skeleton
  readonly walking: boolean
  readonly skin: Color
  readonly coat: Color
  readonly trousers: Color
}

/** Makes up a person, about 14 pixels wide and 31 high. */
export function createFigure(colors: Palette["person"], random: Random): Figure {
  const walking = random.chance(0.6)
  const stride = walking ? random.integer(4, 5) : 2
  const swing = walking ? random.integer(5, 6) : 4
  const nodes = [
    { name: "head", x: 0.5, y: -26.5 },
    { name: "neck", x: 0.5, y: -21.5 },
    { name: "left hand", x: 0.5 - swing, y: -12.5 },
    { name: "right hand", x: 0.5 + swing, y: walking ? -14.5 : -12.5 },
    { name: "hip", x: 0.5, y: -11.5 },
    { name: "left foot", x: 0.5 - stride, y: -1.5 },
    { name: "right foot", x: 0.5 + stride, y: -1.5 },
  ]
  return {
    skeleton: { nodes: nodes.map((node) => ({ ...node, occluded: false })) },
    walking,
    skin: random.pick(colors.skins),
    coat: random.pick(colors.coats),
    trousers: random.pick(colors.trousers),
  }
}

/** The pieces of a figure, and its skeleton, with the point between the feet at `x`, `y`. */
export function placeFigure(figure: Figure, x: number, y: number): { pieces: Piece[]; skeleton: Skeleton } {
  const nodes = figure.skeleton.nodes.map((node) => ({ ...node, x: node.x + x, y: node.y + y }))
  const at = (name: string): Point => nodes.find((node) => node.name === name) as Point
  const limb = (path: string[], width: number, color: Color): Piece => ({
    region: strokeRegion(path.map(at), width),
    color,
  })
  const pieces = [
    limb(["left foot", "hip", "right foot"], 3, figure.trousers),
    limb(["neck", "hip"], 6, figure.coat),
    limb(["left hand", "neck", "right hand"], 2.5, figure.coat),
    { region: discRegion(at("left hand"), 1.5), color: figure.skin },
    { region: discRegion(at("right hand"), 1.5), color: figure.skin },
    { region: discRegion(at("head"), 4), color: figure.skin },
  ]
  return { pieces, skeleton: { nodes } }
}

/** Paints a person between whose feet `x`, `y` lies: annotated by a box and by a skeleton of the same instance. */
export function drawPerson({ canvas, colors, random, annotate }: Stage, x: number, y: number): void {
  const figure = createFigure(colors.person, random)
  const { pieces, skeleton } = placeFigure(figure, x, y)
  const box = paint(canvas, pieces)
  if (box === undefined) return
  const instance_id = { value: random.integer(1, 999) }
  const attributes = [figure.walking ? "walking" : "standing"]
  annotate({ type: "bounding_box", name: "person", bounding_box: box, attributes, instance_id })
  annotate({ type: "skeleton", name: "pose", skeleton, instance_id })
}
