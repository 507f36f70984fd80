import { nameTaken, notFound, unprocessable } from "../errors.ts"
import { newId } from "../ids.ts"
import type { Database } from "./database.ts"
import { slugOf } from "./slug.ts"

/** A value that can be selected. */
export interface PropertyValue {
  readonly id: string
  readonly value: string | null
  readonly color: string
  readonly position: number
}

/** When a nested property is asked for. */
export type TriggerCondition =
  | { readonly type: "any_value" }
  | { readonly type: "value_match"; readonly property_value_ids: readonly string[] }

/** A property of the annotations of a class, or of items. */
export interface Property {
  readonly id: string
  readonly teamId: number
  readonly name: string
  readonly slug: string
  readonly type: string
  readonly required: boolean
  readonly granularity: "section" | "annotation" | "item"
  readonly description: string | null
  readonly classId: number | null
  readonly parentId: string | null
  readonly trigger: TriggerCondition | null
  readonly position: number
  readonly datasetIds: readonly number[]
  readonly values: readonly PropertyValue[]
}

export interface PropertyInput {
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly granularity: Property["granularity"]
  readonly description?: string | null | undefined
  readonly classId?: number | null | undefined
  readonly parentId?: string | null | undefined
  readonly trigger?: TriggerCondition | null | undefined
  readonly datasetIds?: readonly number[] | undefined
  readonly values?:
    | readonly { readonly value: string | null; readonly color?: string | undefined }[]
    | undefined
}

interface PropertyRow {
  readonly id: string
  readonly team_id: number
  readonly name: string
  readonly slug: string
  readonly type: string
  readonly required: number
  readonly granularity: Property["granularity"]
  readonly description: string | null
  readonly class_id: number | null
  readonly parent_id: string | null
  readonly trigger_condition: string | null
  readonly position: number
  readonly dataset_ids: string
  readonly property_values: string
}

const SELECT = `SELECT properties.*,
    (SELECT json_group_array(dataset_id) FROM property_datasets WHERE property_id = properties.id) AS dataset_ids,
    (SELECT json_group_array(json_object('id', id, 'value', value, 'color', color, 'position', position))
     FROM (SELECT * FROM property_values WHERE property_id = properties.id ORDER BY position)) AS property_values
  FROM properties`

function toProperty(row: PropertyRow): Property {
  return {
    id: row.id,
    teamId: row.team_id,
    name: row.name,
    slug: row.slug,
    type: row.type,
    required: row.required === 1,
    granularity: row.granularity,
    description: row.description,
    classId: row.class_id,
    parentId: row.parent_id,
    trigger: row.trigger_condition === null ? null : JSON.parse(row.trigger_condition),
    position: row.position,
    datasetIds: JSON.parse(row.dataset_ids),
    values: JSON.parse(row.property_values),
  }
}

export function listProperties(db: Database, teamId: number): Property[] {
  return db.all<PropertyRow>(`${SELECT} WHERE team_id = ? ORDER BY position`, [teamId]).map(toProperty)
}

export function getProperty(db: Database, teamId: number, id: string): Property {
  const row = db.one<PropertyRow>(`${SELECT} WHERE team_id = ? AND id = ?`, [teamId, id])
  if (row === undefined) throw notFound(`property ${id}`)
  return toProperty(row)
}

/** Finds a property by what identifies it: its name and class, for items the name alone. */
export function findProperty(
  db: Database,
  teamId: number,
  name: string,
  classId: number | null,
): Property | undefined {
  const row = db.one<PropertyRow>(`${SELECT} WHERE team_id = ? AND name = ? AND class_id IS ?`, [
    teamId,
    name,
    classId,
  ])
  return row === undefined ? undefined : toProperty(row)
}

/** Adds a property and returns its id. */
export function insertProperty(db: Database, teamId: number, input: PropertyInput): string {
  const classId = input.granularity === "item" ? null : (input.classId ?? null)
  if (input.granularity !== "item") {
    if (classId === null) throw unprocessable("annotation_class_id", "can't be blank")
    if (db.one("SELECT 1 FROM classes WHERE id = ? AND team_id = ?", [classId, teamId]) === undefined) {
      throw unprocessable("annotation_class_id", `${classId} is not a class of this team`)
    }
  }
  if (input.name.trim() === "") throw unprocessable("name", "can't be blank")
  if (findProperty(db, teamId, input.name, classId) !== undefined) throw nameTaken()
  const parentId = input.parentId ?? null
  const trigger = input.trigger ?? null
  if ((parentId === null) !== (trigger === null)) {
    throw unprocessable("trigger_condition", "goes together with parent_property_id")
  }
  if (parentId !== null) checkParent(getProperty(db, teamId, parentId), classId, trigger)
  const id = newId()
  return db.transaction(() => {
    db.run(
      `INSERT INTO properties (id, team_id, name, slug, type, required, granularity, description, class_id, parent_id,
         trigger_condition, position)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT count(*) FROM properties))`,
      [
        id,
        teamId,
        input.name,
        slugOf(input.name),
        input.type,
        input.required ? 1 : 0,
        input.granularity,
        input.description ?? null,
        classId,
        parentId,
        trigger === null ? null : JSON.stringify(trigger),
      ],
    )
    for (const value of input.values ?? []) ensureValue(db, id, value.value, value.color)
    setDatasets(db, teamId, id, input.datasetIds ?? [])
    return id
  })
}

function checkParent(parent: Property, classId: number | null, trigger: TriggerCondition | null): void {
  if (parent.classId !== classId) throw unprocessable("parent_property_id", "belongs to another class")
  if (trigger?.type !== "value_match") return
  const unknown = trigger.property_value_ids.find((id) => !parent.values.some((value) => value.id === id))
  if (unknown !== undefined)
    throw unprocessable("trigger_condition", `${unknown} is not a value of the parent`)
}

export interface PropertyChanges {
  readonly name?: string | undefined
  readonly type?: string | undefined
  readonly required?: boolean | undefined
  readonly description?: string | null | undefined
  readonly datasetIds?: PropertyInput["datasetIds"]
  readonly values?: PropertyInput["values"]
}

/** Changes what is given; values are added to those that are there. */
export function updateProperty(db: Database, teamId: number, id: string, changes: PropertyChanges): void {
  const current = getProperty(db, teamId, id)
  const name = changes.name ?? current.name
  if (name !== current.name && findProperty(db, teamId, name, current.classId) !== undefined)
    throw nameTaken()
  db.transaction(() => {
    db.run("UPDATE properties SET name = ?, slug = ?, type = ?, required = ?, description = ? WHERE id = ?", [
      name,
      slugOf(name),
      changes.type ?? current.type,
      (changes.required ?? current.required) ? 1 : 0,
      changes.description === undefined ? current.description : changes.description,
      id,
    ])
    for (const value of changes.values ?? []) ensureValue(db, id, value.value, value.color)
    if (changes.datasetIds !== undefined) setDatasets(db, teamId, id, changes.datasetIds)
  })
}

/** The id of a property's value, added if it is new. */
export function ensureValue(db: Database, propertyId: string, value: string | null, color = "auto"): string {
  const sql = "SELECT id FROM property_values WHERE property_id = ? AND value IS ?"
  const row = db.one<{ id: string }>(sql, [propertyId, value])
  if (row !== undefined) return row.id
  const id = newId()
  db.run(
    `INSERT INTO property_values (id, property_id, value, color, position)
     VALUES (?, ?, ?, ?, (SELECT count(*) FROM property_values WHERE property_id = ?))`,
    [id, propertyId, value, color, propertyId],
  )
  return id
}

/** Changes one value of a property. */
export function updateValue(
  db: Database,
  propertyId: string,
  valueId: string,
  changes: { readonly value?: string | null | undefined; readonly color?: string | undefined },
): void {
  const { changes: count } = db.run(
    "UPDATE property_values SET value = CASE WHEN ? THEN ? ELSE value END, color = coalesce(?, color) WHERE property_id = ? AND id = ?",
    [changes.value === undefined ? 0 : 1, changes.value ?? null, changes.color ?? null, propertyId, valueId],
  )
  if (count === 0) throw notFound(`property value ${valueId}`)
}

/** Deletes a property; selections of it in annotations are left out of later releases. */
export function deleteProperty(db: Database, teamId: number, id: string): void {
  getProperty(db, teamId, id)
  if (db.one("SELECT 1 FROM properties WHERE parent_id = ?", [id]) !== undefined) {
    throw unprocessable("id", "other properties are nested in this one")
  }
  db.run("DELETE FROM properties WHERE id = ?", [id])
}

function setDatasets(db: Database, teamId: number, propertyId: string, datasetIds: readonly number[]): void {
  db.run("DELETE FROM property_datasets WHERE property_id = ?", [propertyId])
  for (const datasetId of new Set(datasetIds)) {
    const owned = db.one("SELECT 1 FROM datasets WHERE id = ? AND team_id = ?", [datasetId, teamId])
    if (owned === undefined) throw unprocessable("dataset_ids", `${datasetId} is not a dataset of this team`)
    db.run("INSERT INTO property_datasets (property_id, dataset_id) VALUES (?, ?)", [propertyId, datasetId])
  }
}
