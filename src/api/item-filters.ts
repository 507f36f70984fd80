import { OptionError } from "../errors.ts"

/** A key that items can be sorted by. */
export type ItemSortKey = "inserted_at" | "updated_at" | "file_size" | "filename" | "priority"

/**
 * Which items to list: those that match every filter given, each by any of its values. An empty list matches nothing. A
 * filter that is there but undefined is refused: leave its name out.
 */
export interface ItemFilters {
  readonly itemNames?: readonly string[]
  readonly itemIds?: readonly string[]
  /** Folders, such as `/street`. */
  readonly itemPaths?: readonly string[]
  /** Such as `new`, `annotate`, `review`, `complete`, `archived`. */
  readonly statuses?: readonly string[]
  /** Such as `image`, `video`, `dicom`, `pdf`. */
  readonly slotTypes?: readonly string[]
  /**
   * The order of the items, first key first.
   * @default that of the service
   */
  readonly sort?: Readonly<Partial<Record<ItemSortKey, "asc" | "desc">>>
  /**
   * Items asked for at a time, 1 to 500.
   * @default 500
   */
  readonly pageSize?: number
}

const lists = {
  itemNames: "item_names[]",
  statuses: "statuses[]",
  itemIds: "item_ids[]",
  slotTypes: "slot_types[]",
  itemPaths: "item_paths[]",
} as const satisfies Partial<Record<keyof ItemFilters, string>>

const sortKeys: ReadonlySet<string> = new Set<ItemSortKey>([
  "inserted_at",
  "updated_at",
  "file_size",
  "filename",
  "priority",
])

const maxPageSize = 500

/** Filters as the API takes them. */
export interface ItemQuery {
  readonly parameters: URLSearchParams
  readonly pageSize: number
  /** Whether a filter is a list without values, so that no item can match. */
  readonly matchesNothing: boolean
}

/**
 * Translates filters to the API's query, one parameter for each value: names may hold commas.
 *
 * @throws OptionError (`option`) for a filter that does not exist and for values of the wrong form: a filter that was
 * left out unseen would select items that nobody meant.
 */
export function itemQuery(filters: ItemFilters): ItemQuery {
  const parameters = new URLSearchParams()
  let matchesNothing = false
  for (const [filter, value] of Object.entries(filters)) {
    if (filter === "sort" || filter === "pageSize") continue
    const name = Object.hasOwn(lists, filter) ? lists[filter as keyof typeof lists] : undefined
    if (name === undefined) {
      throw new OptionError(
        filter,
        `is not a filter: there are ${Object.keys(lists).join(", ")}, sort and pageSize`,
      )
    }
    // Plain JavaScript may write `{ itemNames: names }` with names that it does not have: no reason to take all items.
    if (value === undefined) {
      throw new OptionError(filter, "is undefined: give a list, or leave the filter out")
    }
    if (!Array.isArray(value) || !value.every((one) => typeof one === "string")) {
      throw new OptionError(filter, "must be a list of strings")
    }
    matchesNothing ||= value.length === 0
    for (const one of value) parameters.append(name, one)
  }
  for (const [key, direction] of Object.entries(filters.sort ?? {})) {
    if (!sortKeys.has(key))
      throw new OptionError("sort", `there is no ${key}, only ${[...sortKeys].join(", ")}`)
    if (direction !== "asc" && direction !== "desc")
      throw new OptionError("sort", `${key} must be "asc" or "desc"`)
    parameters.append(`sort[${key}]`, direction)
  }
  const pageSize = filters.pageSize ?? maxPageSize
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > maxPageSize) {
    throw new OptionError("pageSize", `must be a whole number from 1 to ${maxPageSize}`)
  }
  return { parameters, pageSize, matchesNothing }
}
