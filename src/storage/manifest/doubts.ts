import { uptime } from "node:os"
import type Database from "libsql"
import { messageOf } from "../../errors.ts"
import { smallBytes } from "../save-bytes.ts"

/**
 * Tells whether a file of so many bytes that was recorded at a time, in ms since 1970, may have been lost when the machine went
 * down. Large ones are on the disk before they are recorded.
 */
export type Doubts = (file: { readonly bytes: number; readonly recorded: number | null }) => boolean

// A file's bytes are on the disk long before this time has passed, also where nobody waits for them: systems write them out
// after half a minute.
const writtenOutMs = 600_000

/** Finds out when the machine went down while a manifest was written. */
export function openDoubts(database: Database.Database): Doubts {
  // Manifests of before have no such column.
  const columns = database.prepare("select name from pragma_table_info('files')").all() as { name: string }[]
  if (!columns.some(({ name }) => name === "recorded")) {
    try {
      database.exec("alter table files add column recorded integer")
    } catch (error) {
      // Another process was faster.
      if (!/duplicate column/.test(messageOf(error))) throw error
    }
  }
  const bootMs = Math.floor(Date.now() - uptime() * 1_000)
  database
    .prepare(
      `insert into doubts (since, until) select last - ?, last from activity
       where last < ? and last not in (select until from doubts)`,
    )
    .run(writtenOutMs, bootMs)
  const spans = database.prepare("select since, until from doubts").all() as {
    since: number
    until: number
  }[]
  return ({ bytes, recorded }) =>
    bytes <= smallBytes &&
    recorded !== null &&
    spans.some(({ since, until }) => recorded >= since && recorded <= until)
}
