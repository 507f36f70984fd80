import type { Annotation, ImageAnnotation } from "../../model/annotation.ts"
import { type Canvas, createCanvas } from "./canvas.ts"
import { type Light, type Palette, palettes } from "./palette.ts"
import type { Random } from "./random.ts"
import { rasterLayerOf } from "./raster-layer.ts"

type Draft<A> = A extends ImageAnnotation ? Omit<A, "id" | "slot_names" | "properties"> : never

/** What a drawing function says about a shape; the stage adds the rest. */
export type AnnotationDraft = Draft<ImageAnnotation>

/** A picture in the making: the canvas, and the annotations of what was painted so far. */
export interface Stage {
  readonly canvas: Canvas
  readonly random: Random
  readonly light: Light
  readonly rain: boolean
  readonly colors: Palette
  /** Records an annotation. */
  annotate(draft: AnnotationDraft): void
  /** Records a mask and gives the label to paint its pixels with; 0 when the scene is drawn without masks. */
  addMask(className: string): number
  /** All annotations, in the order recorded, then the masks that can still be seen and their raster layer. */
  annotations(): Annotation[]
}

/** How a stage is set. */
export interface StageOptions {
  readonly random: Random
  readonly nextId: () => string
  readonly slotName: string
  /** The picture's width in pixels, at least 200. */
  readonly width: number
  readonly light: Light
  readonly rain: boolean
  /** Whether roads, puddles and trees are annotated as masks. */
  readonly masks: boolean
}

/** The height of every picture in pixels, and the rows where its parts begin. */
export const rows = { ground: 92, kerb: 126, road: 128, bottom: 200 } as const

/** Sets an empty stage. */
export function createStage(options: StageOptions): Stage {
  const { random, nextId, slotName, width, light, rain } = options
  const canvas = createCanvas(width, rows.bottom)
  const shapes: Annotation[] = []
  const masks: { readonly id: string; readonly name: string; readonly label: number }[] = []
  const common = { slot_names: [slotName], properties: [] }

  return {
    canvas,
    random,
    light,
    rain,
    colors: palettes[light],
    annotate(draft) {
      shapes.push({ id: nextId(), ...common, ...draft })
    },
    addMask(name) {
      if (!options.masks) return 0
      const label = masks.length + 1
      masks.push({ id: nextId(), name, label })
      return label
    },
    annotations() {
      const seen = new Set(canvas.labels)
      const visible = masks.filter(({ label }) => seen.has(label))
      if (visible.length === 0) return shapes
      const mapping = Object.fromEntries(visible.map(({ id, label }) => [id, label]))
      return [
        ...shapes,
        ...visible.map(({ id, name }): Annotation => ({ id, type: "mask", name, ...common, mask: {} })),
        {
          id: nextId(),
          type: "raster_layer",
          name: "__raster_layer__",
          ...common,
          raster_layer: rasterLayerOf(canvas.labels, mapping),
        },
      ]
    },
  }
}
