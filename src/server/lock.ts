import path from "node:path"

import Libsql from "libsql"

/**
 * Makes sure that one server at a time works on a directory: a second one would take the first one's unfinished files
 * for those of a process that died. The lock is the database engine's own, so a killed process leaves none behind.
 *
 * @returns a function that gives the directory free.
 */
export function lockDirectory(directory: string): () => void {
  const connection = new Libsql(path.join(directory, "lock.db"))
  try {
    connection.exec("BEGIN EXCLUSIVE")
  } catch (error) {
    connection.close()
    throw new Error(`another server is using ${directory}`, { cause: error })
  }
  return () => {
    connection.exec("ROLLBACK")
    connection.close()
  }
}
