import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { PathError } from "../../src/errors.ts"
import { type Manifest, openManifest } from "../../src/storage/manifest/manifest.ts"
import { startChild } from "./child.ts"
import { tempDirectory } from "./temp-directory.ts"

const known = (source: string) => ({ source, bytes: 3, digest: "ab" })

async function openTemp(): Promise<{ path: string; manifest: Manifest; reopen: () => Manifest }> {
  const path = join(await tempDirectory(), "inside", "manifest.db")
  let manifest = openManifest(path)
  onTestFinished(() => manifest.close())
  const reopen = () => {
    manifest.close()
    manifest = openManifest(path)
    return manifest
  }
  return { path, manifest, reopen }
}

/** Notes a file that is needed, as a pull does. */
function note(manifest: Manifest, release: string, path: string, owner = path): string {
  const name = manifest.claim(path, owner)
  manifest.use(release, name)
  manifest.record(name, known(owner))
  return name
}

describe("a manifest", () => {
  it("gives each owner a name of its own, the same each time, and after it is opened again", async () => {
    const { manifest, reopen } = await openTemp()
    const claims = (of: Manifest) => [
      of.claim("a/x.png", "one"),
      of.claim("a/x.png", "two"),
      of.claim("a/x.png", "three"),
      of.claim("a/x_2.png", "four"),
      of.claim("a/x_4.png", "five"),
      of.claim("a/x.png", "six"),
      of.claim("b/x.png", "two"),
      of.claim("a/x.png", "one"),
      of.claim("a/x.png", "three"),
    ]
    const expected = [
      "a/x.png",
      "a/x_2.png",
      "a/x_3.png",
      "a/x_2_2.png",
      "a/x_4.png",
      "a/x_5.png",
      "b/x.png",
      "a/x.png",
      "a/x_3.png",
    ]
    expect(claims(manifest)).toEqual(expected)
    expect(claims(manifest)).toEqual(expected)
    expect(claims(reopen())).toEqual(expected)
    expect(claims(reopen())).toEqual(expected)
  })

  it("gives 20,000 owners of one name their own, and finds each again", async () => {
    const { manifest, reopen } = await openTemp()
    const names = new Set<string>()
    for (let owner = 0; owner < 20_000; owner++) names.add(manifest.claim("x.png", `${owner}`))
    expect(names.size).toBe(20_000)
    const again = reopen()
    for (let owner = 19_999; owner >= 0; owner--) {
      if (!names.delete(again.claim("x.png", `${owner}`))) throw new Error(`${owner} got another name`)
    }
    expect(names.size).toBe(0)
  })

  it("makes claims together as it makes them one by one, and keeps them when one is refused", async () => {
    const { manifest, reopen } = await openTemp()
    note(manifest, "v1", "noted")
    const claims = (of: Manifest) =>
      Array.from({ length: 1_000 }, (_, at) => of.claim("x.png", `owner ${at}`))
    const names = manifest.together(() => claims(manifest))
    expect(names.slice(0, 3)).toEqual(["x.png", "x_2.png", "x_3.png"])
    expect(claims(manifest)).toEqual(names)
    expect(() =>
      manifest.together(() => {
        manifest.claim("y", "one")
        throw new Error("refused")
      }),
    ).toThrow("refused")
    const again = reopen()
    expect([...claims(again), again.claim("y", "two")]).toEqual([...names, "y_2"])
    expect([again.known("noted"), again.isUsed("noted")]).toEqual([known("noted"), true])
  })

  it("gives names to two processes that claim together", async () => {
    const { path, manifest } = await openTemp()
    const other = openManifest(path)
    onTestFinished(() => other.close())
    manifest.claim("seen by both", "one")
    const theirs = other.together(() => [other.claim("seen by both", "two"), other.claim("x", "two")])
    const ours = manifest.together(() => [manifest.claim("x", "one"), manifest.claim("y", "one")])
    expect([theirs, ours]).toEqual([
      ["seen by both_2", "x"],
      ["x_2", "y"],
    ])
  })

  it("knows which files stand for one whose address gave a list", async () => {
    const { manifest, reopen } = await openTemp()
    note(manifest, "v1", "a.dcm")
    expect(manifest.knownList("a.dcm")).toBeUndefined()
    const list = { source: "https://h/a", files: ["a/1.dcm", "a/2.dcm"] }
    manifest.recordList("a.dcm", list)
    // What no longer stands there is not needed.
    expect([manifest.knownList("a.dcm"), manifest.isUsed("a.dcm")]).toEqual([list, false])
    const again = reopen()
    expect([again.knownList("a.dcm"), again.knownList("a/1.dcm")]).toEqual([list, undefined])
    again.recordList("a.dcm", undefined)
    expect(again.knownList("a.dcm")).toBeUndefined()
  })

  it("knows what was recorded, and nothing else", async () => {
    const { manifest, reopen } = await openTemp()
    expect(manifest.known("a")).toBeUndefined()
    manifest.claim("a", "one")
    expect(manifest.known("a")).toBeUndefined()
    manifest.record("a", known("s"))
    expect(manifest.known("a")).toEqual(known("s"))
    const again = reopen()
    expect(again.known("a")).toEqual(known("s"))
    again.record("a", { source: "t", bytes: 0, digest: "cd" })
    expect(again.known("a")).toEqual({ source: "t", bytes: 0, digest: "cd" })
    again.forgetFile("a")
    expect(again.known("a")).toBeUndefined()
    expect(again.claim("a", "another")).toBe("a")
    expect(() => again.record("never claimed", known("s"))).toThrow(PathError)
  })

  it("says what a release no longer needs, once it has been noted anew", async () => {
    const { manifest, reopen } = await openTemp()
    manifest.beginRelease("v1")
    for (const name of ["a", "b", "c"]) note(manifest, "v1", `releases/v1/annotations/${name}.json`)
    note(manifest, "v1", "images/a.png")
    manifest.claim("releases/v1/annotations/never-whole.json", "x")
    manifest.endRelease("v1")
    expect([...manifest.unusedBy("v1", "releases/v1/annotations/")]).toEqual([])
    expect(manifest.releases()).toEqual(["v1"])

    const again = reopen()
    again.beginRelease("v1")
    note(again, "v1", "releases/v1/annotations/b.json")
    // Until it has ended, what was needed before is needed still.
    expect(again.isUsed("releases/v1/annotations/a.json")).toBe(true)
    expect(again.isUsed("images/a.png")).toBe(true)
    again.endRelease("v1")
    expect(again.isUsed("images/a.png")).toBe(false)
    const unused: string[] = []
    // The manifest may be changed meanwhile.
    for (const path of again.unusedBy("v1", "releases/v1/annotations/")) {
      again.forgetFile(path)
      unused.push(path)
    }
    expect(unused).toEqual(["releases/v1/annotations/a.json", "releases/v1/annotations/c.json"])
    expect([...again.unusedBy("v1", "releases/v1/annotations/")]).toEqual([])
  })

  it("finds more unused files than it reads at a time, and only below the folder", async () => {
    const { manifest } = await openTemp()
    manifest.beginRelease("v1")
    for (let index = 0; index < 1_700; index++) note(manifest, "v1", `f/${index}`)
    for (const path of ["f", "f0", "e/x", "f.json", "g/x"]) note(manifest, "v1", path)
    manifest.endRelease("v1")
    manifest.beginRelease("v1")
    manifest.endRelease("v1")
    const unused: string[] = []
    for (const path of manifest.unusedBy("v1", "f/")) {
      if (unused.length % 3 === 0) manifest.forgetFile(path)
      unused.push(path)
    }
    expect(unused).toHaveLength(1_700)
    expect(unused.every((path) => path.startsWith("f/"))).toBe(true)
  })

  it("keeps what another release needs", async () => {
    const { manifest } = await openTemp()
    for (const release of ["v1", "v2"]) {
      manifest.beginRelease(release)
      note(manifest, release, "images/a.png")
      manifest.endRelease(release)
    }
    manifest.forgetRelease("v1")
    expect(manifest.isUsed("images/a.png")).toBe(true)
    expect(manifest.releases()).toEqual(["v2"])
    expect([...manifest.unusedBy("v1", "images/")]).toEqual(["images/a.png"])
    manifest.forgetRelease("v2")
    expect(manifest.isUsed("images/a.png")).toBe(false)
    expect(manifest.known("images/a.png")).toEqual(known("images/a.png"))
  })

  it("does not count a release that was never ended, and forgets nothing of it", async () => {
    const { manifest, reopen } = await openTemp()
    manifest.beginRelease("v1")
    note(manifest, "v1", "images/a.png")
    const again = reopen()
    expect(again.releases()).toEqual([])
    expect(again.isUsed("images/a.png")).toBe(true)
    again.beginRelease("v1")
    again.endRelease("v1")
    expect(again.releases()).toEqual(["v1"])
    expect(again.isUsed("images/a.png")).toBe(false)
  })

  it("keeps what was recorded when the process is killed", async () => {
    const path = join(await tempDirectory(), "manifest.db")
    const child = startChild(`
      const { openManifest } = await src("storage/manifest/manifest.ts")
      const manifest = openManifest(${JSON.stringify(path)})
      manifest.beginRelease("v1")
      for (let index = 0; ; index++) {
        manifest.claim("f/" + index, "owner " + index)
        manifest.use("v1", "f/" + index)
        manifest.record("f/" + index, { source: "s" + index, bytes: index, digest: "d" })
        // What has been asked for is written: from here on it must not get lost.
        if (index % 100 === 99) {
          manifest.isUsed("f/0")
          console.log(index)
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
    `)
    let told = 0
    for (let lines = 0; lines < 30; lines++) told = Number(await child.line())
    await child.kill()
    const manifest = openManifest(path)
    onTestFinished(() => manifest.close())
    expect(told).toBe(2_999)
    for (let index = 0; index <= told; index++) {
      expect(manifest.known(`f/${index}`)).toEqual({ source: `s${index}`, bytes: index, digest: "d" })
      expect(manifest.isUsed(`f/${index}`)).toBe(true)
    }
    expect(manifest.claim("f/0", "owner 0")).toBe("f/0")
    expect(manifest.claim("f/0", "somebody else")).toBe("f/0_2")
  })

  it("writes what is noted by itself after a moment", async () => {
    const { path, manifest } = await openTemp()
    manifest.beginRelease("v1")
    note(manifest, "v1", "a")
    const other = openManifest(path)
    onTestFinished(() => other.close())
    while (!other.isUsed("a")) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(other.known("a")).toEqual(known("a"))
  })

  it("is used by several processes at once, opened by all in the same moment", async () => {
    const path = join(await tempDirectory(), "manifest.db")
    const children = Array.from({ length: 4 }, (_, worker) =>
      startChild(`
        import { once } from "node:events"
        const { openManifest } = await src("storage/manifest/manifest.ts")
        console.log("ready")
        await once(process.stdin, "data")
        const manifest = openManifest(${JSON.stringify(path)})
        manifest.beginRelease("v${worker}")
        for (let index = 0; index < 1000; index++) {
          const name = manifest.claim("w${worker}/" + index, "owner")
          manifest.use("v${worker}", name)
          manifest.record(name, { source: "s", bytes: index, digest: "d" })
          manifest.claim("shared/" + index, "shared owner")
          if (index % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
        }
        manifest.endRelease("v${worker}")
        manifest.close()
        console.log("done")
        process.exit()
      `),
    )
    for (const child of children) expect(await child.line()).toBe("ready")
    for (const child of children) child.process.stdin?.write("go\n")
    for (const child of children) expect(await child.line()).toBe("done")
    const manifest = openManifest(path)
    onTestFinished(() => manifest.close())
    expect(manifest.releases()).toEqual(["v0", "v1", "v2", "v3"])
    for (let worker = 0; worker < 4; worker++) {
      for (let index = 0; index < 1_000; index++) {
        expect(manifest.known(`w${worker}/${index}`)?.bytes).toBe(index)
        expect(manifest.isUsed(`w${worker}/${index}`)).toBe(true)
      }
    }
    expect(manifest.claim("shared/999", "shared owner")).toBe("shared/999")
  })

  it("gives a name that two processes want at once to one of them", async () => {
    const { path, manifest } = await openTemp()
    const other = openManifest(path)
    onTestFinished(() => other.close())
    expect(manifest.claim("a", "one")).toBe("a")
    expect(other.claim("a", "two")).toBe("a_2")
    expect(manifest.claim("a", "three")).toBe("a_3")
    expect(other.claim("a", "one")).toBe("a")
    manifest.record("a", known("one"))
    other.record("a_2", known("two"))
    manifest.isUsed("a")
    other.isUsed("a")
    expect(other.known("a")).toEqual(known("one"))
    expect(manifest.known("a_2")).toEqual(known("two"))
  })

  it("knows owners again whose text no database keeps", async () => {
    const { path, manifest } = await openTemp()
    const owners = ["a\0one", "a\0two", "a", "b\ud800", "b\ud801", "\u{1f697}"]
    const names = owners.map((owner) => manifest.claim("x", owner))
    expect(names).toEqual(["x", "x_2", "x_3", "x_4", "x_5", "x_6"])
    const other = openManifest(path)
    onTestFinished(() => other.close())
    expect(owners.map((owner) => other.claim("x", owner))).toEqual(names)
  })

  it("does not trust a file whose name was forgotten and claimed by another owner meanwhile", async () => {
    const { path, manifest } = await openTemp()
    const other = openManifest(path)
    onTestFinished(() => other.close())
    manifest.claim("a", "one")
    other.forgetFile("a")
    expect(other.claim("a", "two")).toBe("a")
    manifest.record("a", known("one"))
    manifest.isUsed("a")
    other.isUsed("a")
    expect(other.known("a")).toBeUndefined()
  })

  it("lets no earlier run of a release take back what a later one needs", async () => {
    const { path, manifest: early } = await openTemp()
    const late = openManifest(path)
    onTestFinished(() => late.close())
    early.beginRelease("v1")
    late.beginRelease("v1")
    note(late, "v1", "a")
    late.endRelease("v1")
    note(early, "v1", "a")
    note(early, "v1", "b")
    early.endRelease("v1")
    expect(late.isUsed("a")).toBe(true)
    expect(late.releases()).toEqual(["v1"])
  })
})
