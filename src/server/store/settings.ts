import type { Database } from "./database.ts"

/** Reads one of the server's own notes. */
export function getSetting(db: Database, key: string): string | undefined {
  return db.one<{ value: string }>("SELECT value FROM settings WHERE key = ?", [key])?.value
}

/** Writes one of the server's own notes. */
export function setSetting(db: Database, key: string, value: string): void {
  db.run(
    "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    [key, value],
  )
}

/** Removes one of the server's own notes. */
export function clearSetting(db: Database, key: string): void {
  db.run("DELETE FROM settings WHERE key = ?", [key])
}
