import type Database from "libsql"
import { durably, exclusively } from "../database.ts"
import type { GatheredNotes } from "../gathered-notes.ts"

/** What is known of all files below a folder. */
export interface FolderNotes {
  /** Files below a folder that are known here and that this release no longer needs. For use after `endRelease`. */
  unusedBy(release: string, folder: string): Iterable<string>
  /**
   * Says, safe from a power cut, that the files below `to` are no longer known where others of `folder` are about to take their
   * place, or the release does not need them; where `isWanted` says so, while no other process changes the manifest. For use after
   * `endRelease`.
   */
  doubt(release: string, folder: string, to: string, isWanted: () => boolean): void
  /** Whether something is known of a file below a folder that is not known of the one of that name below `to`. */
  differ(folder: string, to: string): boolean
  /** The files below a folder are below another one from now on: what is known of them goes along. */
  moveFiles(folder: string, to: string): void
  /** Drops what is known of the files below a folder. */
  forgetFiles(folder: string): void
}

export function createFolderNotes(database: Database.Database, { flush }: GatheredNotes): FolderNotes {
  const deleteBelow = database.prepare("delete from files where path > ? and path < ?")

  return {
    unusedBy: function* (release, folder) {
      flush()
      // Page by page, so that the caller may change the manifest while it goes through the files.
      const page = database.prepare(
        `select path from files where path > ? and path < ? and source is not null
         and not exists (select 1 from uses where uses.path = files.path and release = ?)
         order by path limit 500`,
      )
      for (let last = folder; ; ) {
        const rows = page.all(last, after(folder), release) as { path: string }[]
        for (const { path } of rows) yield path
        const end = rows.at(-1)
        if (end === undefined) return
        last = end.path
      }
    },
    doubt: (release, folder, to, isWanted) => {
      flush()
      const forget = database.prepare(
        `update files set source = null where path > ? and path < ? and (
           exists (select 1 from files as other where other.path = ? || substr(files.path, length(?) + 1))
           or not exists (select 1 from uses where uses.path = files.path and release = ?))`,
      )
      durably(database, () =>
        exclusively(database, () => {
          if (isWanted()) forget.run(`${to}/`, after(`${to}/`), `${folder}/`, `${to}/`, release)
        }),
      )
    },
    differ: (folder, to) => {
      flush()
      const other = database.prepare(
        `select 1 from files where path > ? and path < ? and not exists (
           select 1 from files as other where other.path = ? || substr(files.path, length(?) + 1)
           and other.source is not null and other.digest = files.digest) limit 1`,
      )
      return other.get(`${folder}/`, after(`${folder}/`), `${to}/`, `${folder}/`) !== undefined
    },
    moveFiles: (folder, to) => {
      flush()
      database
        .prepare(
          `insert into files (path, owner, source, bytes, digest, recorded)
           select ? || substr(path, length(?) + 1), owner, source, bytes, digest, recorded
           from files where path > ? and path < ?
           on conflict (path) do update set source = excluded.source, bytes = excluded.bytes, digest = excluded.digest,
           recorded = excluded.recorded`,
        )
        .run(`${to}/`, `${folder}/`, `${folder}/`, after(`${folder}/`))
      deleteBelow.run(`${folder}/`, after(`${folder}/`))
    },
    forgetFiles: (folder) => {
      flush()
      deleteBelow.run(`${folder}/`, after(`${folder}/`))
    },
  }
}

/** The first text that no longer begins with `prefix`. */
function after(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)
}
