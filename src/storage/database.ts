import { mkdirSync } from "node:fs"
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
  database.pragma("busy_timeout = 10000")
  database.pragma("journal_mode = WAL")
  database.pragma("synchronous = NORMAL")
  database.exec(schema)
  return database
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
