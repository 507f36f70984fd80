import { mkdirSync } from "node:fs"
import { dirname } from "node:path"
import Database from "libsql"
import { numberedName } from "./names.ts"

/** What is known of a file that has been brought whole onto the disk. */
export interface KnownFile {
  /** Where it came from, without tokens that change from release to release. */
  readonly source: string
  readonly bytes: number
  /** SHA-256 of its content, in hexadecimal. */
  readonly digest: string
}

/**
 * What a dataset's directory holds and why: which files are whole, whose name is whose, and which release needs what.
 * It lives in a database on disk, so it costs no memory however large the dataset; several processes may use it at once.
 * Paths are relative to the dataset's directory, with `/` between folders.
 */
export interface Manifest {
  /**
   * Gives a name to its owner for good: the path itself, or with `_2`, `_3` … where another owner has it. The same
   * owner gets the same name each time.
   */
  claim(path: string, owner: string): string
  /** Undefined for a file that was never whole, as far as this manifest knows. */
  known(path: string): KnownFile | undefined
  /** To be called when the file is whole under its final name, not before. */
  record(path: string, file: KnownFile): void
  /** Says that a release needs a file. */
  use(release: string, path: string): void
  /** Begins to note anew what a release needs; until `endRelease` the earlier notes hold as well. */
  beginRelease(release: string): void
  /** Forgets what earlier runs noted for the release. */
  endRelease(release: string): void
  /** Files below a folder that are known here and that this release no longer needs. For use after `endRelease`. */
  unusedBy(release: string, folder: string): Iterable<string>
  /** Whether any of the releases needs a file. */
  isUsed(path: string): boolean
  /** The releases it has notes for that ended well. */
  releases(): readonly string[]
  /** Drops what is known of a file. */
  forgetFile(path: string): void
  /** Drops all notes of a release. */
  forgetRelease(release: string): void
  close(): void
}

const schema = `
  create table if not exists files (
    path text primary key, owner text not null, source text, bytes integer, digest text
  ) without rowid;
  create table if not exists releases (
    release text primary key, run integer not null, complete integer not null
  ) without rowid;
  create table if not exists uses (
    release text not null, path text not null, run integer not null, primary key (release, path)
  ) without rowid;
  create index if not exists uses_path on uses (path);
`

/**
 * Opens the manifest at `path`, a SQLite database; made where it is missing.
 *
 * What `record` has noted survives the process being killed. Losing the last notes to a power cut costs a download, never
 * a wrong file, so the database is not made to wait for the disk at each note.
 */
export function openManifest(path: string): Manifest {
  mkdirSync(dirname(path), { recursive: true })
  const database = new Database(path)
  database.pragma("busy_timeout = 10000")
  database.pragma("journal_mode = WAL")
  database.pragma("synchronous = NORMAL")
  database.exec(schema)

  const insertClaim = database.prepare("insert or ignore into files (path, owner) values (?, ?)")
  const selectFile = database.prepare("select owner, source, bytes, digest from files where path = ?")
  const updateFile = database.prepare("update files set source = ?, bytes = ?, digest = ? where path = ?")
  const deleteFile = database.prepare("delete from files where path = ?")
  const insertUse = database.prepare("insert or replace into uses (release, path, run) values (?, ?, ?)")
  const selectUse = database.prepare("select 1 from uses where path = ? limit 1")
  const runs = new Map<string, number>()
  const runOf = (release: string): number => runs.get(release) ?? 0

  return {
    claim: (path, owner) => {
      for (let number = 1; ; number++) {
        const candidate = number === 1 ? path : numberedName(path, number)
        insertClaim.run(candidate, owner)
        if ((selectFile.get(candidate) as FileRow).owner === owner) return candidate
      }
    },
    known: (path) => {
      const row = selectFile.get(path) as FileRow | undefined
      if (row === undefined || row.source === null || row.bytes === null || row.digest === null)
        return undefined
      return { source: row.source, bytes: row.bytes, digest: row.digest }
    },
    record: (path, { source, bytes, digest }) => {
      updateFile.run(source, bytes, digest, path)
    },
    use: (release, path) => {
      insertUse.run(release, path, runOf(release))
    },
    beginRelease: (release) => {
      const last = database.prepare("select run from releases where release = ?").get(release) as
        | { run: number }
        | undefined
      const run = (last?.run ?? 0) + 1
      database
        .prepare(
          `insert into releases (release, run, complete) values (?, ?, 0)
           on conflict (release) do update set run = excluded.run`,
        )
        .run(release, run)
      runs.set(release, run)
    },
    endRelease: (release) => {
      database.prepare("delete from uses where release = ? and run < ?").run(release, runOf(release))
      database.prepare("update releases set complete = 1 where release = ?").run(release)
    },
    unusedBy: function* (release, folder) {
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
    isUsed: (path) => selectUse.get(path) !== undefined,
    releases: () =>
      (
        database.prepare("select release from releases where complete = 1 order by release").all() as {
          release: string
        }[]
      ).map(({ release }) => release),
    forgetFile: (path) => {
      deleteFile.run(path)
    },
    forgetRelease: (release) => {
      database.prepare("delete from uses where release = ?").run(release)
      database.prepare("delete from releases where release = ?").run(release)
    },
    close: () => {
      database.close()
    },
  }
}

interface FileRow {
  readonly owner: string
  readonly source: string | null
  readonly bytes: number | null
  readonly digest: string | null
}

/** The first text that no longer begins with `prefix`. */
function after(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)
}
