import type { DatasetHandle } from "../../api/session.ts"
import { fetchUploads, type ItemUploads, maxFetchedUploads } from "../../api/uploads.ts"
import type { OpenContext } from "../../stream.ts"

/** What the service says of an item that it should have. */
export type Found =
  | { readonly state: "found"; readonly uploads: ItemUploads }
  | { readonly state: "gone" }
  /** There is no id to ask by. */
  | { readonly state: "unknown" }
  | { readonly state: "failed"; readonly error: unknown }

/** Asks the service how far the uploads of items have come, in as few calls as can be. What fails is told item by item. */
export async function lookUp<T>(
  dataset: DatasetHandle,
  all: readonly T[],
  idOf: (one: T) => string | null | undefined,
  context: OpenContext,
): Promise<(readonly [one: T, found: Found])[]> {
  const answers: (readonly [T, Found])[] = []
  const named: (readonly [id: string, one: T])[] = []
  for (const one of all) {
    const id = idOf(one)
    if (typeof id === "string") named.push([id, one])
    else answers.push([one, { state: "unknown" }])
  }
  for (let from = 0; from < named.length; from += maxFetchedUploads) {
    const some = named.slice(from, from + maxFetchedUploads)
    try {
      const ids = some.map(([id]) => id)
      const found = await fetchUploads(dataset, ids, context)
      for (const [id, one] of some) {
        const uploads = found.get(id)
        answers.push([one, uploads === undefined ? { state: "gone" } : { state: "found", uploads }])
      }
    } catch (error) {
      if (context.signal.aborted) throw error
      for (const [, one] of some) answers.push([one, { state: "failed", error }])
    }
  }
  return answers
}
