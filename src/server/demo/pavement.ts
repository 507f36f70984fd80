import { type Piece, paint } from "./canvas.ts"
import { drawPerson } from "./people.ts"
import { boxRegion } from "./shapes.ts"
import { drawGiveWaySign, drawSignal, drawSpeedLimitSign, drawStopSign } from "./signs.ts"
import { rows, type Stage } from "./stage.ts"

/** The width of one place on the pavement in pixels: nothing that stands on one reaches into the next. */
const placeWidth = 24

/** Paints the paving, between the buildings' foot and the road. */
export function drawPaving({ canvas, colors, random }: Stage): void {
  const { width } = canvas
  const joints: Piece[] = []
  for (let x = random.integer(8, 20); x < width; x += 20) {
    const box = { x, y: rows.ground, w: 1, h: rows.kerb - rows.ground }
    joints.push({ region: boxRegion(box), color: colors.joint })
  }
  const ground = { x: 0, y: rows.ground, w: width, h: rows.kerb - rows.ground }
  const middle = { x: 0, y: rows.ground + 17, w: width, h: 1 }
  const kerb = { x: 0, y: rows.kerb, w: width, h: rows.road - rows.kerb }
  paint(canvas, [
    { region: boxRegion(ground), color: colors.pavement },
    ...joints,
    { region: boxRegion(middle), color: colors.joint },
    { region: boxRegion(kerb), color: colors.kerb },
  ])
}

/** Puts signs, a traffic light and as many people as asked for on the paving, each in a place of its own. */
export function drawPavement(stage: Stage, people: number): void {
  const { canvas, random } = stage
  const count = Math.floor(canvas.width / placeWidth)
  const places = random.shuffle(Array.from({ length: count }, (_, place) => (place + 0.5) * placeWidth))
  const signs = [random.pick([drawGiveWaySign, drawStopSign]), drawSpeedLimitSign, drawSignal]
  for (const draw of signs) {
    const x = places.pop()
    if (x !== undefined) draw(stage, x)
  }
  for (const x of places.slice(0, people)) {
    drawPerson(stage, x + random.integer(-2, 2), rows.kerb - random.integer(0, 2))
  }
}
