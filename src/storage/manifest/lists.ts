import type Database from "libsql"
import type { GatheredNotes } from "../gathered-notes.ts"

/** What an address gave in place of a file: the addresses of several files. */
export interface KnownList {
  /** The address that gave it, as in `KnownFile`. */
  readonly source: string
  /** Where the files stand, in the order of the list. */
  readonly files: readonly string[]
}

/** Which files stand for one. */
export interface ListNotes {
  /** The files that stand for one whose address gave a list. */
  knownList(path: string): KnownList | undefined
  /**
   * Notes that an address gave a list, so that there will be no file at `path`, or undefined: that there will be one. To be
   * called before the list's files are fetched.
   */
  recordList(path: string, list: KnownList | undefined): void
}

export const listSchema = `
  create table if not exists lists (path text primary key, source text not null, files text not null) without rowid;
`

export function createListNotes(database: Database.Database, { flush }: GatheredNotes): ListNotes {
  const selectList = database.prepare("select source, files from lists where path = ?")
  // Nearly every dataset has none, and is not asked for one with each file.
  let hasLists = database.prepare("select 1 from lists limit 1").get() !== undefined

  return {
    knownList: (path) => {
      const row = hasLists
        ? (selectList.get(path) as { source: string; files: string } | undefined)
        : undefined
      return row && { source: row.source, files: JSON.parse(row.files) as string[] }
    },
    recordList: (path, list) => {
      if (list === undefined) {
        database.prepare("delete from lists where path = ?").run(path)
        return
      }
      flush()
      hasLists = true
      database.transaction(() => {
        database
          .prepare("insert or replace into lists (path, source, files) values (?, ?, ?)")
          .run(path, list.source, JSON.stringify(list.files))
        // Nothing will stand there, so no release can need it.
        database.prepare("delete from uses where path = ?").run(path)
      })()
    },
  }
}
