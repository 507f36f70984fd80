import { isError } from "../errors.ts"
import type { Context } from "../stream.ts"
import type { DatasetItem } from "./dataset-item.ts"
import { fetchItems } from "./items.ts"
import type { Session } from "./session.ts"

/** What is asked for in one request: servers and proxies refuse addresses of 8,192 characters and more. */
const maxAddressCharacters = 6_000
const maxValuesPerRequest = 100

/** The address without the values: host, path, the other parameters, and a cursor from the second page on. */
const addressWithoutValues = 700

const pageSize = 500

/**
 * Looks items up by full path, folder and name: `/street/kerb.jpg`, or `/kerb.jpg` in the root. Names are asked for in
 * batches that are bounded in number and length, and compared here, character by character.
 *
 * The map holds every path that was asked for, as it was given, in that order: with no items where there is none, and
 * with several where an item stands beside archived ones of the same path. Archived items are found like all others. A
 * leading slash may be missing, as in Darwin's own lists.
 *
 * It holds what is asked for and what is found, so callers with many paths call it with some hundred at a time.
 *
 * @throws PayloadTooLarge (`payload-too-large`) when the server takes not even one name, and whatever Http throws.
 *
 * @example
 * const found = await findItems(dataset.session, dataset.id, ["/street/kerb.jpg"])
 * console.log(found.get("/street/kerb.jpg")?.[0]?.id)
 */
export async function findItems(
  session: Session,
  datasetId: number,
  fullPaths: readonly string[],
  context: Context = {},
): Promise<Map<string, DatasetItem[]>> {
  const found = new Map<string, DatasetItem[]>()
  const byPath = new Map<string, Map<string, DatasetItem>>()
  const names = new Set<string>()
  for (const fullPath of fullPaths) {
    // What ends in a slash is a folder.
    if (fullPath.endsWith("/")) continue
    byPath.set(normalPath(fullPath), new Map())
    names.add(fullPath.slice(fullPath.lastIndexOf("/") + 1))
  }
  names.delete("")
  for await (const item of fetchItemsBy(session, datasetId, "item_names[]", [...names], context)) {
    byPath.get(fullPathOf(item))?.set(item.id, item)
  }
  for (const fullPath of fullPaths) {
    const items = fullPath.endsWith("/") ? undefined : byPath.get(normalPath(fullPath))
    found.set(fullPath, [...(items?.values() ?? [])])
  }
  return found
}

/** Where an item stands in its dataset: its folder and its name, with a leading slash. */
export function fullPathOf({ path, name }: Pick<DatasetItem, "path" | "name">): string {
  return normalPath(`${path}/${name}`)
}

/**
 * The items that match any value of a filter, asked for in bounded batches. An item may come more than once, and a server
 * that knows the filter otherwise may give items that were not meant: the caller compares.
 */
export async function* fetchItemsBy(
  session: Session,
  datasetId: number,
  filter: "item_names[]" | "item_ids[]",
  values: readonly string[],
  context: Context,
): AsyncGenerator<DatasetItem, void, undefined> {
  // Where a server takes less than we thought, it is not asked for more a second time.
  let characters = maxAddressCharacters - addressWithoutValues - session.apiEndpoint.length
  let count = maxValuesPerRequest
  for (let from = 0; from < values.length; ) {
    const batch = batchOf(values, from, filter, { characters, count })
    const query = queryOf(filter, batch)
    try {
      yield* fetchItems(session, datasetId, query, pageSize, context)
      from += batch.length
    } catch (error) {
      if (!isError(error, "payload-too-large") || batch.length === 1) throw error
      count = Math.ceil(batch.length / 2)
      characters = Math.ceil(query.toString().length / 2)
    }
  }
}

function batchOf(
  values: readonly string[],
  from: number,
  filter: string,
  most: { readonly characters: number; readonly count: number },
): readonly string[] {
  let characters = 0
  let to = from
  while (to < values.length && to - from < most.count) {
    characters += queryOf(filter, values.slice(to, to + 1)).toString().length + 1
    // One value must pass, however long it is.
    if (to > from && characters > most.characters) break
    to++
  }
  return values.slice(from, to)
}

function queryOf(filter: string, values: readonly string[]): URLSearchParams {
  return new URLSearchParams(values.map((value): [string, string] => [filter, value]))
}

/** With one leading slash, none at the end, no empty parts. */
function normalPath(path: string): string {
  return `/${path
    .split("/")
    .filter((part) => part !== "")
    .join("/")}`
}
