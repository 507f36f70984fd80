import { describe, expect, test } from "vitest"
import { fullNameOf, imageItem, targetOf } from "../../../src/formats/shared/image-name.ts"

test.each([
  ["/", "a.png", "a.png"],
  ["", "a.png", "a.png"],
  ["/a//b/./", "c.png", "a/b/c.png"],
  ["a b", "c/0000001.png", "a b/c/0000001.png"],
])("the full name of %j and %j is %j", (path, name, full) => {
  expect(fullNameOf({ path, name })).toBe(full)
})

test.each([
  ["street/kerb.JPG", "street/kerb"],
  ["report.v1", "report.v1"],
  ["scan.nii.gz", "scan"],
  ["a/.png", "a/.png"],
  ['x"y?.png', "x_y_"],
])("the target of %j is %j", (full, target) => {
  expect(targetOf(full)).toBe(target)
})

test("a target never leaves its directory", () => {
  for (const name of ["../a.png", "a/../b.png", "", "/a.png", "C:a.png", "a\0.png", "con.png"]) {
    expect(() => targetOf(name)).toThrow(expect.objectContaining({ code: "path" }))
  }
})

describe("the item of a name from outside", () => {
  test("is an image in its folder", () => {
    expect(
      imageItem("a/b.png", { width: 4, height: 3, url: "http://127.0.0.1/x" }, "x.json", "name"),
    ).toEqual({
      name: "b.png",
      path: "/a",
      slots: [
        {
          slot_name: "0",
          type: "image",
          source_files: [{ file_name: "b.png", url: "http://127.0.0.1/x" }],
          width: 4,
          height: 3,
        },
      ],
    })
  })

  test.each([
    ["../../b.png", "/"],
    ["/a/../../c/b.png", "/c"],
    ["./b.png", "/"],
  ])("%j lies in %j: within the root", (full, path) => {
    expect(imageItem(full, {}, "x.json", "name")).toMatchObject({ name: "b.png", path })
  })

  test.each(["", "/", "a/", ".."])("%j is none", (full) => {
    expect(() => imageItem(full, {}, "x.json", "line 2")).toThrow(
      expect.objectContaining({ code: "format", file: "x.json", place: "line 2" }),
    )
  })
})
