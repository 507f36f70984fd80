import { durably, openDatabase } from "./database.ts"
import { createGatheredNotes } from "./gathered-notes.ts"

/**
 * What has been done, noted on disk under keys, so that a run that was killed can go on where it stood. It costs no memory
 * however many notes there are; several processes may use it at once.
 */
export interface Journal {
  /** What was noted last under a key. */
  get(key: string): string | undefined
  /** Notes it. The note is safe from the end of this process after `flush` at the latest, 100 ms later at most. */
  set(key: string, note: string): void
  /** Drops all notes whose keys begin with `prefix`, and that begin with `beginning` themselves. */
  clear(prefix: string, beginning?: string): void
  /** Whether there are no notes at all. */
  isEmpty(): boolean
  /** Writes what has been noted; a `durable` note is safe from a power cut, too. */
  flush(options?: { readonly durable?: boolean }): void
  close(): void
}

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
  // What a killed process had not written yet, and what a power cut takes, is asked of the server again.
  const database = openDatabase(
    path,
    "create table if not exists notes (key text primary key, note text not null) without rowid",
  )
  const select = database.prepare("select note from notes where key = ?")
  const upsert = database.prepare(
    "insert into notes (key, note) values (?, ?) on conflict (key) do update set note = excluded.note",
  )
  const some = database.prepare("select 1 from notes limit 1")
  const remove = database.prepare(
    "delete from notes where substr(key, 1, length(?)) = ? and substr(note, 1, length(?)) = ?",
  )

  const waiting = new Map<string, string>()
  const { add, noted, flush } = createGatheredNotes(database)
  add({
    count: () => waiting.size,
    isChanged: () => waiting.size > 0,
    write: () => {
      for (const [key, note] of waiting) upsert.run(key, note)
    },
    written: () => waiting.clear(),
  })

  return {
    get: (key) => waiting.get(key) ?? (select.get(key) as { note: string } | undefined)?.note,
    set: (key, note) => {
      waiting.set(key, note)
      noted()
    },
    clear: (prefix, beginning = "") => {
      flush()
      remove.run(prefix, prefix, beginning, beginning)
    },
    isEmpty: () => waiting.size === 0 && some.get() === undefined,
    flush: ({ durable = false } = {}) => (durable ? durably(database, flush) : flush()),
    close: () => {
      try {
        flush()
      } finally {
        database.close()
      }
    },
  }
}
