import { demoClasses, demoItems } from "./demo/scenes.ts"
import type { SeedOptions, SeedSummary } from "./seed.ts"

export interface SeedDemoOptions {
  /** Which drawing. @default 1 */
  readonly seed?: number
  /** The number of items. @default 12 */
  readonly count?: number
}

/** Fills dataset "Street scenes" with drawn streets and makes release "v1" of it, unless the dataset is there. */
export function seedDemo(
  seed: (options: SeedOptions) => Promise<SeedSummary>,
  options: SeedDemoOptions = {},
): Promise<SeedSummary> {
  return seed({
    dataset: "Street scenes",
    classes: demoClasses,
    items: demoItems(options),
    release: "v1",
  })
}
