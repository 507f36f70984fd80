import { mkdirSync } from "node:fs"
import { dirname } from "node:path"
import Database from "libsql"
import { rollBack } from "./database.ts"

/**
 * What has been done, noted on disk under keys, so that a run that was killed can go on where it stood. It costs no memory
 * however many notes there are; several processes may use it at once.
 */
export interface Journal {
  /** What was noted last under a key. */
  get(key: string): string | undefined
  /** Notes it. The note is safe from the end of this process after `flush` at the latest, 100 ms later at most. */
  set(key: string, note: string): void
  /** Drops all notes whose keys begin with `prefix`. */
  clear(prefix: string): void
  /** Whether there are no notes at all. */
  isEmpty(): boolean
  /** Writes what has been noted. */
  flush(): void
  close(): void
}

// A transaction for each note would cost more than what is noted. What a killed process had not written yet is asked of the
// server again.
const gatheredNotes = 512
const gatheringMs = 100

/**
 * Opens the journal at `path`, a SQLite database; made where it is missing. An empty path stands for one that nobody else
 * sees, on disk and gone when it is closed.
 *
 * @example
 * const journal = openJournal("annotations.import-journal")
 * if (journal.get(item) === undefined) {
 *   await send(item)
 *   journal.set(item, "sent")
 * }
 * journal.close()
 */
export function openJournal(path: string): Journal {
  mkdirSync(dirname(path), { recursive: true })
  const database = new Database(path)
  database.pragma("busy_timeout = 10000")
  database.pragma("journal_mode = WAL")
  // Without a wait for the disk at each commit: what a power cut takes is asked of the server again.
  database.pragma("synchronous = NORMAL")
  database.exec("create table if not exists notes (key text primary key, note text not null) without rowid")
  const select = database.prepare("select note from notes where key = ?")
  const upsert = database.prepare(
    "insert into notes (key, note) values (?, ?) on conflict (key) do update set note = excluded.note",
  )
  const some = database.prepare("select 1 from notes limit 1")
  const remove = database.prepare("delete from notes where substr(key, 1, length(?)) = ?")

  const gathered = new Map<string, string>()
  let timer: NodeJS.Timeout | undefined
  let failure: { readonly error: unknown } | undefined

  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    if (failure !== undefined) throw failure.error
    if (gathered.size === 0) return
    database.exec("begin immediate")
    try {
      for (const [key, note] of gathered) upsert.run(key, note)
      database.exec("commit")
    } catch (error) {
      rollBack(database)
      throw error
    }
    gathered.clear()
  }

  return {
    get: (key) => gathered.get(key) ?? (select.get(key) as { note: string } | undefined)?.note,
    set: (key, note) => {
      gathered.set(key, note)
      if (gathered.size >= gatheredNotes) return flush()
      timer ??= setTimeout(() => {
        try {
          flush()
        } catch (error) {
          // Nobody stands above a timer: the next call throws it.
          failure = { error }
        }
      }, gatheringMs).unref()
    },
    clear: (prefix) => {
      flush()
      remove.run(prefix, prefix)
    },
    isEmpty: () => gathered.size === 0 && some.get() === undefined,
    flush,
    close: () => {
      try {
        flush()
      } finally {
        database.close()
      }
    },
  }
}
