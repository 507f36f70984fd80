import { z } from "zod"

import { unprocessable } from "./errors.ts"
import type { ItemFilters } from "./store/item-filters.ts"
import { type SortField, type SortKey, sortFields } from "./store/item-pages.ts"

const MAX_PAGE_SIZE = 1000

const manyValues = z.union([z.string(), z.array(z.string())]).optional()

const filterKeys = [
  "dataset_ids",
  "item_ids",
  "item_names",
  "item_paths",
  "statuses",
  "slot_types",
  "workflow_stage_ids",
  "annotation_class_ids",
] as const

type FilterKey = (typeof filterKeys)[number]

/** In lists without brackets commas separate values; a name or path may hold commas itself and is tried whole, too. */
const MAY_HOLD_COMMAS: readonly FilterKey[] = ["item_names", "item_paths"]

type FilterQueryShape = Record<FilterKey | `${FilterKey}[]`, typeof manyValues>
type SortQueryShape = Record<`sort[${SortField}]`, z.ZodOptional<z.ZodEnum<{ asc: "asc"; desc: "desc" }>>>

function shapeOf<Key extends string, Value>(keys: readonly Key[], value: Value): Record<Key, Value> {
  return Object.fromEntries(keys.map((key) => [key, value])) as Record<Key, Value>
}

const filterShape: FilterQueryShape = {
  ...shapeOf(filterKeys, manyValues),
  ...shapeOf(
    filterKeys.map((key) => `${key}[]` as const),
    manyValues,
  ),
}

const sortShape: SortQueryShape = shapeOf(
  sortFields.map((field) => `sort[${field}]` as const),
  z.enum(["asc", "desc"]).optional(),
)

const flag = z.enum(["true", "false"]).optional()

/** The query of item listings, as it is sent. */
export type ItemQuery = {
  readonly [Key in FilterKey | `${FilterKey}[]`]?: string | string[] | undefined
} & { readonly [Key in `sort[${SortField}]`]?: "asc" | "desc" | undefined } & {
  readonly "page[size]"?: number | undefined
  readonly "page[from]"?: string | undefined
  readonly "page[offset]"?: number | undefined
  readonly include_workflow_data?: "true" | "false" | undefined
}

/** The query of item listings. Strict: a filter that is not known is refused, since an ignored one would mean "all". */
export const itemQuery: z.ZodType<ItemQuery> = z.strictObject({
  ...filterShape,
  ...sortShape,
  "page[size]": z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).optional(),
  "page[from]": z.string().optional(),
  "page[offset]": z.coerce.number().int().min(0).optional(),
  include_workflow_data: flag,
})

/** Reads the filters of a query: `key[]=value` once for each value, or `key=value,value`. */
export function filtersOfQuery(query: ItemQuery): ItemFilters {
  const read = (key: FilterKey): string[] | undefined => {
    const scalars = listOf(query[key])
    const listed = listOf(query[`${key}[]`])
    if (scalars === undefined && listed === undefined) return undefined
    const split = (scalars ?? []).flatMap((scalar) =>
      MAY_HOLD_COMMAS.includes(key) ? [scalar, ...scalar.split(",")] : scalar.split(","),
    )
    return [...(listed ?? []), ...split.filter((value) => value !== "")]
  }
  const datasets = read("dataset_ids")
  return {
    dataset_ids: datasets?.includes("all") ? "all" : integers(datasets, "dataset_ids"),
    item_ids: read("item_ids"),
    item_names: read("item_names"),
    item_paths: read("item_paths"),
    statuses: read("statuses"),
    slot_types: read("slot_types"),
    workflow_stage_ids: read("workflow_stage_ids"),
    annotation_class_ids: integers(read("annotation_class_ids"), "annotation_class_ids"),
  }
}

/** Reads the order of a query: the keys in the order in which they stand in the address. */
export function sortOfQuery(query: ItemQuery, url: string): SortKey[] {
  const keys = [...new URLSearchParams(url.slice(url.indexOf("?") + 1)).keys()]
  return sortFields
    .flatMap((field) => {
      const direction = query[`sort[${field}]`]
      return direction === undefined ? [] : [{ field, direction }]
    })
    .sort((left, right) => keys.indexOf(`sort[${left.field}]`) - keys.indexOf(`sort[${right.field}]`))
}

function listOf(value: string | string[] | undefined): string[] | undefined {
  return value === undefined || Array.isArray(value) ? value : [value]
}

function integers(values: readonly string[] | undefined, key: string): number[] | undefined {
  return values?.map((value) => {
    if (!/^\d+$/.test(value)) throw unprocessable(key, `${value} is not an id`)
    return Number(value)
  })
}

const ids = z.array(z.coerce.number().int())
const texts = z.array(z.string())

const filterFields = z.strictObject({
  dataset_ids: z.union([ids, z.literal("all")]).optional(),
  item_ids: texts.optional(),
  item_names: texts.optional(),
  item_paths: texts.optional(),
  statuses: texts.optional(),
  slot_types: texts.optional(),
  workflow_stage_ids: texts.optional(),
  annotation_class_ids: ids.optional(),
})

/** The filters of a body. Strict for the same reason. */
export const itemFilters: z.ZodType<ItemFilters> = filterFields

/** The filters of a body about one dataset. */
export const datasetItemFilters: z.ZodType<ItemFilters> = filterFields.omit({ dataset_ids: true })
