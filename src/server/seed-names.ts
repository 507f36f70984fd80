import type { ItemPropertyValue } from "../model/annotation-file.ts"
import { notFound } from "./errors.ts"
import { isMainType } from "./store/annotation-types.ts"
import { ensureAttribute, listClasses } from "./store/classes.ts"
import type { Database } from "./store/database.ts"
import type { ImportedItemProperty } from "./store/import-request.ts"
import { ensureValue, findProperty, insertProperty, type Property } from "./store/properties.ts"
import type { NameResolver } from "./to-imported.ts"

/** Turns names into ids, and makes the properties, values and attributes that the names call for. */
export interface SeedResolver extends NameResolver {
  itemSelection(value: ItemPropertyValue): ImportedItemProperty
}

/** A resolver for seeding one dataset. */
export function createNameResolver(db: Database, teamId: number, datasetId: number): SeedResolver {
  const classes = new Map(listClasses(db, teamId).map((entry) => [`${entry.type} ${entry.name}`, entry.id]))
  const propertyId = (name: string, classId: number | null, granularity: Property["granularity"]): string =>
    findProperty(db, teamId, name, classId)?.id ??
    insertProperty(db, teamId, {
      name,
      // Files do not tell whether one value or several may be chosen; several hold both.
      type: "multi_select",
      required: false,
      granularity,
      classId,
      datasetIds: [datasetId],
    })
  return {
    classId(name, type) {
      const id = classes.get(`${type} ${name}`)
      if (id === undefined || !isMainType(type))
        throw notFound(`class ${name} of type ${type} among the seeded classes`)
      return id
    },
    attributeId: (classId, name) => ensureAttribute(db, classId, name),
    selection(classId, { name, value, frame_index: frame }) {
      const id = propertyId(name, classId, frame == null ? "annotation" : "section")
      return { propertyId: id, valueId: value == null ? undefined : ensureValue(db, id, value) }
    },
    itemSelection({ name, value, annotators, reviewers }) {
      const id = propertyId(name, null, "item")
      db.run("INSERT OR IGNORE INTO property_datasets (property_id, dataset_id) VALUES (?, ?)", [
        id,
        datasetId,
      ])
      return {
        property_id: id,
        value: value == null ? null : { id: ensureValue(db, id, value) },
        actors: [
          ...(annotators ?? []).map(({ email }) => ({ email, role: "annotator" as const })),
          ...(reviewers ?? []).map(({ email }) => ({ email, role: "reviewer" as const })),
        ],
      }
    },
  }
}
