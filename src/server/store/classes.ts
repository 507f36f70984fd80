import { ApiError, notFound, unprocessable } from "../errors.ts"
import { annotationTypes, isMainType, type MainType } from "./annotation-types.ts"
import type { Database } from "./database.ts"

/** An annotation class of a team. */
export interface AnnotationClass {
  readonly id: number
  readonly teamId: number
  readonly name: string
  /** Its shape. */
  readonly type: MainType
  /** The shape first, then the sub-types. */
  readonly annotationTypes: readonly string[]
  readonly description: string | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly datasetIds: readonly number[]
  readonly insertedAt: number
  readonly updatedAt: number
}

export interface NewClass {
  readonly name: string
  readonly annotationTypes: readonly string[]
  readonly datasetIds: readonly number[]
  readonly description?: string | null | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

export interface ClassChanges {
  readonly name?: string | undefined
  readonly annotationTypes?: readonly string[] | undefined
  readonly datasetIds?: readonly number[] | undefined
  readonly description?: string | null | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

interface ClassRow {
  readonly id: number
  readonly team_id: number
  readonly name: string
  readonly type: MainType
  readonly annotation_types: string
  readonly description: string | null
  readonly metadata: string
  readonly inserted_at: number
  readonly updated_at: number
  readonly dataset_ids: string
}

const SELECT = `SELECT classes.*, (
    SELECT json_group_array(dataset_id) FROM class_datasets WHERE class_id = classes.id) AS dataset_ids
  FROM classes`

function toClass(row: ClassRow): AnnotationClass {
  return {
    id: row.id,
    teamId: row.team_id,
    name: row.name,
    type: row.type,
    annotationTypes: JSON.parse(row.annotation_types),
    description: row.description,
    metadata: JSON.parse(row.metadata),
    datasetIds: JSON.parse(row.dataset_ids),
    insertedAt: row.inserted_at,
    updatedAt: row.updated_at,
  }
}

export function listClasses(db: Database, teamId: number): AnnotationClass[] {
  return db.all<ClassRow>(`${SELECT} WHERE team_id = ? ORDER BY id`, [teamId]).map(toClass)
}

export function getClass(db: Database, teamId: number, id: number): AnnotationClass {
  const row = db.one<ClassRow>(`${SELECT} WHERE team_id = ? AND id = ?`, [teamId, id])
  if (row === undefined) throw notFound(`annotation class ${id}`)
  return toClass(row)
}

/** The names of types for their ids. */
export function typeNames(ids: readonly number[]): string[] {
  return ids.map((id) => {
    const type = annotationTypes.find((candidate) => candidate.id === id)
    if (type === undefined) throw unprocessable("annotation_type_ids", `${id} is not an annotation type`)
    return type.name
  })
}

function mainTypeOf(types: readonly string[]): MainType {
  const main = types.filter(isMainType)
  const [first] = main
  if (first === undefined || main.length > 1) {
    throw unprocessable("annotation_types", "must hold exactly one main type")
  }
  const unknown = types.find((name) => !annotationTypes.some((type) => type.name === name))
  if (unknown !== undefined) throw unprocessable("annotation_types", `${unknown} is not an annotation type`)
  return first
}

function mainFirst(types: readonly string[], main: MainType): string {
  return JSON.stringify([main, ...types.filter((name) => name !== main)])
}

/** Adds a class and returns its id. */
export function insertClass(db: Database, teamId: number, input: NewClass): number {
  const name = input.name.trim()
  if (name === "") throw unprocessable("name", "can't be blank")
  const type = mainTypeOf(input.annotationTypes)
  refuseTwin(db, teamId, name, type, 0)
  const now = Date.now()
  return db.transaction(() => {
    const { rowId } = db.run(
      `INSERT INTO classes (team_id, name, type, annotation_types, description, metadata, inserted_at, updated_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        teamId,
        name,
        type,
        mainFirst(input.annotationTypes, type),
        input.description ?? null,
        JSON.stringify({ _color: "auto", ...input.metadata }),
        now,
        now,
      ],
    )
    setDatasets(db, teamId, rowId, input.datasetIds)
    return rowId
  })
}

/** Changes what is given and leaves the rest. */
export function updateClass(db: Database, teamId: number, id: number, changes: ClassChanges): void {
  const current = getClass(db, teamId, id)
  const name = changes.name?.trim() ?? current.name
  const types = changes.annotationTypes ?? current.annotationTypes
  const type = mainTypeOf(types)
  if (type !== current.type) throw unprocessable("annotation_types", "the main type of a class cannot change")
  refuseTwin(db, teamId, name, type, id)
  db.transaction(() => {
    db.run(
      "UPDATE classes SET name = ?, annotation_types = ?, description = ?, metadata = ?, updated_at = ? WHERE id = ?",
      [
        name,
        mainFirst(types, type),
        changes.description === undefined ? current.description : changes.description,
        JSON.stringify({ ...current.metadata, ...changes.metadata }),
        Date.now(),
        id,
      ],
    )
    if (changes.datasetIds !== undefined) setDatasets(db, teamId, id, changes.datasetIds)
  })
}

function refuseTwin(db: Database, teamId: number, name: string, type: MainType, except: number): void {
  const sql = "SELECT id FROM classes WHERE team_id = ? AND name = ? AND type = ? AND id <> ?"
  if (db.one(sql, [teamId, name, type, except]) !== undefined) {
    throw new ApiError(422, { name: [`a class ${name} of type ${type} already exists`] })
  }
}

function setDatasets(db: Database, teamId: number, classId: number, datasetIds: readonly number[]): void {
  db.run("DELETE FROM class_datasets WHERE class_id = ?", [classId])
  for (const datasetId of new Set(datasetIds)) {
    const owned = db.one("SELECT 1 FROM datasets WHERE id = ? AND team_id = ?", [datasetId, teamId])
    if (owned === undefined) throw unprocessable("datasets", `${datasetId} is not a dataset of this team`)
    db.run("INSERT INTO class_datasets (class_id, dataset_id) VALUES (?, ?)", [classId, datasetId])
  }
}

/** An attribute of a class. */
export interface Attribute {
  readonly id: number
  readonly class_id: number
  readonly name: string
}

/** The attributes of the classes that are switched on for a dataset. */
export function listAttributes(db: Database, datasetId: number): Attribute[] {
  return db.all<Attribute>(
    `SELECT attributes.id, attributes.class_id, attributes.name FROM attributes
     JOIN class_datasets USING (class_id) WHERE dataset_id = ? ORDER BY attributes.id`,
    [datasetId],
  )
}

/** The attributes of all classes of a team. */
export function listTeamAttributes(db: Database, teamId: number): Attribute[] {
  return db.all<Attribute>(
    `SELECT attributes.id, class_id, attributes.name FROM attributes
     JOIN classes ON classes.id = class_id WHERE team_id = ?`,
    [teamId],
  )
}

/** Whether a class has the attribute of that id. */
export function hasAttribute(db: Database, classId: number, id: number): boolean {
  return db.one("SELECT 1 FROM attributes WHERE class_id = ? AND id = ?", [classId, id]) !== undefined
}

/** The id of a class's attribute, added if it is new. */
export function ensureAttribute(db: Database, classId: number, name: string): number {
  const row = db.one<{ id: number }>("SELECT id FROM attributes WHERE class_id = ? AND name = ?", [
    classId,
    name,
  ])
  if (row !== undefined) return row.id
  return db.run("INSERT INTO attributes (class_id, name) VALUES (?, ?)", [classId, name]).rowId
}
