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

/** Items by what they were asked for by: its values as they were given, in that order, each with the items found. */
export type FoundItems = Map<string, DatasetItem[]>

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
export function findItems(
  session: Session,
  datasetId: number,
  fullPaths: readonly string[],
  context: Context = {},
): Promise<FoundItems> {
  // What ends in a slash is a folder.
  const paths = fullPaths.filter((path) => !path.endsWith("/"))
  const names = new Set(paths.map((path) => path.slice(path.lastIndexOf("/") + 1)))
  names.delete("")
  const items = fetchItemsBy(session, datasetId, "item_names[]", [...names], context)
  return group(items, fullPaths, fullPathOf, (path) => (path.endsWith("/") ? undefined : normalPath(path)))
}

/** The same by name alone, in whatever folders. */
export function findItemsByName(
  session: Session,
  datasetId: number,
  names: readonly string[],
  context: Context = {},
): Promise<FoundItems> {
  const items = fetchItemsBy(session, datasetId, "item_names[]", [...new Set(names)], context)
  return group(items, names, ({ name }) => name)
}

/** The same by id. */
export function findItemsById(
  session: Session,
  datasetId: number,
  ids: readonly string[],
  context: Context = {},
): Promise<FoundItems> {
  const items = fetchItemsBy(session, datasetId, "item_ids[]", [...new Set(ids)], context)
  return group(items, ids, ({ id }) => id)
}

async function group(
  items: AsyncIterable<DatasetItem>,
  wanted: readonly string[],
  keyOf: (item: DatasetItem) => string,
  keyOfWanted: (value: string) => string | undefined = (value) => value,
): Promise<FoundItems> {
  const byKey = new Map<string | undefined, Map<string, DatasetItem>>(
    wanted.map((value) => [keyOfWanted(value), new Map()]),
  )
  byKey.delete(undefined)
  // By id, since a page may come again when a batch had to be halved.
  for await (const item of items) byKey.get(keyOf(item))?.set(item.id, item)
  return new Map(wanted.map((value) => [value, [...(byKey.get(keyOfWanted(value))?.values() ?? [])]]))
}

/** Where an item stands in its dataset: its folder and its name, with a leading slash. */
export function fullPathOf({ path, name }: Pick<DatasetItem, "path" | "name">): string {
  return normalPath(`${path}/${name}`)
}

/**
 * The items that match any value of a filter, asked for in bounded batches. An item may come more than once, and a server
 * that knows the filter otherwise may give items that were not meant: the caller compares.
 */
async function* fetchItemsBy(
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
      for await (const item of fetchItems(session, datasetId, query, pageSize, context)) {
        if (item.dataset_id === datasetId) yield item
      }
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
export function normalPath(path: string): string {
  return `/${path
    .split("/")
    .filter((part) => part !== "")
    .join("/")}`
}
