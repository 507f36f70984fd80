import { createHash } from "node:crypto"
import type { Annotation } from "../../model/annotation.ts"

/** The name space of the ids that are derived here (RFC 9562, 5.5). */
const nameSpace = Buffer.from("5f0c6fd2a8d24f4c9d1b7a3e6c2f9e41", "hex")

/**
 * Gives every annotation of one file an id: its own, or where it has none, or several have the same and it is not the first of
 * these by content, a UUIDv5 of dataset, item and content. The same file so gives the same ids each time, in whatever order its
 * annotations stand, and an import that is repeated adds nothing. Of annotations that are equal in all things each has its own id.
 *
 * @param scope What names the dataset and the item.
 */
export function createAnnotationIds(
  scope: string,
  annotations: readonly Annotation[],
): (annotation: Annotation) => string {
  const holders = holdersOf(annotations)
  const taken = new Set<string>()
  return (annotation) => {
    const { id = "" } = annotation
    const holder = holders.get(id)
    if (id !== "" && !taken.has(id) && (holder === undefined || holder === contentOf(annotation))) {
      taken.add(id)
      return id
    }
    const text = contentOf(annotation)
    for (let copy = 0; ; copy++) {
      const derived = uuid5(JSON.stringify([scope, text, copy]))
      if (taken.has(derived)) continue
      taken.add(derived)
      return derived
    }
  }
}

/** Of ids that several annotations have: the content of the one that keeps it. */
function holdersOf(annotations: readonly Annotation[]): ReadonlyMap<string, string> {
  const met = new Set<string>()
  const shared = new Set<string>()
  for (const { id } of annotations) {
    if (id === undefined || id === "") continue
    if (met.has(id)) shared.add(id)
    met.add(id)
  }
  const holders = new Map<string, string>()
  for (const annotation of annotations) {
    const { id = "" } = annotation
    if (!shared.has(id)) continue
    const content = contentOf(annotation)
    const first = holders.get(id)
    if (first === undefined || content < first) holders.set(id, content)
  }
  return holders
}

function contentOf({ id: _, ...content }: Annotation): string {
  return JSON.stringify(content)
}

function uuid5(name: string): string {
  const digest = createHash("sha1").update(nameSpace).update(name).digest()
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80
  const hex = digest.toString("hex")
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    "-",
  )
}
