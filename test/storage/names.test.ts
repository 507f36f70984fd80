import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { PathError } from "../../src/errors.ts"
import type { Item, Slot } from "../../src/model/annotation-file.ts"
import {
  annotationFolder,
  annotationName,
  endingOf,
  frameName,
  itemOwner,
  type MediaTargetsOptions,
  mediaTargets,
  numberedName,
  part,
  stemOf,
} from "../../src/storage/names.ts"

function slot(slot_name: string, files: readonly string[], more: Partial<Slot> = {}): Slot {
  return {
    slot_name,
    type: "image",
    source_files: files.map((file_name) => ({ file_name, url: `https://host/${file_name}` })),
    ...more,
  }
}

function item(name: string, slots: readonly Slot[], path = "/"): Item {
  return { name, path, slots }
}

function paths(of: Item, options: MediaTargetsOptions = {}): string[] {
  return mediaTargets(of, options).map(({ path }) => path)
}

describe("mediaTargets", () => {
  it.each([
    ["scan", "orig.jpg", "images/scan.jpg"],
    ["clip.v1", "c.mp4", "images/clip.mp4"],
    ["kerb.jpg", "kerb.jpg", "images/kerb.jpg"],
    ["kerb.png", "0001.JPG", "images/kerb.JPG"],
    ["no ending", "none", "images/no ending"],
    ["vol.nii.gz", "v.nii.gz", "images/vol.nii.gz"],
    ["vol", "v.nii.gz", "images/vol.nii.gz"],
    // darwin-py cuts seven characters off whatever they are, and so writes v.nii.gz.
    ["vol2.dcm", "v.nii.gz", "images/vol2.nii.gz"],
    ["a?b*c.png", "x.png", "images/a_b_c.png"],
    ["walk/0000000.png", "x.png", "images/walk_0000000.png"],
    ["v1.2/frame", "dir.x/file", "images/v1.2_frame"],
    ["Überführung 車.png", "x.png", "images/Überführung 車.png"],
  ])("names the one source of the item %j, %j, %j", (name, source, path) => {
    expect(paths(item(name, [slot("0", [source])]))).toEqual([path])
  })

  it("keeps the item's folder, unless told not to", () => {
    const deep = item("a.png", [slot("0", ["a.png"])], "/street//left/./side/")
    expect(paths(deep)).toEqual(["images/street/left/side/a.png"])
    expect(paths(deep, { useFolders: false })).toEqual(["images/a.png"])
    expect(paths(item("a.png", [slot("0", ["a.png"])], ""))).toEqual(["images/a.png"])
    expect(paths(item("a.png", [slot("0", ["a.png"])], "no/slash"))).toEqual(["images/no/slash/a.png"])
  })

  it("gives several slots or sources folders of their own, slots in the order of their names as texts", () => {
    const slots = [slot("2", ["b.png"]), slot("10", ["c.png"]), slot("0:x", ["a?.png"])]
    expect(paths(item("i.png", slots, "/f"))).toEqual([
      "images/f/i.png/0:x/a_.png",
      "images/f/i.png/10/c.png",
      "images/f/i.png/2/b.png",
    ])
    expect(paths(item("series", [slot("0", ["1.dcm", "2.dcm"], { type: "dicom" })]))).toEqual([
      "images/series/0/1.dcm",
      "images/series/0/2.dcm",
    ])
  })

  it("gives the frames of a video in place of the video where they are wanted and listed", () => {
    const frames = { type: "video", frame_urls: ["https://host/0", "https://host/1"] } as const
    const clip = item("clip.v1.mp4", [slot("0", ["c.mp4"], frames)], "/cam")
    expect(paths(clip)).toEqual(["images/cam/clip.v1.mp4"])
    expect(mediaTargets(clip, { videoFrames: true }).map(({ url, path }) => [url, path])).toEqual([
      ["https://host/0", "images/cam/clip.v1/0000000.png"],
      ["https://host/1", "images/cam/clip.v1/0000001.png"],
    ])
    expect(paths(clip, { videoFrames: true, useFolders: false })).toEqual([
      "images/clip.v1/0000000.png",
      "images/clip.v1/0000001.png",
    ])
    const two = item("duo", [
      slot("a", ["a.mp4"], frames),
      slot("b", ["b.png"], { frame_urls: ["https://host/x"] }),
    ])
    expect(paths(two, { videoFrames: true })).toEqual([
      "images/duo/a/0000000.png",
      "images/duo/a/0000001.png",
      "images/duo/b/b.png",
    ])
    const none = item("long.mp4", [slot("0", ["long.mp4"], { type: "video", frame_urls: [] })])
    expect(paths(none, { videoFrames: true })).toEqual(["images/long.mp4"])
  })

  it("names one file by its slots where that is forced, and takes the first of all where they are ignored", () => {
    const scan = item("scan", [slot("0", ["orig.jpg"])], "/f")
    expect(paths(scan, { forceSlots: true })).toEqual(["images/f/scan/0/orig.jpg"])
    const two = item("i.x", [slot("b", ["b.png"]), slot("a", ["a.mp4", "c.mp4"])])
    expect(paths(two, { ignoreSlots: true })).toEqual(["images/i.mp4"])
    expect(paths(two, { ignoreSlots: true, forceSlots: true })).toEqual(["images/i.mp4"])
    expect(mediaTargets(two, {}).map(({ ownFolder }) => ownFolder)).toEqual(Array(3).fill("images/i.x"))
    expect(mediaTargets(two, { ignoreSlots: true })[0]).not.toHaveProperty("ownFolder")
  })

  it("takes the picture of a frame that was extracted from a video", () => {
    for (const files of [
      ["f.JPG", "v.mp4"],
      ["v.mp4", "f.JPG"],
    ]) {
      const extracted = item("frame.png", [slot("0", files)])
      expect(mediaTargets(extracted, {})).toMatchObject([
        { url: "https://host/f.JPG", path: "images/frame.JPG" },
      ])
      expect(paths(extracted, { forceSlots: true })).toHaveLength(2)
    }
    expect(paths(item("i", [slot("0", ["a.png", "b.mp4", "c.mp4"])]))).toHaveLength(3)
    expect(paths(item("i", [slot("0", ["a.mp4", "b.mp4"])]))).toHaveLength(2)
    expect(paths(item("i", [slot("0", ["a.png", "b.mp4"]), slot("1", ["c.png"])]))).toHaveLength(3)
  })

  it("tells which frames are packed grey", () => {
    const frame_urls = ["https://host/0"]
    const of = (metadata: Slot["metadata"]) =>
      mediaTargets(
        item("k", [slot("0", ["k.dcm"], { type: "dicom", frame_urls, metadata: metadata ?? null })]),
        {
          videoFrames: true,
        },
      ).map(({ packedGrey }) => packedGrey)
    expect([of({ colorspace: "RG16" }), of({ colorspace: "RGB" }), of(null)]).toEqual([
      [true],
      [false],
      [false],
    ])
  })

  it("gives nothing for an item without slots, sources or addresses", () => {
    expect(paths({ name: "a", path: "/" })).toEqual([])
    expect(paths({ name: "a", path: "/", slots: null })).toEqual([])
    expect(paths(item("a", [{ slot_name: "0", type: "image", source_files: null }]))).toEqual([])
    const without: Slot = {
      slot_name: "0",
      type: "image",
      source_files: [{ file_name: "a.png" }, { file_name: "b", url: null }],
    }
    expect(paths(item("a", [without]))).toEqual([])
    const missing: string[] = []
    const note = (place: string) => missing.push(place)
    expect(mediaTargets(item("a", [slot("b", ["b.png"]), without]), {}, note)).toHaveLength(1)
    expect(missing).toEqual(["item.slots[1].source_files[0]", "item.slots[1].source_files[1]"])
  })

  it("tells every file from every other by its owner, and knows it again in another release", () => {
    const slots = [slot("a", ["1.png", "1.png"]), slot("b", ["1.png"])]
    const owners = mediaTargets(item("i", slots), {}).map(({ owner }) => owner)
    expect(new Set(owners).size).toBe(3)
    const known = { ...item("i", slots), source_info: { item_id: "id-1" } }
    const renamed = { ...known, name: "j", path: "/elsewhere" }
    expect(mediaTargets(known, {}).map(({ owner }) => owner)).toEqual(
      mediaTargets(renamed, {}).map(({ owner }) => owner),
    )
    expect(itemOwner(known)).toBe("id-1")
    expect(itemOwner(item("i", [], "/a/"))).toBe("/a/i")
    expect(itemOwner(item("i", [], "a"))).toBe("/a/i")
  })

  const hostile = [
    "",
    ".",
    "..",
    "...",
    ". .",
    " ",
    "a\0b",
    "C:",
    "c:\\x",
    "con",
    "NUL.txt",
    "Com1",
    "lpt9.a.b",
    "COM¹",
    "aux .x",
  ]

  it.each(hostile)("refuses the item's name %j", (name) => {
    // One that begins with a dot and has no ending takes that of its source file.
    const several = item(name, [slot("0", ["a.png"]), slot("1", ["a.png"])])
    expect(() => mediaTargets(several, {})).toThrow(PathError)
  })

  it.each(hostile)("refuses %j as the name of a slot, of a source, of a folder", (name) => {
    expect(() => paths(item("i", [slot(name, ["a.png"]), slot("1", ["a.png"])]))).toThrow(PathError)
    expect(() => paths(item("i", [slot("0", [name, "a.png"])]))).toThrow(PathError)
    const folder = item("i", [slot("0", ["a.png"])], `/a/${name}/b`)
    if (name === "" || name === ".") expect(paths(folder)).toEqual(["images/a/b/i.png"])
    else expect(() => paths(folder)).toThrow(PathError)
  })

  it("never leaves images/, whatever the names, and gives no part that a path could not have", () => {
    const text = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 8 }),
      fc.stringMatching(/^[./\\: a]{0,6}$/),
      fc.constantFrom("../../etc/passwd", "/etc/passwd", "..\\..\\x", "C:\\x", "a/../../b", "a\0.png", "~"),
    )
    const slots = fc.array(fc.record({ name: text, files: fc.array(text, { minLength: 1, maxLength: 2 }) }), {
      minLength: 1,
      maxLength: 2,
    })
    fc.assert(
      fc.property(text, text, slots, fc.boolean(), (name, path, made, useFolders) => {
        const of = item(
          name,
          made.map((one) => slot(one.name, one.files)),
          path,
        )
        let found: string[]
        try {
          found = paths(of, { useFolders })
        } catch (error) {
          expect(error).toBeInstanceOf(PathError)
          return
        }
        for (const one of found) {
          const [first, ...parts] = one.split("/")
          expect(first).toBe("images")
          expect(parts.length).toBeGreaterThan(0)
          for (const each of parts) {
            expect(each).not.toMatch(/^[. ]*$|[\0\\<>"|?*]|^[A-Za-z]:/)
          }
        }
      }),
      { numRuns: 3000 },
    )
  })
})

describe("names", () => {
  // What pathlib.PurePath(name).stem and .suffix give.
  it.each([
    ["a.png", "a", ".png"],
    ["a.b.png", "a.b", ".png"],
    ["a", "a", ""],
    [".hidden", ".hidden", ""],
    [".hidden.png", ".hidden", ".png"],
    ["a.", "a.", ""],
    ["a..", "a..", ""],
    ["..png", ".", ".png"],
    ["a..png", "a.", ".png"],
    ["a. png", "a", ". png"],
    ["vol.nii.gz", "vol.nii", ".gz"],
  ])("cuts %j as Python does", (name, stem, ending) => {
    expect(stemOf(name)).toBe(stem)
    expect(endingOf(name)).toBe(ending)
  })

  it("cuts only the last part of a path", () => {
    expect(endingOf("a.b/c")).toBe("")
    expect(stemOf("a.b/.c")).toBe("a.b/.c")
    expect(endingOf("a.b/c.d")).toBe(".d")
  })

  it("numbers the last part of a path before its ending", () => {
    expect(numberedName("a/b.png", 2)).toBe("a/b_2.png")
    expect(numberedName("a.b/c", 3)).toBe("a.b/c_3")
    expect(numberedName(".hidden", 2)).toBe(".hidden_2")
    expect(numberedName("a.b/vol.nii.gz", 2)).toBe("a.b/vol_2.nii.gz")
  })

  it("names annotation files and frames", () => {
    expect(annotationName(item("kerb.v2.jpg", []))).toBe("kerb.v2.json")
    expect(annotationName(item("kerb", []))).toBe("kerb.json")
    expect(annotationName(item("a/b.png", []))).toBe("a_b.json")
    expect(() => annotationName(item("con.png", []))).toThrow(PathError)
    expect(annotationFolder(item("a", [], "/x/y"))).toBe("x/y/")
    expect(annotationFolder(item("a", [], "/"))).toBe("")
    expect(frameName(0)).toBe("0000000.png")
    expect(frameName(12_345_678)).toBe("12345678.png")
  })

  it("says which name is refused and why", () => {
    expect(() => part("..")).toThrow('"..": would leave its directory')
    expect(() => part("a\0")).toThrow('"a\\u0000": holds a NUL character')
    expect(() => part("C:x")).toThrow('"C:x": begins with a drive letter')
    expect(() => part("Nul.json")).toThrow('"Nul.json": is the name of a device on Windows')
    expect(["a.", "console", "nullable", "com10", "a b", "~", "-rf", "..a"].map(part)).toHaveLength(8)
  })
})
