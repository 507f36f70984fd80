import type { MainType } from "./store/annotation-types.ts"
import { type AnnotationClass, listClasses, listTeamAttributes } from "./store/classes.ts"
import type { Database } from "./store/database.ts"
import { listProperties, type Property } from "./store/properties.ts"
import { listMembers } from "./store/teams.ts"

/** What a release needs to turn ids into names: all definitions of a team, which are few beside its items. */
export interface ClassLookup {
  readonly classes: ReadonlyMap<number, AnnotationClass>
  readonly attributes: ReadonlyMap<number, string>
  readonly properties: ReadonlyMap<string, Property>
  readonly fullNames: ReadonlyMap<string, string>
}

/** Reads the definitions of a team. */
export function readClassLookup(db: Database, teamId: number): ClassLookup {
  return {
    classes: new Map(listClasses(db, teamId).map((entry) => [entry.id, entry])),
    attributes: new Map(listTeamAttributes(db, teamId).map((entry) => [entry.id, entry.name])),
    properties: new Map(listProperties(db, teamId).map((entry) => [entry.id, entry])),
    fullNames: new Map(
      listMembers(db, teamId).map((member) => [
        member.email,
        `${member.first_name} ${member.last_name}`.trim(),
      ]),
    ),
  }
}

/** The name and shape of a class, which is there as long as annotations of it are. */
export function classOf(lookup: ClassLookup, id: number): { readonly name: string; readonly type: MainType } {
  const found = lookup.classes.get(id)
  if (found === undefined) throw new Error(`annotation class ${id} is not in the database`)
  return found
}
