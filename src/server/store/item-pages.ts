import { unprocessable } from "../errors.ts"
import type { Database, SqlValue } from "./database.ts"
import { type ItemFilters, itemCondition } from "./item-filters.ts"
import { ITEM_COLUMNS, type Item, type ItemRow, toItems } from "./items.ts"

/** One column to sort by. */
export interface SortKey {
  readonly field: SortField
  readonly direction: "asc" | "desc"
}

const SORT_COLUMNS = {
  id: "items.id",
  name: "items.name",
  filename: "items.name",
  path: "items.path",
  priority: "items.priority",
  file_size: "items.size_bytes",
  byte_size: "items.size_bytes",
  inserted_at: "items.inserted_at",
  updated_at: "items.updated_at",
} as const

/** The names of columns that items can be sorted by. */
export type SortField = keyof typeof SORT_COLUMNS

export const sortFields: readonly SortField[] = Object.keys(SORT_COLUMNS) as SortField[]

export interface PageOptions {
  readonly filters: ItemFilters
  readonly size: number
  readonly sort?: readonly SortKey[] | undefined
  /** The cursor of the page before. */
  readonly from?: string | undefined
  readonly offset?: number | undefined
}

/** A page of items and the cursor of the next, absent on the last. */
export interface ItemPage {
  readonly items: readonly Item[]
  readonly next: string | undefined
}

/**
 * One page of a team's items. A cursor holds the sort values of the last item that was given, so that pages neither
 * repeat nor miss items when others come and go in between.
 */
export function listItems(db: Database, teamId: number, options: PageOptions): ItemPage {
  const { rows, next } = pageOf<ItemRow>(db, teamId, ITEM_COLUMNS, options)
  return { items: toItems(db, rows), next }
}

/** Like {@link listItems}, but only the ids. */
export function listItemIds(db: Database, teamId: number, options: PageOptions): string[] {
  return pageOf<{ id: string }>(db, teamId, "items.id", options).rows.map((row) => row.id)
}

function pageOf<Row extends object>(
  db: Database,
  teamId: number,
  columns: string,
  options: PageOptions,
): { rows: Row[]; next: string | undefined } {
  const keys = [...(options.sort ?? []), { field: "id", direction: "asc" } as const].map((key) => ({
    column: SORT_COLUMNS[key.field],
    descending: key.direction === "desc",
  }))
  const condition = itemCondition(teamId, options.filters)
  const values: SqlValue[] = [...condition.values]
  let where = condition.sql
  if (options.from !== undefined) {
    const after = afterCursor(keys, readCursor(options.from, keys.length))
    where += ` AND (${after.sql})`
    values.push(...after.values)
  }
  const order = keys.map(({ column, descending }) => `${column} ${descending ? "DESC" : "ASC"}`).join(", ")
  const cursorColumns = keys.map(({ column }, index) => `${column} AS cursor_${index}`).join(", ")
  const rows = db.all<Row & Record<string, SqlValue>>(
    `SELECT ${columns}, ${cursorColumns} FROM items WHERE ${where} ORDER BY ${order} LIMIT ? OFFSET ?`,
    [...values, options.size + 1, options.offset ?? 0],
  )
  const more = rows.length > options.size
  if (more) rows.pop()
  const last = rows.at(-1)
  if (!more || last === undefined) return { rows, next: undefined }
  const cursor = keys.map((_, index) => last[`cursor_${index}`] ?? null)
  return { rows, next: Buffer.from(JSON.stringify(cursor)).toString("base64url") }
}

function readCursor(text: string, length: number): (string | number)[] {
  try {
    const cursor: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"))
    if (
      Array.isArray(cursor) &&
      cursor.length === length &&
      cursor.every((value) => typeof value === "string" || typeof value === "number")
    ) {
      return cursor
    }
  } catch {
    // Falls through to the one refusal below.
  }
  throw unprocessable("page[from]", "is not a cursor of this listing")
}

interface CursorKey {
  readonly column: string
  readonly descending: boolean
}

/** `a > ? OR (a = ? AND (b > ? OR …))`: directions may differ, so rows cannot be compared as tuples. */
function afterCursor(
  keys: readonly CursorKey[],
  cursor: readonly SqlValue[],
): { sql: string; values: SqlValue[] } {
  const [key, ...rest] = keys
  const [value = null, ...others] = cursor
  if (key === undefined) return { sql: "0", values: [] }
  const beyond = `${key.column} ${key.descending ? "<" : ">"} ?`
  if (rest.length === 0) return { sql: beyond, values: [value] }
  const inner = afterCursor(rest, others)
  return {
    sql: `${beyond} OR (${key.column} = ? AND (${inner.sql}))`,
    values: [value, value, ...inner.values],
  }
}
