import { mkdir, symlink, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { PathError, ZipError } from "../../src/errors.ts"
import { byCodePoint } from "../../src/storage/by-code-point.ts"
import { documents } from "../../src/storage/documents.ts"
import { handArchive } from "../parse/zip-archives.ts"
import { tempDirectory } from "./temp-directory.ts"

async function tree(...names: string[]): Promise<string> {
  const directory = await tempDirectory()
  for (const name of names) {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    await writeFile(join(directory, name), name)
  }
  return directory
}

async function namesIn(paths: string | readonly string[], extensions = [".json"]): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of documents(paths, { extensions })) names.push(name)
  return names
}

describe("documents", () => {
  it("gives the files of a directory by code point, folder by folder", async () => {
    // U+FF5E is above the surrogates in UTF-16, and below U+1F697 by code point.
    const order = [
      "a/b/2.json",
      "🚗.json",
      "a.json",
      "ä.json",
      "a b.json",
      "～.json",
      "b.json",
      "a/c.json",
      "B.json",
      "a/1.json",
    ]
    // As Python sorts paths: by their parts, and so "a" comes before "a b.json".
    const byParts = [
      "B.json",
      "a/1.json",
      "a/b/2.json",
      "a/c.json",
      "a b.json",
      "a.json",
      "b.json",
      "ä.json",
      "～.json",
      "🚗.json",
    ]
    expect(await namesIn(await tree(...order))).toEqual(byParts)
    expect([...byParts].sort()).not.toEqual(byParts)
  })

  it("leaves out other endings, and folders that hold no annotations", async () => {
    const directory = await tree(
      "a.JSON",
      "b.txt",
      "c.json.bak",
      ".v7/metadata.json",
      "in/.v7/metadata.json",
      "__MACOSX/a.json",
      ".hidden.json",
      "json",
    )
    expect(await namesIn(directory)).toEqual([".hidden.json", "a.JSON"])
    expect(await namesIn(directory, [".txt", ".json"])).toEqual([".hidden.json", "a.JSON", "b.txt"])
  })

  it("gives bytes and stream of each file, and its path", async () => {
    const directory = await tree("a/1.json")
    for await (const { path, name, bytes, stream } of documents(directory, { extensions: [".json"] })) {
      expect(path).toBe(join(directory, "a/1.json"))
      expect(Buffer.from(await bytes()).toString()).toBe(name)
      const pieces: Uint8Array[] = []
      for await (const piece of stream()) pieces.push(piece)
      expect(Buffer.concat(pieces).toString()).toBe(name)
    }
  })

  it("takes several inputs in the order given, and a file whatever its ending", async () => {
    const one = await tree("z.json", "named.txt")
    const two = await tree("a.json")
    expect(await namesIn([one, join(one, "named.txt"), two, join(two, "a.json")])).toEqual([
      "z.json",
      "named.txt",
      "a.json",
      "a.json",
    ])
    expect(await namesIn([])).toEqual([])
  })

  it("follows links to files, not to directories", async () => {
    const directory = await tree("real/a.json")
    await symlink(join(directory, "real"), join(directory, "again"))
    await symlink(join(directory, "real"), join(directory, "folder.json"))
    await symlink(join(directory, "real/a.json"), join(directory, "link.json"))
    expect(await namesIn(directory)).toEqual(["link.json", "real/a.json"])
    expect(await namesIn(join(directory, "again"))).toEqual(["a.json"])
  })

  it("reads archives entry by entry in their own order", async () => {
    const directory = await tempDirectory()
    const names = [
      "z.json",
      "a/b.json",
      ".v7/metadata.json",
      "x/.v7/y.json",
      "__MACOSX/z.json",
      "read.me",
      "a.JSON",
    ]
    const archive = join(directory, "release.ZIP")
    await writeFile(archive, handArchive(names.map((name) => ({ name, data: Buffer.from(name) }))))
    const found: string[] = []
    for await (const { path, name, bytes, stream } of documents(archive, { extensions: [".json"] })) {
      found.push(name)
      expect(path).toBe(`${archive}/${name}`)
      expect(Buffer.from(await bytes()).toString()).toBe(name)
      for await (const piece of stream()) expect(Buffer.from(piece).toString()).toBe(name)
    }
    expect(found).toEqual(["z.json", "a/b.json", "a.JSON"])
    // Opened again, from the start; left early, without harm.
    for await (const { name } of documents(archive, { extensions: [".json"] })) {
      expect(name).toBe("z.json")
      break
    }
  })

  it("refuses an input that is missing, and an archive that is none", async () => {
    const directory = await tree("bad.zip")
    const missing = join(directory, "missing")
    await expect(namesIn([directory, missing])).rejects.toThrow(
      new PathError(missing, "no such file or directory").message,
    )
    await expect(namesIn(missing)).rejects.toBeInstanceOf(PathError)
    await expect(namesIn(join(directory, "bad.zip", "below"))).rejects.toBeInstanceOf(PathError)
    await expect(namesIn(join(directory, "bad.zip"))).rejects.toBeInstanceOf(ZipError)
  })
})

describe("byCodePoint", () => {
  it("orders any texts as their code points are ordered", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "b", "Z", "ä", "～", "🚗", "🚙", "\ud83d", "\udeff", "\uffff"),
    })
    const points = (value: string) => [...value].map((character) => character.codePointAt(0) ?? 0)
    const reference = (a: string, b: string): number => {
      const [one, other] = [points(a), points(b)]
      for (let at = 0; at < Math.min(one.length, other.length); at++) {
        const difference = (one[at] ?? 0) - (other[at] ?? 0)
        if (difference !== 0) return difference
      }
      return one.length - other.length
    }
    fc.assert(
      fc.property(text, text, (a, b) => {
        // A half of a pair is no code point.
        fc.pre(!/\p{Surrogate}/u.test(a) && !/\p{Surrogate}/u.test(b))
        expect(Math.sign(byCodePoint(a, b))).toBe(Math.sign(reference(a, b)))
      }),
      { numRuns: 2000 },
    )
  })
})
