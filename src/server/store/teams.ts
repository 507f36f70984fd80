import { nameTaken, unprocessable } from "../errors.ts"
import { newApiKey } from "../ids.ts"
import { insertClass } from "./classes.ts"
import type { Database } from "./database.ts"
import { slugOf } from "./slug.ts"

/** A team and the key that opens it. */
export interface Team {
  readonly id: number
  readonly slug: string
  readonly name: string
  readonly api_key: string
}

/** A person of a team. */
export interface Member {
  readonly id: number
  readonly team_id: number
  readonly email: string
  readonly first_name: string
  readonly last_name: string
  readonly role: string
}

/** The class that holds the pixels of all masks; every team has it from the start. */
export const RASTER_LAYER_CLASS = "__raster_layer__"

export interface AddTeamOptions {
  /** @default a new one */
  readonly apiKey?: string | undefined
}

/** Makes a team with its first member and the raster layer class. */
export function addTeam(db: Database, name: string, options: AddTeamOptions = {}): Team {
  const slug = slugOf(name)
  if (slug === "") throw unprocessable("name", "needs a letter or a digit")
  if (findTeam(db, slug) !== undefined) throw nameTaken()
  const apiKey = options.apiKey ?? newApiKey()
  return db.transaction(() => {
    const { rowId } = db.run("INSERT INTO teams (slug, name, api_key) VALUES (?, ?, ?)", [slug, name, apiKey])
    db.run(
      "INSERT INTO members (team_id, email, first_name, last_name, role) VALUES (?, ?, 'Team', 'Owner', 'owner')",
      [rowId, `owner@${slug}.example`],
    )
    insertClass(db, rowId, { name: RASTER_LAYER_CLASS, annotationTypes: ["raster_layer"], datasetIds: [] })
    return { id: rowId, slug, name, api_key: apiKey }
  })
}

export function findTeam(db: Database, slug: string): Team | undefined {
  return db.one<Team>("SELECT id, slug, name, api_key FROM teams WHERE slug = ?", [slug])
}

export function findTeamByKey(db: Database, apiKey: string): Team | undefined {
  return db.one<Team>("SELECT id, slug, name, api_key FROM teams WHERE api_key = ?", [apiKey])
}

export function setApiKey(db: Database, teamId: number, apiKey: string): void {
  db.run("UPDATE teams SET api_key = ? WHERE id = ?", [apiKey, teamId])
}

export function listMembers(db: Database, teamId: number): Member[] {
  return db.all<Member>(
    "SELECT id, team_id, email, first_name, last_name, role FROM members WHERE team_id = ? ORDER BY id",
    [teamId],
  )
}

/** Adds a person if the team does not know the address yet. */
export function ensureMember(db: Database, teamId: number, email: string, fullName: string): void {
  const [first = "", ...rest] = fullName.split(" ")
  db.run(
    "INSERT OR IGNORE INTO members (team_id, email, first_name, last_name, role) VALUES (?, ?, ?, ?, 'annotator')",
    [teamId, email, first, rest.join(" ")],
  )
}
