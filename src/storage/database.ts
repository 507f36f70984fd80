import type Database from "libsql"
import { diskError } from "./disk-error.ts"

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
