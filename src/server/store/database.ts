import Libsql from "libsql"

import { migrations } from "./schema.ts"
import { shareCommits } from "./shared-commit.ts"

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
  /**
   * Runs `work` a moment later in a transaction that it may share with the work of other requests: one wait for the
   * disk serves them all. What throws is undone alone. Returns when the result is on disk.
   */
  shared<Result>(work: () => Result): Promise<Result>
  /** A second connection that sees the database as it is now, whatever is written later. Close it. */
  snapshot(): Database
  close(): void
}

/** Statements that are kept prepared; more are in use only while clients filter in ever new ways. */
const MAX_STATEMENTS = 200

/** Opens the database file, making or migrating it. */
export function openDatabase(file: string): Database {
  const connection = new Libsql(file)
  // FULL: a commit is on the disk before the reply goes out, also when the machine, not only the process, dies.
  connection.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
  const database = wrap(connection, file)
  try {
    migrate(database, connection)
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

function migrate(database: Database, connection: Libsql.Database): void {
  const version = database.one<{ user_version: number }>("PRAGMA user_version")?.user_version ?? 0
  if (version > migrations.length) {
    throw new Error("the data directory is of a newer version of this server, which alone can read it")
  }
  for (let next = version; next < migrations.length; next += 1) {
    database.transaction(() => {
      connection.exec(migrations[next] ?? "")
      connection.exec(`PRAGMA user_version = ${next + 1}`)
    })
  }
}

function wrap(connection: Libsql.Database, file: string): Database {
  let depth = 0
  const statements = new Map<string, Libsql.Statement>()
  const prepared = (sql: string): Libsql.Statement => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    if (statements.size >= MAX_STATEMENTS) statements.clear()
    const statement = connection.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  const checked = (values: readonly SqlValue[]): SqlValue[] => {
    for (const value of values) {
      if (value !== null && typeof value !== "string" && typeof value !== "number") {
        throw new TypeError(`a ${typeof value} cannot be stored`)
      }
    }
    return [...values]
  }
  const database: Database = {
    one<Row>(sql: string, values: readonly SqlValue[] = []) {
      return prepared(sql).get(checked(values)) as Row | undefined
    },
    all<Row>(sql: string, values: readonly SqlValue[] = []) {
      return prepared(sql).all(checked(values)) as Row[]
    },
    run(sql, values = []) {
      const { changes, lastInsertRowid } = prepared(sql).run(checked(values))
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
        // Some failures, a full disk among them, have ended the transaction already.
        if (connection.inTransaction) connection.exec("ROLLBACK")
        throw error
      } finally {
        depth -= 1
      }
    },
    shared: shareCommits(
      (work) => database.transaction(work),
      (sql) => connection.exec(sql),
    ),
    snapshot() {
      const second = new Libsql(file)
      // A deferred transaction fixes what it sees with its first read.
      second.exec("BEGIN")
      const reader = wrap(second, file)
      reader.one("SELECT count(*) AS count FROM teams")
      return reader
    },
    close() {
      statements.clear()
      connection.close()
    },
  }
  return database
}
