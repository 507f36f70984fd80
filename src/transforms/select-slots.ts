import type { AnnotationFile } from "../model/annotation-file.ts"
import type { Transform } from "../stream.ts"

/**
 * Keeps the slots of the given names, in the items' order, and the annotations that belong to them; an annotation that
 * names no slot belongs to the item's first one, and in an item of one slot all belong to it. An item without any of these slots
 * is left out and told as a `filter` event; an annotation that names none of the item's slots is told as a `skip` event.
 *
 * @example
 * pipe(darwin.read("release.zip"), selectSlots(["left", "right"]))
 */
export function selectSlots(names: readonly string[]): Transform<AnnotationFile> {
  const wanted = new Set(names)
  return async function* (input, context) {
    for await (const file of input) {
      const all = file.item.slots ?? []
      const slots = all.filter(({ slot_name: name }) => wanted.has(name))
      if (slots.length === 0) {
        context?.onEvent?.({ type: "filter", file: file.path })
        continue
      }
      const isFirst = all[0] === slots[0]
      const known = new Set(all.map(({ slot_name: name }) => name))
      const annotations = file.annotations.filter(({ slot_names: own = [] }, index) => {
        if (own.length === 0 || all.length === 1) return isFirst
        if (own.some((name) => known.has(name))) return own.some((name) => wanted.has(name))
        const reason = "the item has no slot of that name"
        context?.onEvent?.({
          type: "skip",
          file: file.path,
          place: `annotations[${index}].slot_names`,
          reason,
        })
        return false
      })
      yield { ...file, item: { ...file.item, slots }, annotations }
    }
  }
}
