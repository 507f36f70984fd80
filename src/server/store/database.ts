import Libsql from "libsql"

import { migrations } from "./schema.ts"

/** What may be bound to a statement. The driver ends the whole process on a boolean, so there are none here. */
export type SqlValue = string | number | null

/** A connection to the server's database; all calls are synchronous. */
export interface Database {
  /** The first row, or `undefined`. */
  one<Row>(sql: string, values?: readonly SqlValue[]): Row | undefined
  /** All rows: only for queries whose number of rows is bounded. */
  all<Row>(sql: string, values?: readonly SqlValue[]): Row[]
  run(sql: string, values?: readonly SqlValue[]): { readonly changes: number; readonly rowId: number }
  /** Runs `work` in one transaction; inside another one it becomes part of that. */
  transaction<Result>(work: () => Result): Result
  /** A second connection that sees the database as it is now, whatever is written later. Close it. */
  snapshot(): Database
  close(): void
}

/** Opens the database file, making or migrating it. */
export function openDatabase(file: string): Database {
  const connection = new Libsql(file)
  // FULL: a commit is on the disk before the reply goes out, also when the machine, not only the process, dies.
  connection.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
  const database = wrap(connection, file)
  migrate(database, connection)
  return database
}

function migrate(database: Database, connection: Libsql.Database): void {
  const version = database.one<{ user_version: number }>("PRAGMA user_version")?.user_version ?? 0
  for (let next = version; next < migrations.length; next += 1) {
    database.transaction(() => {
      connection.exec(migrations[next] ?? "")
      connection.exec(`PRAGMA user_version = ${next + 1}`)
    })
  }
}

function wrap(connection: Libsql.Database, file: string): Database {
  let depth = 0
  const checked = (values: readonly SqlValue[]): SqlValue[] => {
    for (const value of values) {
      if (value !== null && typeof value !== "string" && typeof value !== "number") {
        throw new TypeError(`a ${typeof value} cannot be stored`)
      }
    }
    return [...values]
  }
  return {
    one<Row>(sql: string, values: readonly SqlValue[] = []) {
      return connection.prepare(sql).get(checked(values)) as Row | undefined
    },
    all<Row>(sql: string, values: readonly SqlValue[] = []) {
      return connection.prepare(sql).all(checked(values)) as Row[]
    },
    run(sql, values = []) {
      const { changes, lastInsertRowid } = connection.prepare(sql).run(checked(values))
      return { changes, rowId: Number(lastInsertRowid) }
    },
    transaction(work) {
      if (depth > 0) return work()
      connection.exec("BEGIN IMMEDIATE")
      depth += 1
      try {
        const result = work()
        connection.exec("COMMIT")
        return result
      } catch (error) {
        connection.exec("ROLLBACK")
        throw error
      } finally {
        depth -= 1
      }
    },
    snapshot() {
      const second = new Libsql(file)
      // A deferred transaction fixes what it sees with its first read.
      second.exec("BEGIN")
      const reader = wrap(second, file)
      reader.one("SELECT count(*) AS count FROM teams")
      return reader
    },
    close() {
      connection.close()
    },
  }
}
