import type { Box, Point } from "../../model/point.ts"
import { type Color, type Piece, paint } from "./canvas.ts"
import type { Random } from "./random.ts"
import { boxRegion, cornersOf, ellipseRegion, extentOf, polygonRegion } from "./shapes.ts"
import { rows, type Stage } from "./stage.ts"

/** Paints the far side of the street from left to right: buildings as polygons with their windows as holes, and trees. */
export function drawBuildings(stage: Stage): void {
  const { canvas, colors, random } = stage
  const facades = random.shuffle(colors.building)
  let x = random.integer(2, 14)
  let tree = false
  while (x < canvas.width - 24) {
    const room = canvas.width - 2 - x
    // Never two trees side by side, and no more buildings than there are colours to tell them apart.
    tree = !tree && (room < 36 || random.chance(0.3))
    if (tree) {
      drawTree(stage, x + 12)
      x += 26
    } else {
      const facade = room < 36 ? undefined : facades.pop()
      if (facade === undefined) return
      const width = Math.min(room, random.integer(36, 58))
      drawBuilding(stage, { x, y: random.integer(26, 46), width, facade })
      x += width + random.integer(2, 9)
    }
  }
}

interface BuildingPlan {
  readonly x: number
  /** The row where the walls end and the roof begins. */
  readonly y: number
  readonly width: number
  readonly facade: Color
}

function drawBuilding({ canvas, colors, random, annotate }: Stage, plan: BuildingPlan): void {
  const { x, y, width, facade } = plan
  const door: Box = { x: x + random.integer(5, width - 14), y: rows.ground - 13, w: 8, h: 13 }
  const windows = planWindows(plan, random, door.y)
  const glass = windows.map((box): Piece => ({ region: boxRegion(box), color: random.pick(colors.glass) }))
  const outline: Point[] = [
    { x, y: rows.ground },
    { x, y },
    ...planRoof(plan, random),
    { x: x + width, y },
    { x: x + width, y: rows.ground },
    { x: door.x + door.w, y: rows.ground },
    { x: door.x + door.w, y: door.y },
    { x: door.x, y: door.y },
    { x: door.x, y: rows.ground },
  ]
  const paths = [outline, ...windows.map(cornersOf)]
  paint(canvas, [
    { region: boxRegion(door), color: colors.door },
    ...glass,
    { region: polygonRegion(paths), color: facade },
  ])
  annotate({ type: "polygon", name: "building", bounding_box: extentOf(paths.flat()), polygon: { paths } })
}

/** The points of the roof between the upper corners of the walls, left to right. */
function planRoof({ x, y, width }: BuildingPlan, random: Random): Point[] {
  const middle = x + Math.floor(width / 2)
  const gable = [{ x: middle, y: y - random.integer(8, 14) }]
  const steps = [
    { x: middle - 12, y },
    { x: middle - 12, y: y - 5 },
    { x: middle - 6, y: y - 5 },
    { x: middle - 6, y: y - 10 },
    { x: middle + 6, y: y - 10 },
    { x: middle + 6, y: y - 5 },
    { x: middle + 12, y: y - 5 },
    { x: middle + 12, y },
  ]
  const shed = [{ x, y: y - random.integer(5, 9) }]
  const chimney = [
    { x: x + 5, y },
    { x: x + 5, y: y - 9 },
    { x: x + 10, y: y - 9 },
    { x: x + 10, y },
  ]
  return random.pick([[], gable, steps, shed, chimney])
}

function planWindows({ x, y, width }: BuildingPlan, random: Random, lowest: number): Box[] {
  const pane = { w: random.integer(5, 7), h: random.integer(6, 8) }
  const columns = Math.floor((width - 4) / (pane.w + 5))
  const margin = Math.floor((width - columns * pane.w - (columns - 1) * 5) / 2)
  const floors = Math.floor((lowest - 5 - y) / (pane.h + 5))
  return Array.from({ length: columns * floors }, (_, index) => ({
    x: x + margin + (index % columns) * (pane.w + 5),
    y: y + 5 + Math.floor(index / columns) * (pane.h + 5),
    ...pane,
  }))
}

function drawTree({ canvas, colors, random, addMask }: Stage, x: number): void {
  const top = random.integer(52, 62)
  const crown = [
    { center: { x: x - 3, y: top + 11 }, radius: { x: 8, y: 9 } },
    { center: { x: x + 4, y: top + 12 }, radius: { x: 7, y: 8 } },
    { center: { x: x + 1, y: top + 6 }, radius: { x: 7, y: 7 } },
  ]
  const trunk = { x: x - 1, y: top + 15, w: 3, h: rows.ground + 2 - (top + 15) }
  paint(
    canvas,
    [
      { region: boxRegion(trunk), color: colors.tree.trunk },
      ...crown.map((ellipse, index): Piece => {
        const color = colors.tree.crown[index] ?? colors.tree.trunk
        return { region: ellipseRegion({ angle: 0, ...ellipse }), color }
      }),
    ],
    addMask("tree"),
  )
}
