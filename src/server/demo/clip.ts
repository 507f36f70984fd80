import type { Annotation, Frame, SubAnnotations, VideoAnnotation } from "../../model/annotation.ts"
import { drawBuildings } from "./buildings.ts"
import { type Canvas, copyCanvas, encodePng, type Piece, paint } from "./canvas.ts"
import { drawPavement, drawPaving } from "./pavement.ts"
import { createFigure, placeFigure } from "./people.ts"
import { drawRoad, lanes } from "./road.ts"
import { drawSky } from "./sky.ts"
import { createStage, type StageOptions } from "./stage.ts"
import { carPieces } from "./vehicles.ts"

/** A drawn video: its frames as PNG files, and the annotations over them. */
export interface Clip {
  readonly width: number
  readonly height: number
  readonly frames: readonly Uint8Array[]
  readonly annotations: readonly Annotation[]
}

interface Motion {
  /** The position in each frame, from `keyframes[0]` on. */
  readonly positions: readonly number[]
  /** Frames where the motion changes; between two of them each frame goes on by the same number of pixels. */
  readonly keyframes: readonly number[]
}

// The car comes to a halt before the crosswalk, and the person crosses.
const frameCount = 8
const crosswalk = { x: 200, width: 30 } as const
const carMotion: Motion = { positions: [6, 44, 82, 120, 130, 140, 140, 140], keyframes: [0, 3, 5, 7] }
const personMotion: Motion = { positions: [154, 164, 174, 184, 194], keyframes: [2, 6] }

/** Draws a short video: a moving car and person as boxes, signs that stay where they are, and a tag over a part. */
export function drawClip(options: StageOptions): Clip {
  const stage = createStage(options)
  const { canvas, colors, random } = stage
  drawSky(stage)
  drawPaving(stage)
  drawBuildings(stage)
  drawPavement(stage, 0)
  drawRoad(stage, crosswalk)

  const canvases = Array.from({ length: frameCount }, () => copyCanvas(canvas))
  const body = random.pick(colors.car.bodies)
  const figure = createFigure(colors.person, random)
  const column = crosswalk.x + crosswalk.width / 2
  const { bottom, heading } = lanes[1]
  const car = drawMotion(canvases, carMotion, (x) => carPieces(colors.car, body, { x, bottom, heading }), {
    attributes: ["moving"],
    instance_id: { value: random.integer(1, 999) },
  })
  const person = drawMotion(canvases, personMotion, (y) => placeFigure(figure, column, y).pieces, {
    attributes: ["walking"],
    instance_id: { value: random.integer(1, 999) },
  })

  const common = { type: "video", slot_names: [options.slotName], properties: [] } as const
  const interpolated = { hidden_areas: [], interpolated: true, interpolate_algorithm: "linear-1.1" } as const
  const crossing = Object.keys(person.frames).map((index): [string, Frame] => [index, { tag: {} }])
  return {
    width: canvas.width,
    height: canvas.height,
    frames: canvases.map(encodePng),
    annotations: [
      { id: options.nextId(), name: "car", ...common, ...interpolated, ...car },
      { id: options.nextId(), name: "person", ...common, ...interpolated, ...person },
      {
        id: options.nextId(),
        name: "pedestrian crossing",
        ...common,
        ranges: person.ranges,
        frames: markKeyframes(crossing, [String(personMotion.keyframes[0])]),
      },
      ...stage.annotations().flatMap((annotation): VideoAnnotation[] => {
        const shape = signShape(annotation)
        if (shape === undefined) return []
        const held = canvases.map((_, index): [string, Frame] => [String(index), shape])
        return [
          {
            id: options.nextId(),
            name: annotation.name,
            ...common,
            ...interpolated,
            ranges: [[0, frameCount]],
            frames: markKeyframes(held, ["0"]),
          },
        ]
      }),
    ],
  }
}

/** Paints a thing at its position in each frame of its motion, and says which boxes it covered. */
function drawMotion(
  canvases: readonly Canvas[],
  { positions, keyframes }: Motion,
  place: (position: number) => readonly Piece[],
  subAnnotations: SubAnnotations,
): Pick<VideoAnnotation, "frames"> & { readonly ranges: [[number, number]] } {
  const first = keyframes[0] ?? 0
  const frames = positions.flatMap((position, offset): [string, Frame][] => {
    const canvas = canvases[first + offset]
    const box = canvas && paint(canvas, place(position))
    return box ? [[String(first + offset), { bounding_box: box, ...subAnnotations }]] : []
  })
  return { ranges: [[first, first + frames.length]], frames: markKeyframes(frames, keyframes.map(String)) }
}

/** The shape of a sign, with its sub-annotations; of everything else nothing, as it is not annotated in the video. */
function signShape(annotation: Annotation): Frame | undefined {
  if (annotation.type !== "polygon" && annotation.type !== "ellipse") return undefined
  if (!annotation.name.endsWith("sign")) return undefined
  const {
    type: _type,
    id: _id,
    name: _name,
    slot_names: _slots,
    properties: _properties,
    ...shape
  } = annotation
  return shape
}

function markKeyframes(
  frames: readonly (readonly [string, Frame])[],
  keyframes: readonly string[],
): Record<string, Frame> {
  return Object.fromEntries(
    frames.map(([index, frame]) => [index, { ...frame, keyframe: keyframes.includes(index) }]),
  )
}
