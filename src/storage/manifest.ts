import { mkdirSync } from "node:fs"
import { uptime } from "node:os"
import { dirname } from "node:path"
import Database from "libsql"
import { messageOf, PathError } from "../errors.ts"
import { rollBack, tellDiskErrors } from "./database.ts"
import { diskError } from "./disk-error.ts"
import { numberedName } from "./names.ts"

/** What is known of a file that has been brought whole onto the disk. */
export interface KnownFile {
  /** Where it came from, without tokens that change from release to release. */
  readonly source: string
  /** -1 where what is on disk was found to be something else: no file has that length, so it is brought anew. */
  readonly bytes: number
  /** SHA-256 of its content, in hexadecimal. */
  readonly digest: string
  /**
   * It was recorded shortly before the machine went down, so that its bytes may not have reached the disk: they are to be
   * compared with the digest, and the file recorded again.
   */
  readonly doubtful?: boolean
}

/** What an address gave in place of a file: the addresses of several files. */
export interface KnownList {
  /** The address that gave it, as in `KnownFile`. */
  readonly source: string
  /** Where the files stand, in the order of the list. */
  readonly files: readonly string[]
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
  /** Makes the claims of an item with many files at once, which costs hardly more than one. */
  together<T>(claims: () => T): T
  /** Undefined for a file that was never whole, as far as this manifest knows. */
  known(path: string): KnownFile | undefined
  /** To be called when the file is whole under its final name, not before. */
  record(path: string, file: KnownFile): void
  /** A file is not what was recorded, and has to be brought anew; its name stays its owner's. */
  distrust(path: string): void
  /** The files that stand for one whose address gave a list. */
  knownList(path: string): KnownList | undefined
  /**
   * Notes that an address gave a list, so that there will be no file at `path`, or undefined: that there will be one. To be
   * called before the list's files are fetched.
   */
  recordList(path: string, list: KnownList | undefined): void
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
  /**
   * Says, safe from a power cut, that the files below `to` are no longer known where others of `folder` are about to take their
   * place, or the release does not need them. For use after `endRelease`.
   */
  doubt(release: string, folder: string, to: string): void
  /** Whether something is known of a file below a folder that is not known of the one of that name below `to`. */
  differ(folder: string, to: string): boolean
  /** The files below a folder are below another one from now on: what is known of them goes along. */
  moveFiles(folder: string, to: string): void
  /** Drops what is known of a file. */
  forgetFile(path: string): void
  /** Drops what is known of the files below a folder. */
  forgetFiles(folder: string): void
  /** Drops all notes of a release. */
  forgetRelease(release: string): void
  /** Does work while no other process changes the manifest; what the work changed in it holds when it has ended well. */
  exclusively(work: () => void): void
  close(): void
}

// `wanted` and `number` are there for names with a number: with them neither finding an owner's name again nor finding a
// free one takes longer when many ask for the same name.
const schema = `
  create table if not exists files (
    path text primary key, owner text not null, wanted text, number integer, source text, bytes integer, digest text,
    recorded integer
  ) without rowid;
  create index if not exists files_owner on files (wanted, owner) where wanted is not null;
  create index if not exists files_number on files (wanted, number) where wanted is not null;
  create table if not exists releases (
    release text primary key, run integer not null, complete integer not null
  ) without rowid;
  create table if not exists uses (
    path text not null, release text not null, run integer not null, primary key (path, release)
  ) without rowid;
  create table if not exists activity (id integer primary key, last integer not null);
  create table if not exists doubts (since integer not null, until integer not null);
  create table if not exists completed (release text primary key, note text not null) without rowid;
  create table if not exists lists (path text primary key, source text not null, files text not null) without rowid;
`

// Notes are gathered and written together: a transaction each would cost more than the file itself. What a killed process
// had not written yet are files of the last moment, and they cost a download, never a wrong file.
const gatheredNotes = 512
const gatheringMs = 100

// A file's bytes are on the disk long before this time has passed, also where nobody waits for them: systems write them out
// after half a minute.
const writtenOutMs = 600_000

/** Opens the manifest at `path`, a SQLite database; made where it is missing. */
export function openManifest(path: string): Manifest {
  try {
    return open(path)
  } catch (error) {
    throw diskError(path, error)
  }
}

function open(path: string): Manifest {
  mkdirSync(dirname(path), { recursive: true })
  const database = new Database(path)
  database.pragma("busy_timeout = 10000")
  database.pragma("journal_mode = WAL")
  // Without a wait for the disk at each commit: a power cut may lose the last ones, which is as above.
  database.pragma("synchronous = NORMAL")
  // Moving the log into the database is what waits for the disk: every 16 MB, not every 4.
  database.pragma("wal_autocheckpoint = 4096")
  database.exec(schema)
  const doubts = openDoubts(database)

  const selectFile = database.prepare(
    "select owner, wanted, number, source, bytes, digest, recorded from files where path = ?",
  )
  // Names are given at once and not gathered: another process may want the same one for another file.
  const insertClaim = database.prepare(
    "insert into files (path, owner, wanted, number) values (?, ?, ?, ?) on conflict (path) do nothing",
  )
  const selectNumbered = database.prepare("select path from files where wanted = ? and owner = ?")
  const selectLast = database.prepare("select max(number) as number from files where wanted = ?")
  // Another process may have claimed the name since: then it keeps it, and what stands there is no longer trusted.
  const upsertFile = database.prepare(
    `insert into files (path, owner, wanted, number, source, bytes, digest, recorded) values (?, ?, ?, ?, ?, ?, ?, ?)
       on conflict (path) do update set
       source = iif(owner = excluded.owner, excluded.source, null), bytes = excluded.bytes, digest = excluded.digest,
       recorded = excluded.recorded`,
  )
  const upsertActivity = database.prepare(
    "insert into activity (id, last) values (1, ?) on conflict (id) do update set last = excluded.last",
  )
  const distrustFile = database.prepare("update files set bytes = -1 where path = ?")
  const deleteFile = database.prepare("delete from files where path = ?")
  const deleteBelow = database.prepare("delete from files where path > ? and path < ?")
  // A run that began earlier, in another process, must not take a file back from a later one.
  const insertUse = database.prepare(
    `insert into uses (path, release, run) values (?, ?, ?)
     on conflict (path, release) do update set run = max(run, excluded.run)`,
  )
  const selectUse = database.prepare("select 1 from uses where path = ? limit 1")
  const selectList = database.prepare("select source, files from lists where path = ?")
  const selectNeeded = database.prepare(
    `select uses.path as path, iif(source is null, null, bytes) as bytes, recorded
     from uses left join files on files.path = uses.path
     where release = ? and uses.path > ? order by uses.path limit 1000`,
  )
  const deleteNote = database.prepare("delete from completed where release = ?")
  const runs = new Map<string, number>()
  // Nearly every dataset has none, and is not asked for one with each file.
  let hasLists = database.prepare("select 1 from lists limit 1").get() !== undefined

  // The rows met since the last write, by path, and which of them have changed.
  const met = new Map<string, FileRow>()
  const changed = new Set<string>()
  const uses: [path: string, release: string][] = []
  let timer: NodeJS.Timeout | undefined
  let failure: { readonly error: unknown } | undefined
  // Claims that are made together are one transaction, begun when the first of them takes a name.
  let isTogether = false
  let isBegun = false

  const exclusively = (work: () => void) => {
    database.exec("begin immediate")
    try {
      work()
      database.exec("commit")
    } catch (error) {
      rollBack(database)
      throw error
    }
  }
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    if (failure !== undefined) throw failure.error
    if (changed.size > 0 || uses.length > 0) {
      exclusively(() => {
        for (const path of changed) {
          const { owner, wanted, number, source, bytes, digest, recorded } = met.get(path) as FileRow
          upsertFile.run(path, owner, wanted, number, source, bytes, digest, recorded)
        }
        if (changed.size > 0) upsertActivity.run(Date.now())
        for (const [path, release] of uses) insertUse.run(path, release, runs.get(release) ?? 0)
      })
    }
    met.clear()
    changed.clear()
    uses.length = 0
  }
  const noted = () => {
    if (met.size + uses.length >= gatheredNotes) return flush()
    timer ??= setTimeout(() => {
      try {
        flush()
      } catch (error) {
        // Nobody stands above a timer: the next call throws it.
        failure = { error }
      }
    }, gatheringMs).unref()
  }
  const rowOf = (path: string): FileRow | undefined => {
    // Also of a run that only asks, and notes nothing, no more is kept.
    if (met.size >= gatheredNotes && !isTogether) flush()
    const row = met.get(path) ?? (selectFile.get(path) as FileRow | undefined)
    if (row !== undefined) met.set(path, row)
    return row
  }

  const commitClaims = () => {
    isBegun = false
    try {
      database.exec("commit")
    } catch (error) {
      rollBack(database)
      for (const path of met.keys()) if (!changed.has(path)) met.delete(path)
      throw error
    }
  }

  // A new name follows new ones, as a known one follows known ones: what is tried first saves a look for the other.
  let takesNew = false
  // Few datasets have two files of one name.
  let hasNumbers =
    database.prepare("select 1 from files where wanted is not null limit 1").get() !== undefined

  // Who has the name, which is the one who asks if nobody had it.
  const take = (path: string, owner: string, wanted: string | null, number: number | null): string => {
    if (isTogether && !isBegun) {
      database.exec("begin immediate")
      isBegun = true
    }
    const { changes } = insertClaim.run(path, owner, wanted, number)
    takesNew = changes > 0
    if (!takesNew) return (rowOf(path) as FileRow).owner
    if (wanted !== null) hasNumbers = true
    met.set(path, { owner, wanted, number, source: null, bytes: null, digest: null, recorded: null })
    return owner
  }

  const manifest: Manifest = {
    claim: (path, named) => {
      const owner = storable(named)
      const holder = (takesNew ? met.get(path) : rowOf(path))?.owner
      if (holder === owner) return path
      // Before a free name is taken: who had it may be gone, and those with a number keep theirs.
      const numbered = hasNumbers
        ? (selectNumbered.get(path, owner) as { path: string } | undefined)
        : undefined
      if (numbered !== undefined) return numbered.path
      if (holder === undefined && take(path, owner, null, null) === owner) return path
      const last = selectLast.get(path) as { number: number | null }
      for (let number = (last.number ?? 1) + 1; ; number++) {
        const candidate = numberedName(path, number)
        if ((rowOf(candidate)?.owner ?? take(candidate, owner, path, number)) === owner) return candidate
      }
    },
    together: (claims) => {
      isTogether = true
      try {
        return claims()
      } finally {
        // Also when the last of them was refused: each holds by itself.
        isTogether = false
        if (isBegun) commitClaims()
      }
    },
    known: (path) => {
      const row = rowOf(path)
      if (row === undefined || row.source === null || row.bytes === null || row.digest === null)
        return undefined
      const { source, bytes, digest, recorded } = row
      return { source, bytes, digest, ...(doubts(recorded) && { doubtful: true }) }
    },
    record: (path, file) => {
      const row = rowOf(path)
      if (row === undefined) throw new PathError(path, "is recorded before it is claimed")
      const { source, bytes, digest } = file
      met.set(path, { ...row, source, bytes, digest, recorded: Date.now() })
      changed.add(path)
      noted()
    },
    distrust: (path) => {
      flush()
      distrustFile.run(path)
    },
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
    isUsed: (path) => {
      flush()
      return selectUse.get(path) !== undefined
    },
    releases: () =>
      (
        database.prepare("select release from releases where complete = 1 order by release").all() as {
          release: string
        }[]
      ).map(({ release }) => release),
    needed: (release, last) => {
      flush()
      const rows = selectNeeded.all(release, last) as Pick<
        FileRow & { path: string },
        "path" | "bytes" | "recorded"
      >[]
      return rows.map(({ path, bytes, recorded }) => ({
        path,
        bytes: bytes === null || doubts(recorded) ? undefined : bytes,
      }))
    },
    noteComplete: (release, note) => {
      flush()
      database.prepare("insert or replace into completed (release, note) values (?, ?)").run(release, note)
    },
    completeNote: (release) =>
      (
        database.prepare("select note from completed where release = ?").get(release) as
          | { note: string }
          | undefined
      )?.note,
    stateOf: (release) => {
      const row = database.prepare("select complete from releases where release = ?").get(release) as
        | { complete: number }
        | undefined
      return row && (row.complete === 1 ? "complete" : "begun")
    },
    doubt: (release, folder, to) => {
      flush()
      database.pragma("synchronous = FULL")
      try {
        database
          .prepare(
            `update files set source = null where path > ? and path < ? and (
               exists (select 1 from files as other where other.path = ? || substr(files.path, length(?) + 1))
               or not exists (select 1 from uses where uses.path = files.path and release = ?))`,
          )
          .run(`${to}/`, after(`${to}/`), `${folder}/`, `${to}/`, release)
      } finally {
        database.pragma("synchronous = NORMAL")
      }
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
          `insert into files (path, owner, source, bytes, digest)
           select ? || substr(path, length(?) + 1), owner, source, bytes, digest
           from files where path > ? and path < ?
           on conflict (path) do update set source = excluded.source, bytes = excluded.bytes, digest = excluded.digest`,
        )
        .run(`${to}/`, `${folder}/`, `${folder}/`, after(`${folder}/`))
      deleteBelow.run(`${folder}/`, after(`${folder}/`))
    },
    forgetFile: (path) => {
      flush()
      deleteFile.run(path)
    },
    forgetFiles: (folder) => {
      flush()
      deleteBelow.run(`${folder}/`, after(`${folder}/`))
    },
    forgetRelease: (release) => {
      flush()
      database.prepare("delete from uses where release = ?").run(release)
      database.prepare("delete from releases where release = ?").run(release)
      deleteNote.run(release)
    },
    exclusively: (work) => {
      flush()
      exclusively(work)
    },
    close: () => {
      try {
        flush()
      } finally {
        database.close()
      }
    },
  }
  return tellDiskErrors(manifest, path)
}

// The database cuts a text at a NUL and replaces half of a surrogate pair: then it would come back as another one.
function storable(text: string): string {
  return /[\0\ud800-\udfff]/.test(text) ? JSON.stringify(text) : text
}

interface FileRow {
  readonly owner: string
  /** The name that was asked for, where another one with a number was given. */
  readonly wanted: string | null
  readonly number: number | null
  readonly source: string | null
  readonly bytes: number | null
  readonly digest: string | null
  /** When it was recorded, in milliseconds since 1970. */
  readonly recorded: number | null
}

/** Tells whether what was recorded at a time may have been lost when the machine went down. */
function openDoubts(database: Database.Database): (recorded: number | null) => boolean {
  // Manifests of before have no such column.
  const columns = database.prepare("select name from pragma_table_info('files')").all() as { name: string }[]
  if (!columns.some(({ name }) => name === "recorded")) {
    try {
      database.exec("alter table files add column recorded integer")
    } catch (error) {
      // Another process was faster.
      if (!/duplicate column/.test(messageOf(error))) throw error
    }
  }
  const bootMs = Math.floor(Date.now() - uptime() * 1_000)
  database
    .prepare(
      `insert into doubts (since, until) select last - ?, last from activity
       where last < ? and last not in (select until from doubts)`,
    )
    .run(writtenOutMs, bootMs)
  const spans = database.prepare("select since, until from doubts").all() as {
    since: number
    until: number
  }[]
  return (recorded) =>
    recorded !== null && spans.some(({ since, until }) => recorded >= since && recorded <= until)
}

/** The first text that no longer begins with `prefix`. */
function after(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)
}
