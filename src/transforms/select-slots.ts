import type { AnnotationFile } from "../model/annotation-file.ts"
import type { Transform } from "../stream.ts"

/**
 * Keeps the slots of the given names, in the items' order, and the annotations that belong to them; an annotation that
 * names no slot belongs to the item's first one. An item without any of these slots is left out and told as a `filter`
 * event.
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
      const annotations = file.annotations.filter(({ slot_names: own = [] }) =>
        own.length === 0 ? isFirst : own.some((name) => wanted.has(name)),
      )
      yield { ...file, item: { ...file.item, slots }, annotations }
    }
  }
}
