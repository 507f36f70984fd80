import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs"
import { mkdir, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { PathError } from "../../src/errors.ts"
import { openDatasetManifest, releaseFolder } from "../../src/storage/dataset-directory.ts"
import { linkLatest } from "../../src/storage/latest-link.ts"
import { tempDirectory } from "./temp-directory.ts"

describe("releaseFolder", () => {
  it("is that of the Python SDK's layout", () => {
    expect(releaseFolder("v1")).toEqual({
      key: "v1",
      folder: "releases/v1",
      annotations: "releases/v1/annotations",
      lists: "releases/v1/lists",
    })
    expect(releaseFolder("v1", "night")).toEqual({
      key: "v1/night",
      folder: "releases/v1/night",
      annotations: "releases/v1/night/annotations",
      lists: "releases/v1/night/lists",
    })
    expect(releaseFolder("a/b?").folder).toBe("releases/a_b_")
  })

  it.each([
    ["..", undefined],
    ["", undefined],
    ["nul", undefined],
    ["latest", undefined],
    ["Latest", undefined],
    ["v1", ".."],
    ["v1", ""],
    ["v1", "annotations"],
    ["v1", "Lists"],
  ])("refuses the release %j with the subset %j", (release, subset) => {
    expect(() => releaseFolder(release, subset)).toThrow(PathError)
  })

  it("has the manifest beside it", async () => {
    const directory = join(await tempDirectory(), "team", "dataset")
    openDatasetManifest(directory).close()
    expect(readdirSync(directory)).toEqual([".darwin-streams"])
  })
})

describe("linkLatest", () => {
  it("points to the release, also when the directory has moved, and is replaced in one step", async () => {
    const directory = join(await tempDirectory(), "a")
    for (const release of ["v1", "v_2"]) {
      await mkdir(join(directory, "releases", release), { recursive: true })
      await writeFile(join(directory, "releases", release, "name"), release)
    }
    expect(linkLatest(directory, "v1")).toBe(true)
    expect(readlinkSync(join(directory, "releases/latest"))).toBe("v1")
    expect(linkLatest(directory, "v?2")).toBe(true)
    await rename(directory, `${directory}-moved`)
    expect(readFileSync(join(`${directory}-moved`, "releases/latest/name"), "utf8")).toBe("v_2")
    expect(readdirSync(join(`${directory}-moved`, "releases")).sort()).toEqual(["latest", "v1", "v_2"])
  })

  it("says so, and leaves nothing behind, where it cannot be made", async () => {
    const directory = await tempDirectory()
    expect(linkLatest(directory, "v1")).toBe(false)
    await mkdir(join(directory, "releases/latest/inside"), { recursive: true })
    expect(linkLatest(directory, "v1")).toBe(false)
    expect(lstatSync(join(directory, "releases/latest")).isDirectory()).toBe(true)
    expect(readdirSync(join(directory, "releases"))).toEqual(["latest"])
  })
})
