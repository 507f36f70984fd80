import { existsSync } from "node:fs"
import { join } from "node:path"
import Database from "libsql"
import { expect, test } from "vitest"
import { copyDatabase } from "../../src/storage/database.ts"
import { startChild } from "./child.ts"
import { tempDirectory } from "./temp-directory.ts"

test("a copy is whole, whatever another process does to the database", async () => {
  const directory = await tempDirectory()
  const path = join(directory, "manifest.db")
  const child = startChild(`
    const { openDatabase } = await src("storage/database.ts")
    const database = openDatabase(${JSON.stringify(path)}, "create table if not exists a (n integer primary key, t text)")
    // It moves its log into the database all the time.
    database.pragma("wal_autocheckpoint = 20")
    const insert = database.prepare("insert into a (t) values (?)")
    console.log("ready")
    for (let at = 0; ; at++) {
      insert.run("x".repeat(2_000))
      if (at % 40 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    }
  `)
  expect(await child.line()).toBe("ready")
  let last = 0
  for (let round = 0; round < 30; round++) {
    const to = join(directory, `copy-${round}.db`)
    copyDatabase(path, to)
    const copy = new Database(to)
    expect(copy.prepare("pragma integrity_check").get()).toMatchObject({ integrity_check: "ok" })
    const { count } = copy.prepare("select count(*) as count from a").get() as { count: number }
    expect(count).toBeGreaterThanOrEqual(last)
    last = count
    copy.close()
  }
  expect(last).toBeGreaterThan(0)
})

test("where there is no database there is no copy", async () => {
  const directory = await tempDirectory()
  copyDatabase(join(directory, "a.db"), join(directory, "b.db"))
  expect(existsSync(join(directory, "b.db"))).toBe(false)
})
