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
  /** Forgets them, when they have been written. */
  clear(): void
}

/** Writes notes together: a transaction for each would cost more than what is noted. */
export interface GatheredNotes {
  /** Adds notes that are written with the others. */
  add(notes: WaitingNotes): void
  /** To be called when there is a note more. It is written 100 ms later at most, and with 512 of them at once. */
  noted(): void
  /** Whether so many are held that they have to be written. */
  isFull(): boolean
  flush(): void
}

const gatheredNotes = 512
const gatheringMs = 100

/** Makes a gathering of no notes. */
export function createGatheredNotes(database: Database.Database): GatheredNotes {
  const all: WaitingNotes[] = []
  let timer: NodeJS.Timeout | undefined
  let failure: { readonly error: unknown } | undefined

  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    if (failure !== undefined) throw failure.error
    const changed = all.filter((notes) => notes.isChanged())
    if (changed.length > 0) {
      exclusively(database, () => {
        for (const notes of changed) notes.write()
      })
    }
    for (const notes of all) notes.clear()
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
          flush()
        } catch (error) {
          // Nobody stands above a timer: the next call throws it.
          failure = { error }
        }
      }, gatheringMs).unref()
    },
    isFull,
    flush,
  }
}
