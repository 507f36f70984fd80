import type { AnnotationType } from "../model/annotation.ts"
import type { Format } from "./format.ts"

/** What cannot be held of what could come. */
export interface Losses {
  /** Types that are written as something else, and as what. */
  readonly becomes: readonly { readonly type: AnnotationType; readonly as: string }[]
  /** Types that are left out. */
  readonly leftOut: readonly AnnotationType[]
}

/** What `to` loses of what `from` can hold, by what both say of themselves. */
export function lossesOf(to: Format, from: Format): Losses {
  const lost = from.holds.filter((type) => !to.holds.includes(type))
  return {
    becomes: lost.flatMap((type) => {
      const as = to.becomes?.[type]
      return as === undefined ? [] : [{ type, as }]
    }),
    leftOut: lost.filter((type) => to.becomes?.[type] === undefined),
  }
}
