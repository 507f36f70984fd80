import type { Database } from "./database.ts"
import type { ImportChecks } from "./import-checks.ts"
import type { Actor, ImportedItemProperty, ItemPropertySelection } from "./import-request.ts"

/** A selected value of an item property as it is stored. */
export interface StoredItemProperty {
  readonly propertyId: string
  readonly value: ItemPropertySelection
  readonly actors: readonly Actor[]
}

/** Types that hold one value, which a later import replaces. */
const SINGLE = new Set(["single_select", "text"])

/** Stores values of an item's properties beside those that are there; one that is there already stays once. */
export function importItemProperties(
  db: Database,
  itemId: string,
  selections: readonly ImportedItemProperty[],
  checks: ImportChecks,
): void {
  const replaced = new Set<string>()
  for (const [index, { property_id: propertyId, value, actors }] of selections.entries()) {
    const property = checks.itemProperty({ property_id: propertyId, value }, `properties.${index}`)
    if (SINGLE.has(property.type) && !replaced.has(propertyId)) {
      db.run("DELETE FROM item_properties WHERE item_id = ? AND property_id = ?", [itemId, propertyId])
      replaced.add(propertyId)
    }
    db.run(
      `INSERT INTO item_properties (item_id, property_id, value, actors) VALUES (?, ?, ?, ?)
       ON CONFLICT (item_id, property_id, value) DO UPDATE SET actors = excluded.actors`,
      [itemId, propertyId, JSON.stringify(plainSelection(value)), JSON.stringify(actors ?? [])],
    )
  }
}

function plainSelection(value: ItemPropertySelection): ItemPropertySelection {
  if (value === null) return null
  return "id" in value ? { id: value.id } : { text: value.text }
}

/** The selected values of an item's properties, in the order in which they came. */
export function listItemProperties(db: Database, itemId: string): StoredItemProperty[] {
  return db
    .all<{ property_id: string; value: string; actors: string }>(
      "SELECT property_id, value, actors FROM item_properties WHERE item_id = ? ORDER BY row",
      [itemId],
    )
    .map((row) => ({
      propertyId: row.property_id,
      value: JSON.parse(row.value),
      actors: JSON.parse(row.actors),
    }))
}
