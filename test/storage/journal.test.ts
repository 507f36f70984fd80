import { existsSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { openJournal } from "../../src/storage/journal.ts"
import { tempDirectory } from "./temp-directory.ts"

test("a journal tells whether it holds anything, written or not", async () => {
  const path = join(await tempDirectory(), "below", "notes")
  const journal = openJournal(path)
  expect(journal.isEmpty()).toBe(true)
  journal.set("push a", "1")
  journal.set("import a", "2")
  expect(journal.isEmpty()).toBe(false)
  journal.clear("push ")
  expect([journal.isEmpty(), journal.get("push a"), journal.get("import a")]).toEqual([false, undefined, "2"])
  journal.close()
  const again = openJournal(path)
  expect([again.isEmpty(), again.get("import a")]).toEqual([false, "2"])
  again.clear("import ")
  expect(again.isEmpty()).toBe(true)
  again.close()
})

test("a journal without a path is its opener's own and leaves nothing", () => {
  const [one, other] = [openJournal(""), openJournal("")]
  one.set("a", "1")
  one.flush()
  expect([one.get("a"), other.get("a")]).toEqual(["1", undefined])
  one.close()
  other.close()
  expect(existsSync("-wal")).toBe(false)
})
