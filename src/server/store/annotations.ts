import { newId } from "../ids.ts"
import type { StoredFrame, StoredVideo } from "../stored-annotation.ts"
import type { Database } from "./database.ts"
import { createImportChecks } from "./import-checks.ts"
import type { Actor, AnnotationProperties, ImportRequest } from "./import-request.ts"
import { importItemProperties } from "./item-properties.ts"
import type { Item } from "./items.ts"

/** An annotation as it is stored. */
export interface StoredAnnotation {
  readonly id: string
  readonly classId: number
  /** The slots it lies in, one or more. */
  readonly slotNames: readonly string[]
  readonly data: StoredFrame | StoredVideo
  readonly actors: readonly Actor[]
  readonly properties: AnnotationProperties
}

/**
 * Stores the annotations of an item. All or nothing: one that cannot be stored refuses the whole request. An id that
 * the item has already is replaced, so that a request may be repeated.
 */
export function importAnnotations(db: Database, teamId: number, item: Item, request: ImportRequest): void {
  const checks = createImportChecks(db, teamId)
  const now = Date.now()
  db.transaction(() => {
    if (request.overwrite) {
      db.run("DELETE FROM annotations WHERE item_id = ?", [item.id])
      db.run("DELETE FROM item_properties WHERE item_id = ?", [item.id])
    }
    for (const [index, annotation] of request.annotations.entries()) {
      const slotNames = checks.annotation(item, annotation, `annotations.${index}`)
      db.run(
        `INSERT INTO annotations (item_id, id, class_id, slot_names, data, actors, properties, inserted_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (item_id, id) DO UPDATE SET class_id = excluded.class_id, slot_names = excluded.slot_names,
           data = excluded.data, actors = excluded.actors, properties = excluded.properties`,
        [
          item.id,
          annotation.id ?? newId(),
          annotation.annotation_class_id,
          JSON.stringify(slotNames),
          JSON.stringify(annotation.data),
          JSON.stringify(annotation.actors ?? []),
          JSON.stringify(annotation.annotation_properties ?? {}),
          now,
        ],
      )
    }
    importItemProperties(db, item.id, request.properties ?? [], checks)
    db.run("UPDATE items SET updated_at = ? WHERE id = ?", [now, item.id])
  })
}

interface AnnotationRow {
  readonly id: string
  readonly class_id: number
  readonly slot_names: string
  readonly data: string
  readonly actors: string
  readonly properties: string
}

/** The annotations of an item, in the order in which they came. */
export function listAnnotations(db: Database, itemId: string): StoredAnnotation[] {
  return db
    .all<AnnotationRow>(
      "SELECT id, class_id, slot_names, data, actors, properties FROM annotations WHERE item_id = ? ORDER BY row",
      [itemId],
    )
    .map((row) => ({
      id: row.id,
      classId: row.class_id,
      slotNames: JSON.parse(row.slot_names),
      data: JSON.parse(row.data),
      actors: JSON.parse(row.actors),
      properties: JSON.parse(row.properties),
    }))
}
