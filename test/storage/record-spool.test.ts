import { readdirSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { expect, test } from "vitest"
import { createRecordSpool } from "../../src/storage/record-spool.ts"
import { inDirectory } from "../formats/golden.ts"

async function there(records: readonly Uint8Array[]): Promise<Buffer[]> {
  return inDirectory(async (directory) => {
    const spool = await createRecordSpool(join(directory, "new"))
    try {
      for (const record of records) await spool.add(record)
      expect(readdirSync(join(directory, "new"))).toEqual([])
      const back: Buffer[] = []
      for await (const record of spool.records()) back.push(record)
      return back
    } finally {
      await spool.close()
    }
  })
}

test("gives records back in their order, of any size", async () => {
  const sizes = [0, 1, 70_000, (1 << 20) - 4, 1 << 20, 3 << 20, 5, 0]
  const records = sizes.map((size, index) => Buffer.alloc(size, index + 1))
  const back = await there(records)
  expect(back.map(({ length }) => length)).toEqual(sizes)
  for (const [index, record] of back.entries()) expect(record.equals(records[index] as Buffer)).toBe(true)
})

test("takes a copy, and gives one that is the caller's own", async () => {
  const record = Buffer.from("one")
  const back = await inDirectory(async (directory) => {
    const spool = await createRecordSpool(directory)
    await spool.add(record)
    record.fill(0)
    await spool.add(Buffer.from("two"))
    const found: Buffer[] = []
    for await (const one of spool.records()) found.push(one)
    await spool.close()
    return found
  })
  expect(back.map(String)).toEqual(["one", "two"])
})

test("any records come back", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 50 }), async (records) => {
      expect((await there(records)).map((record) => [...record])).toEqual(
        records.map((record) => [...record]),
      )
    }),
    { numRuns: 30 },
  )
})
