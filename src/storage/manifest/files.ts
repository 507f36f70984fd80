import type Database from "libsql"
import { PathError } from "../../errors.ts"
import type { WholeFile } from "../check-file.ts"
import { rollBack } from "../database.ts"
import type { GatheredNotes } from "../gathered-notes.ts"
import { numberedName } from "../names.ts"
import { smallBytes } from "../save-bytes.ts"
import type { Doubts } from "./doubts.ts"

/** What is known of a file that has been brought whole onto the disk. */
export interface KnownFile extends WholeFile {
  /** Where it came from, without tokens that change from release to release. */
  readonly source: string
  /** -1 where what is on disk was found to be something else: no file has that length, so it is brought anew. */
  readonly bytes: number
  /**
   * It was recorded shortly before the machine went down, so that its bytes may not have reached the disk: they are to be
   * compared with the digest, and the file recorded again.
   */
  readonly doubtful?: boolean
}

/** Whose name is whose, and which files are whole. */
export interface FileNotes {
  /**
   * Gives a name to its owner for good: the path itself, or with `_2`, `_3` … where another owner has it. The same
   * owner gets the same name each time.
   */
  claim(path: string, owner: string): string
  /** Makes the claims of an item with many files at once, which costs hardly more than one. */
  together<T>(claims: () => T): T
  /** Undefined for a file that was never whole, as far as this manifest knows. */
  known(path: string): KnownFile | undefined
  /** To be called when the file is whole under its final name, not before. A large one, or many, are written at once. */
  record(path: string, file: KnownFile): void
  /** A file is not what was recorded, and has to be brought anew; its name stays its owner's. */
  distrust(path: string): void
  /** Drops what is known of a file. */
  forgetFile(path: string): void
}

// `wanted` and `number` are there for names with a number: with them neither finding an owner's name again nor finding a
// free one takes longer when many ask for the same name.
export const fileSchema = `
  create table if not exists files (
    path text primary key, owner text not null, wanted text, number integer, source text, bytes integer, digest text,
    recorded integer
  ) without rowid;
  create index if not exists files_owner on files (wanted, owner) where wanted is not null;
  create index if not exists files_number on files (wanted, number) where wanted is not null;
  create table if not exists activity (id integer primary key, last integer not null);
  create table if not exists doubts (since integer not null, until integer not null);
`

export function createFileNotes(
  database: Database.Database,
  { add, noted, isFull, write, flush }: GatheredNotes,
  doubts: Doubts,
): FileNotes {
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

  // Rows by path, of which some are met again soon, and which of them have changed.
  const met = new Map<string, FileRow>()
  const changed = new Set<string>()
  let changedBytes = 0
  add({
    count: () => met.size,
    isChanged: () => changed.size > 0,
    write: () => {
      for (const path of changed) {
        const { owner, wanted, number, source, bytes, digest, recorded } = met.get(path) as FileRow
        upsertFile.run(path, owner, wanted, number, source, bytes, digest, recorded)
      }
      upsertActivity.run(Date.now())
    },
    // What is fetched meanwhile is recorded later, and need not be looked up for that.
    written: () => {
      for (const path of changed) met.delete(path)
      changed.clear()
      changedBytes = 0
    },
    forget: () => met.clear(),
  })
  const rowOf = (path: string): FileRow | undefined => {
    // Also of a run that only asks, and notes nothing, no more is kept.
    if (isFull() && !isTogether) flush()
    const row = met.get(path) ?? (selectFile.get(path) as FileRow | undefined)
    if (row !== undefined) met.set(path, row)
    return row
  }

  // Claims that are made together are one transaction, begun when the first of them takes a name.
  let isTogether = false
  let isBegun = false
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

  return {
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
      return { source, bytes, digest, ...(doubts({ bytes, recorded }) && { doubtful: true }) }
    },
    record: (path, file) => {
      const row = rowOf(path)
      if (row === undefined) throw new PathError(path, "is recorded before it is claimed")
      const { source, bytes, digest } = file
      met.set(path, { ...row, source, bytes, digest, recorded: Date.now() })
      changed.add(path)
      changedBytes += bytes
      // What a killed process had not written is fetched again.
      if (changedBytes >= smallBytes) write()
      else noted()
    },
    distrust: (path) => {
      flush()
      distrustFile.run(path)
    },
    forgetFile: (path) => {
      flush()
      deleteFile.run(path)
    },
  }
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
