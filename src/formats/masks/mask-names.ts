import type { Context } from "../../stream.ts"
import { createDistinctNames } from "../shared/distinct-names.ts"
import { fullNameOf, targetOf } from "../shared/image-name.ts"
import type { Picture } from "../shared/pictures.ts"

/**
 * Gives each picture the path of its masks below their folder, `<item folder>/<stem>`, without an ending. Of several that would
 * have one, the later ones get `_2`, `_3` and so on, which is told as a `warning` event.
 */
export function createMaskNames(context: Context | undefined): (picture: Picture) => string {
  const names = createDistinctNames()
  return ({ file, path }) => {
    const wanted = `${targetOf(fullNameOf(file.item))}.png`
    const target = names.take(wanted)
    if (target !== wanted) {
      const message = `${path}: its masks go by ${target}, since another image has ${wanted}`
      context?.onEvent?.({ type: "warning", message })
    }
    return target.slice(0, -".png".length)
  }
}
