import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { lutimes, mkdir, readdir, readFile, symlink, utimes, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import {
  createAtomicFile,
  partialPath,
  removeLeftovers,
  writeFileAtomic,
} from "../../src/storage/atomic-file.ts"
import { startChild } from "./child.ts"
import { tempDirectory } from "./temp-directory.ts"

describe("createAtomicFile", () => {
  it("appears whole, with all that was written, and only at commit", async () => {
    const directory = await tempDirectory()
    const path = join(directory, "a", "b", "file.bin")
    const file = await createAtomicFile(path)
    const expected: Buffer[] = []
    for (let turn = 0; turn < 300; turn++) {
      const piece = turn % 3 === 0 ? `Ä${turn}` : Buffer.alloc(turn * 13, turn)
      expected.push(Buffer.from(piece))
      await file.write(piece)
      expect(existsSync(path)).toBe(false)
    }
    const all = Buffer.concat(expected)
    expect(file.bytes).toBe(all.length)
    await file.commit()
    expect((await readFile(path)).equals(all)).toBe(true)
    await file.discard()
    expect(await readdir(join(directory, "a", "b"))).toEqual(["file.bin"])
  })

  it("writes pieces larger and smaller than what it gathers, and views into larger buffers", async () => {
    const path = join(await tempDirectory(), "file.bin")
    const file = await createAtomicFile(path)
    const large = Buffer.alloc(1_000_000, 1)
    await file.write(large)
    await file.write(new Uint8Array(Buffer.from("..cd..")).subarray(2, 4))
    await file.write("")
    await file.commit()
    expect((await readFile(path)).equals(Buffer.concat([large, Buffer.from("cd")]))).toBe(true)
  })

  it("replaces what was there in one step, and leaves it where it is discarded", async () => {
    const path = join(await tempDirectory(), "file")
    writeFileSync(path, "old")
    const discarded = await createAtomicFile(path)
    await discarded.write("half")
    await discarded.discard()
    expect(readFileSync(path, "utf8")).toBe("old")
    const file = await createAtomicFile(path)
    await file.write("new")
    expect(readFileSync(path, "utf8")).toBe("old")
    await file.commit()
    expect(readFileSync(path, "utf8")).toBe("new")
    expect(readdirSync(join(path, ".."))).toEqual(["file"])
  })

  it("takes names as long as the file system does, and many at once for one name", async () => {
    const directory = await tempDirectory()
    const path = join(directory, `${"n".repeat(250)}.json`)
    const files = await Promise.all(Array.from({ length: 50 }, () => createAtomicFile(path)))
    for (const [index, file] of files.entries()) {
      await file.write(`${index}`)
      await file.commit()
    }
    expect(readFileSync(path, "utf8")).toBe("49")
    expect(readdirSync(directory)).toHaveLength(1)
  })
})

describe("writeFileAtomic", () => {
  it("makes the directory, writes text and bytes, and keeps the mode asked for", async () => {
    const directory = await tempDirectory()
    const path = join(directory, "a", "b", `${"n".repeat(250)}.json`)
    writeFileAtomic(path, "Ä", { mode: 0o600 })
    expect(readFileSync(path, "utf8")).toBe("Ä")
    expect(statSync(path).mode & 0o777).toBe(0o600)
    writeFileAtomic(path, new Uint8Array([1, 2, 3]))
    expect([...readFileSync(path)]).toEqual([1, 2, 3])
    expect(readdirSync(join(directory, "a", "b"))).toHaveLength(1)
  })

  it("leaves nothing behind where the name cannot be taken", async () => {
    const directory = await tempDirectory()
    await mkdir(join(directory, "taken", "inside"), { recursive: true })
    expect(() => writeFileAtomic(join(directory, "taken"), "x")).toThrow()
    expect(readdirSync(directory)).toEqual(["taken"])
  })
})

describe("removeLeftovers", () => {
  it("removes what a killed process was writing, not what a live one is, and no other file", async () => {
    const directory = await tempDirectory()
    const write = (name: string) => `
      const { createAtomicFile } = await src("storage/atomic-file.ts")
      const file = await createAtomicFile(${JSON.stringify(join(directory, "images", "deep", name))})
      await file.write("x".repeat(1_000_000))
      console.log("written")
      setInterval(() => {}, 1000)
    `
    const killed = startChild(write("killed.png"))
    const alive = startChild(write("alive.png"))
    expect(await killed.line()).toBe("written")
    expect(await alive.line()).toBe("written")
    const own = await createAtomicFile(join(directory, "images", "own.png"))
    const innocent = ["a.part", ".hidden.part", "photo.1a-00000000.part.png", "x.zz-0123abcd.part"]
    for (const name of innocent) await writeFile(join(directory, "images", name), "")
    const all = () => readdirSync(directory, { recursive: true }).filter((name) => `${name}`.includes("."))
    expect(all()).toHaveLength(3 + innocent.length)

    await killed.kill()
    removeLeftovers(directory)
    expect(all()).toHaveLength(2 + innocent.length)
    await own.write("still there")
    await own.commit()
    expect(existsSync(join(directory, "images", "own.png"))).toBe(true)
    await alive.kill()
    removeLeftovers(directory)
    expect(all().sort()).toEqual([...innocent, "own.png"].map((name) => join("images", name)).sort())
  })

  it("removes what a process with this one's number left before this one began, a link too", async () => {
    const directory = await tempDirectory()
    const own = partialPath(join(directory, "own"))
    const older = partialPath(join(directory, "older"))
    const link = partialPath(join(directory, "latest"))
    for (const path of [own, older]) await writeFile(path, "half")
    await symlink("nowhere", link)
    await utimes(older, 1_000, 1_000)
    await lutimes(link, 1_000, 1_000)
    removeLeftovers(directory)
    expect(readdirSync(directory).map((name) => join(directory, name))).toEqual([own])
  })

  it("is content with a directory that is not there", async () => {
    removeLeftovers(join(await tempDirectory(), "missing"))
  })
})
