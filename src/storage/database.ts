import { copyFileSync, existsSync, mkdirSync, rmSync, statSync } from "node:fs"
import { dirname } from "node:path"
import Database from "libsql"
import { diskError } from "./disk-error.ts"

/**
 * Opens the SQLite database at `path`, made where it is missing, for several processes at a time. A commit waits for no disk: a
 * power cut may take the last ones, so what stands in it must be such that it can be found out again.
 */
export function openDatabase(path: string, schema: string): Database.Database {
  mkdirSync(dirname(path), { recursive: true })
  const database = new Database(path)
  database.pragma(`busy_timeout = ${busyMs}`)
  writeAhead(database)
  database.pragma("synchronous = NORMAL")
  database.exec(schema)
  return database
}

/** How long a process waits for another that changes the database. */
const busyMs = 10_000

// The one statement that does not wait by itself: where several processes open a new database at once, all but one are refused.
function writeAhead(database: Database.Database): void {
  for (const beganMs = Date.now(); ; sleep(10)) {
    try {
      database.pragma("journal_mode = WAL")
      return
    } catch (error) {
      if ((error as { code?: unknown }).code !== "SQLITE_BUSY" || Date.now() - beganMs > busyMs) throw error
    }
  }
}

// Times of files are told in steps of some milliseconds.
const settledMs = 20
const maxCopies = 10

/**
 * Copies the database at `from`, if there is one, beside other processes that go on with it, and changes nothing of it. What a
 * run that goes on, or was killed, has not moved into the database yet stands in its log, which comes along.
 */
export function copyDatabase(from: string, to: string): void {
  if (!existsSync(from)) return
  const copy = () => {
    for (const ending of ["", "-wal"]) copyThere(from + ending, to + ending)
  }
  const changed = () => statSync(from).mtimeMs
  // A log that is moved into the database in the middle would leave half of it in either.
  for (let copies = 0; copies < maxCopies; copies++) {
    const before = changed()
    if (Date.now() - before < settledMs) sleep(settledMs)
    copy()
    if (changed() === before && Date.now() - before >= settledMs) return
  }
  // Where it never settles a reader sees to it that the log keeps all that is moved meanwhile. It is there then, and so is
  // the process that will tidy up behind both.
  const reader = new Database(from)
  try {
    reader.exec("begin")
    reader.prepare("select 1 from sqlite_master").get()
    copy()
  } finally {
    reader.close()
  }
}

function copyThere(from: string, to: string): void {
  try {
    copyFileSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
    // It has been moved into the database meanwhile, and with it what an earlier try has copied.
    rmSync(to, { force: true })
  }
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** Does work in one transaction, while no other process changes the database. */
export function exclusively(database: Database.Database, work: () => void): void {
  database.exec("begin immediate")
  try {
    work()
    database.exec("commit")
  } catch (error) {
    rollBack(database)
    throw error
  }
}

/** Does work whose commits a power cut does not take. */
export function durably(database: Database.Database, work: () => void): void {
  database.pragma("synchronous = FULL")
  try {
    work()
  } finally {
    database.pragma("synchronous = NORMAL")
  }
}

/** Takes a transaction back that has failed. */
export function rollBack(database: Database.Database): void {
  try {
    database.exec("rollback")
  } catch {
    // Where the disk is full the database has taken it back itself. What failed is told by the caller.
  }
}

/** The same functions; what the disk does to the database at `path` they throw as a TransferError (`transfer`). */
export function tellDiskErrors<T extends object>(functions: T, path: string): T {
  const told = Object.entries(functions).map(([name, call]: [string, (...args: unknown[]) => unknown]) => [
    name,
    (...args: unknown[]) => {
      try {
        return call(...args)
      } catch (error) {
        throw diskError(path, error)
      }
    },
  ])
  return Object.fromEntries(told) as T
}
