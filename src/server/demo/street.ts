import { drawBuildings } from "./buildings.ts"
import { drawPavement, drawPaving } from "./pavement.ts"
import { drawRoad, drawTraffic } from "./road.ts"
import { drawSky } from "./sky.ts"
import { createStage, type Stage, type StageOptions } from "./stage.ts"

/** Draws one still picture of a street with everything in it annotated. */
export function drawStreet(options: StageOptions): Stage {
  const stage = createStage(options)
  const { random, canvas } = stage
  const crosswalk = random.chance(0.6)
    ? { x: random.integer(60, canvas.width - 100), width: random.integer(26, 34) }
    : undefined
  drawSky(stage)
  drawPaving(stage)
  drawBuildings(stage)
  drawPavement(stage, random.integer(1, 4))
  drawRoad(stage, crosswalk)
  drawTraffic(stage, crosswalk)
  stage.annotate({ type: "tag", name: stage.light, tag: {} })
  if (stage.rain) stage.annotate({ type: "tag", name: "rain", tag: {} })
  return stage
}
