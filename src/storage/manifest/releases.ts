import type Database from "libsql"
import type { GatheredNotes } from "../gathered-notes.ts"
import type { Doubts } from "./doubts.ts"

/** Which release needs which files, and how far it has come. */
export interface ReleaseNotes {
  /** Says that a release needs a file. */
  use(release: string, path: string): void
  /** Begins to note anew what a release needs; until `endRelease` the earlier notes hold as well. */
  beginRelease(release: string): void
  /** Forgets what earlier runs noted for the release. */
  endRelease(release: string): void
  /** Whether any of the releases needs a file. */
  isUsed(path: string): boolean
  /** The releases it has notes for that ended well. */
  releases(): readonly string[]
  /**
   * The files that a release needs, 1,000 at a time in the order of their paths, those after `last`. `bytes` is undefined where
   * a file is not known to be whole, or is doubtful.
   */
  needed(
    release: string,
    last: string,
  ): readonly { readonly path: string; readonly bytes: number | undefined }[]
  /** Notes what a run has brought to its end, until the release is begun anew. */
  noteComplete(release: string, note: string): void
  /** What `noteComplete` has noted. */
  completeNote(release: string): string | undefined
  /** Whether a release was ever begun here, and whether it has ended well. */
  stateOf(release: string): "begun" | "complete" | undefined
  /** Drops all notes of a release. */
  forgetRelease(release: string): void
}

export const releaseSchema = `
  create table if not exists releases (
    release text primary key, run integer not null, complete integer not null
  ) without rowid;
  create table if not exists uses (
    path text not null, release text not null, run integer not null, primary key (path, release)
  ) without rowid;
  create table if not exists completed (release text primary key, note text not null) without rowid;
`

export function createReleaseNotes(
  database: Database.Database,
  { add, noted, flush }: GatheredNotes,
  doubts: Doubts,
): ReleaseNotes {
  // A run that began earlier, in another process, must not take a file back from a later one.
  const insertUse = database.prepare(
    `insert into uses (path, release, run) values (?, ?, ?)
     on conflict (path, release) do update set run = max(run, excluded.run)`,
  )
  const selectUse = database.prepare("select 1 from uses where path = ? limit 1")
  const selectNeeded = database.prepare(
    `select uses.path as path, iif(source is null, null, bytes) as bytes, recorded
     from uses left join files on files.path = uses.path
     where release = ? and uses.path > ? order by uses.path limit 1000`,
  )
  const deleteNote = database.prepare("delete from completed where release = ?")
  const runs = new Map<string, number>()
  const uses: [path: string, release: string][] = []
  add({
    count: () => uses.length,
    isChanged: () => uses.length > 0,
    write: () => {
      for (const [path, release] of uses) insertUse.run(path, release, runs.get(release) ?? 0)
    },
    written: () => {
      uses.length = 0
    },
  })

  return {
    use: (release, path) => {
      uses.push([path, release])
      noted()
    },
    beginRelease: (release) => {
      const begun = database
        .prepare(
          `insert into releases (release, run, complete) values (?, 1, 0)
           on conflict (release) do update set run = run + 1 returning run`,
        )
        .get(release) as { run: number }
      runs.set(release, begun.run)
      deleteNote.run(release)
    },
    endRelease: (release) => {
      flush()
      database.prepare("delete from uses where release = ? and run < ?").run(release, runs.get(release) ?? 0)
      database.prepare("update releases set complete = 1 where release = ?").run(release)
    },
    isUsed: (path) => {
      flush()
      return selectUse.get(path) !== undefined
    },
    releases: () => {
      const rows = database.prepare("select release from releases where complete = 1 order by release").all()
      return (rows as { release: string }[]).map(({ release }) => release)
    },
    needed: (release, last) => {
      flush()
      const rows = selectNeeded.all(release, last) as {
        path: string
        bytes: number | null
        recorded: number | null
      }[]
      return rows.map(({ path, bytes, recorded }) => ({
        path,
        bytes: bytes === null || doubts({ bytes, recorded }) ? undefined : bytes,
      }))
    },
    noteComplete: (release, note) => {
      flush()
      database.prepare("insert or replace into completed (release, note) values (?, ?)").run(release, note)
    },
    completeNote: (release) => {
      const row = database.prepare("select note from completed where release = ?").get(release)
      return (row as { note: string } | undefined)?.note
    },
    stateOf: (release) => {
      const row = database.prepare("select complete from releases where release = ?").get(release) as
        | { complete: number }
        | undefined
      return row && (row.complete === 1 ? "complete" : "begun")
    },
    forgetRelease: (release) => {
      flush()
      database.prepare("delete from uses where release = ?").run(release)
      database.prepare("delete from releases where release = ?").run(release)
      deleteNote.run(release)
    },
  }
}
