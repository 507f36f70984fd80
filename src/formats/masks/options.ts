import { OptionError } from "../../errors.ts"
import type { FillRule } from "../../geometry/label-image.ts"

/** How masks are drawn. */
export interface MaskOptions {
  /**
   * Which pixels a shape has: `"inclusive"`, as darwin-py draws them, with its border, so that a square from 0 to 5 has 6 x 6
   * pixels; `"coco"`, as COCO's tools do, 5 x 5. Raster layers are pixels already.
   * @default "inclusive"
   */
  readonly fillRule?: FillRule
  /**
   * How many threads draw and compress, beside the one that reads and writes; 1 is that one alone. The files are the same
   * whatever it is.
   * @default 1
   */
  readonly jobs?: number
}

/**
 * The options with their defaults.
 *
 * @throws OptionError (`option`) for one out of range.
 */
export function maskOptions({ fillRule = "inclusive", jobs = 1 }: MaskOptions): Required<MaskOptions> {
  if (fillRule !== "inclusive" && fillRule !== "coco") {
    throw new OptionError("fillRule", 'must be "inclusive" or "coco"')
  }
  if (!Number.isInteger(jobs) || jobs < 1) throw new OptionError("jobs", "must be a whole number, 1 or more")
  return { fillRule, jobs }
}
