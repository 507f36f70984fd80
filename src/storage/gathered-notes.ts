import type Database from "libsql"
import { exclusively } from "./database.ts"

/** Notes in memory that wait to be written. */
export interface WaitingNotes {
  /** How many are held. */
  count(): number
  /** Whether any of them has to be written; others are only held to be found quickly. */
  isChanged(): boolean
  /** Writes them, within a transaction. */
  write(): void
  /** They have been written: nothing of them waits any more. */
  written(): void
  /** Forgets what is only held to be found quickly, where there is any. */
  forget?(): void
}

/** Writes notes together: a transaction for each would cost more than what is noted. */
export interface GatheredNotes {
  /** Adds notes that are written with the others. */
  add(notes: WaitingNotes): void
  /** To be called when there is a note more. It is written 100 ms later at most, and with 512 of them at once. */
  noted(): void
  /** Whether so many are held that they have to be forgotten. */
  isFull(): boolean
  write(): void
  /** Writes and forgets them: what is asked then is what the database says. */
  flush(): void
}

const gatheredNotes = 512
const gatheringMs = 100

/** Makes a gathering of no notes. */
export function createGatheredNotes(database: Database.Database): GatheredNotes {
  const all: WaitingNotes[] = []
  let timer: NodeJS.Timeout | undefined
  let failure: { readonly error: unknown } | undefined

  const write = () => {
    clearTimeout(timer)
    timer = undefined
    if (failure !== undefined) throw failure.error
    const changed = all.filter((notes) => notes.isChanged())
    if (changed.length > 0) {
      exclusively(database, () => {
        for (const notes of changed) notes.write()
      })
    }
    for (const notes of all) notes.written()
  }
  const flush = () => {
    write()
    for (const notes of all) notes.forget?.()
  }
  const isFull = () => all.reduce((sum, notes) => sum + notes.count(), 0) >= gatheredNotes

  return {
    add: (notes) => {
      all.push(notes)
    },
    noted: () => {
      if (isFull()) return flush()
      timer ??= setTimeout(() => {
        try {
          write()
        } catch (error) {
          // Nobody stands above a timer: the next call throws it.
          failure = { error }
        }
      }, gatheringMs).unref()
    },
    isFull,
    write,
    flush,
  }
}
