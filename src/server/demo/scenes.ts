import type { SeedItem } from "../seed.ts"
import { encodeAvi } from "./avi.ts"
import { encodePng } from "./canvas.ts"
import { demoClasses } from "./classes.ts"
import { drawClip } from "./clip.ts"
import { createRandom } from "./random.ts"
import type { StageOptions } from "./stage.ts"
import { drawStreet } from "./street.ts"
import { uuidOf } from "./uuid.ts"

export { demoClasses }

/** How much of the demo dataset is drawn, and which one. */
export interface DemoItemsOptions {
  /** @default 1 */
  readonly seed?: number
  /** The number of items. @default 12 */
  readonly count?: number
}

interface ItemPlan {
  readonly name: string
  readonly path: string
  readonly status?: SeedItem["status"]
  readonly kind?: "image" | "two images" | "video"
  readonly night?: boolean
  readonly rain?: boolean
  readonly masks?: boolean
  readonly width?: number
}

const plans: readonly ItemPlan[] = [
  { name: "corner.png", path: "/", masks: true },
  { name: "Straße 3.png", path: "/", night: true },
  { name: "通り 7.png", path: "/", rain: true, masks: true },
  { name: "corner.png", path: "/north", width: 280 },
  { name: "crossing at noon.avi", path: "/north", kind: "video" },
  { name: "market place 2.png", path: "/north/old town", masks: true, width: 360 },
  { name: "both sides", path: "/north/old town", kind: "two images", masks: true },
  { name: "ring road (east).png", path: "/", night: true, rain: true, masks: true },
  { name: "rue de l'Église 4.png", path: "/north", status: "annotate" },
  { name: "Żabia 12.png", path: "/", status: "review", night: true },
  { name: "old gate.png", path: "/north/old town", status: "new" },
  { name: "quay at night.png", path: "/north", night: true, masks: true, width: 340 },
]

const folders = ["/", "/north", "/north/old town"] as const
const fps = 4

/**
 * Draws the demo dataset: streets with everything in them annotated exactly where it is. Items are drawn when they are
 * asked for and not kept; every iteration starts anew. Item `n` of a seed is the same whatever the count: the first
 * twelve are of all kinds (folders, two slots, a video, every status), later ones are completed single images, numbered.
 * Pixels and annotations depend on the seed alone; the compressed bytes also on the zlib that Node.js was built with.
 * Memory stays flat over any count as long as the event loop turns between items (waiting for a file to be written is
 * enough): Node.js frees what a synchronous compression held only then.
 *
 * @example
 * ```ts
 * for (const item of demoItems({ seed: 7, count: 3 })) {
 *   console.log(item.path, item.name, item.annotations.length)
 * }
 * ```
 */
export function demoItems(options: DemoItemsOptions = {}): Iterable<SeedItem> {
  const { seed = 1, count = plans.length } = options
  return {
    *[Symbol.iterator]() {
      for (let index = 0; index < count; index += 1) yield drawItem(seed, index)
    },
  }
}

function drawItem(seed: number, index: number): SeedItem {
  const place = `${seed}/${index}`
  const plan = plans[index] ?? planFurther(place, index)
  const { name, path, status = "complete", kind = "image", night = false, rain = false } = plan
  let ids = 0
  const stage: StageOptions = {
    random: createRandom(place),
    nextId: () => uuidOf(`${place}/${ids++}`),
    slotName: "0",
    width: plan.width ?? 320,
    light: night ? "night" : "day",
    rain,
    masks: plan.masks ?? false,
  }
  const drawn = { image: drawImage, "two images": drawTwoImages, video: drawVideo }[kind](stage, name)
  const properties = path === "/" ? [] : [{ name: "district", value: path.slice(path.lastIndexOf("/") + 1) }]
  return {
    name,
    path,
    status,
    slots: drawn.slots,
    annotations: status === "new" ? [] : drawn.annotations,
    ...(properties.length > 0 && { properties }),
  }
}

function planFurther(place: string, index: number): ItemPlan {
  const random = createRandom(`${place}/plan`)
  return {
    name: `street ${index + 1}.png`,
    path: random.pick(folders),
    night: random.chance(0.3),
    rain: random.chance(0.25),
    masks: random.chance(0.5),
    width: random.pick([280, 320, 360]),
  }
}

type Drawn = Pick<SeedItem, "slots" | "annotations">

function drawImage(options: StageOptions, fileName: string): Drawn {
  const stage = drawStreet(options)
  const { width, height } = stage.canvas
  return {
    slots: [
      {
        slot_name: options.slotName,
        type: "image",
        file_name: fileName,
        bytes: encodePng(stage.canvas),
        width,
        height,
      },
    ],
    annotations: stage.annotations(),
  }
}

/** Two pictures; masks in the first one only, since readers of Darwin JSON expect one raster layer a file. */
function drawTwoImages(options: StageOptions): Drawn {
  const left = drawImage(options, "left side.png")
  const right = drawImage({ ...options, slotName: "1", width: 240, masks: false }, "right side.png")
  return {
    slots: [...left.slots, ...right.slots],
    annotations: [...left.annotations, ...right.annotations],
  }
}

function drawVideo(options: StageOptions, fileName: string): Drawn {
  const { width, height, frames, annotations } = drawClip(options)
  const bytes = encodeAvi(frames, { width, height, fps })
  return {
    slots: [
      { slot_name: options.slotName, type: "video", file_name: fileName, bytes, width, height, fps, frames },
    ],
    annotations,
  }
}
