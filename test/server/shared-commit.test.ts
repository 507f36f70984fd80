import path from "node:path"

import { expect, onTestFinished, test } from "vitest"

import { type Database, openDatabase } from "../../src/server/store/database.ts"
import { getSetting, setSetting } from "../../src/server/store/settings.ts"
import { shareCommits } from "../../src/server/store/shared-commit.ts"
import { makeDirectory } from "./support.ts"

async function database(): Promise<Database> {
  const db = openDatabase(path.join(await makeDirectory(), "darwin.db"))
  onTestFinished(() => db.close())
  return db
}

test("what waits together is committed once, and nobody hears of it before", async () => {
  const log: string[] = []
  const shared = shareCommits(
    (work) => {
      log.push("begin")
      work()
      log.push("commit")
    },
    () => undefined,
  )
  const told = ["a", "b"].map((name) =>
    shared(() => log.push(`work ${name}`)).then(() => log.push(`told ${name}`)),
  )
  expect(log).toEqual([])
  await Promise.all(told)
  await shared(() => log.push("work c"))
  expect(log).toEqual([
    "begin",
    "work a",
    "work b",
    "commit",
    "told a",
    "told b",
    "begin",
    "work c",
    "commit",
  ])
})

test("a commit that fails is a failure of all that it held", async () => {
  const shared = shareCommits(
    (work) => {
      work()
      throw new Error("disk full")
    },
    () => undefined,
  )
  const outcomes = await Promise.allSettled([shared(() => 1), shared(() => 2)])
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"])
})

test("what throws is undone alone, with all of its own work", async () => {
  const db = await database()
  const outcomes = await Promise.allSettled([
    db.shared(() => setSetting(db, "a", "1")),
    db.shared(() =>
      db.transaction(() => {
        setSetting(db, "b", "2")
        throw new Error("no")
      }),
    ),
    db.shared(() => getSetting(db, "a")),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"])
  expect(outcomes[2]).toMatchObject({ value: "1" })
  expect([getSetting(db, "a"), getSetting(db, "b")]).toEqual(["1", undefined])
})

test("no transaction is open while work waits", async () => {
  const db = await database()
  const waiting = db.shared(() => setSetting(db, "a", "later"))
  setSetting(db, "a", "now")
  const snapshot = db.snapshot()
  expect(getSetting(snapshot, "a")).toBe("now")
  await waiting
  expect([getSetting(snapshot, "a"), getSetting(db, "a")]).toEqual(["now", "later"])
  snapshot.close()
})
