import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { RunEvent } from "../../../src/events.ts"
import { cvat } from "../../../src/formats/cvat/index.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import { inContext } from "../../../src/stream.ts"
import { pictureByCells } from "../../geometry/masks.ts"
import { inDirectory } from "../golden.ts"

interface Result {
  readonly files: readonly AnnotationFile[]
  readonly events: readonly RunEvent[]
}

function read(xml: string, onInvalid: "throw" | "skip" = "throw"): Promise<Result> {
  return inDirectory(async (directory) => {
    const path = join(directory, "task.xml")
    writeFileSync(path, xml)
    const [files, events]: [AnnotationFile[], RunEvent[]] = [[], []]
    const source = inContext(cvat.read(path, { onInvalid }), { onEvent: (event) => events.push(event) })
    for await (const file of source) files.push({ ...file, path: "task.xml" })
    return { files, events }
  })
}

const image = (...shapes: readonly string[]) =>
  `<annotations><version>1.1</version>\n<image id="0" name="a/b.png" width="60" height="40">\n${shapes.join("\n")}\n</image></annotations>`

async function shapes(...xml: readonly string[]): Promise<readonly object[]> {
  const { files } = await read(image(...xml))
  return files[0]?.annotations.map(({ name: _, slot_names: __, ...shape }) => shape) ?? []
}

describe("shapes as CVAT exports them", () => {
  it("are read with what stands beside them", async () => {
    const { files } = await read(
      image(
        '<box label="car" source="manual" occluded="1" xtl="10.50" ytl="2" xbr="30.5" ybr="12.00" z_order="0">',
        '<attribute name="parked">true</attribute><attribute name="wet">false</attribute>',
        '<attribute name="colour">dark red</attribute><attribute name="note"></attribute></box>',
      ),
    )
    expect(files).toEqual([
      {
        path: "task.xml",
        version: "2.0",
        item: {
          name: "b.png",
          path: "/a",
          slots: [
            { slot_name: "0", type: "image", source_files: [{ file_name: "b.png" }], width: 60, height: 40 },
          ],
        },
        annotations: [
          {
            type: "bounding_box",
            name: "car",
            slot_names: ["0"],
            attributes: ["occluded", "parked", "colour:dark red"],
            bounding_box: { x: 10.5, y: 2, w: 20, h: 10 },
          },
        ],
      },
    ])
  })

  it("that are turned boxes become polygons", async () => {
    const [shape] = (await shapes('<box label="a" xtl="10" ytl="10" xbr="20" ybr="14" rotation="90"/>')) as [
      { type: string; polygon: { paths: { x: number; y: number }[][] } },
    ]
    expect(shape.type).toBe("polygon")
    // A quarter turn to the right about (15, 12), y down.
    const corners = [
      [17, 7],
      [17, 17],
      [13, 17],
      [13, 7],
    ]
    for (const [index, { x, y }] of (shape.polygon.paths[0] ?? []).entries()) {
      expect([x, y]).toEqual(corners[index]?.map((one) => expect.closeTo(one, 9)))
    }
  })

  it("of several points are a keypoint each", async () => {
    expect(await shapes('<points label="a" points="1,2;3.5,4"/>')).toEqual([
      { type: "keypoint", keypoint: { x: 1, y: 2 } },
      { type: "keypoint", keypoint: { x: 3.5, y: 4 } },
    ])
  })

  it("that are masks become polygons of the same pixels", async () => {
    const [mask] = await shapes('<mask label="a" rle="0, 2, 2, 2" left="1" top="1" width="3" height="2"/>')
    const { polygon, ...rest } = mask as { polygon: { paths: { x: number; y: number }[][] } }
    expect(rest).toEqual({ type: "polygon", bounding_box: { x: 1, y: 1, w: 3, h: 2 } })
    expect(pictureByCells(polygon.paths, 5, 4)).toEqual([".....", ".##..", "..##.", "....."])
  })

  it("leave out the points of a skeleton that are outside", async () => {
    const skeleton = `<skeleton label="dog"><points label="head" outside="0" occluded="1" points="1,2"/>
      <points label="tail" outside="1" occluded="0" points="3,4"/></skeleton>`
    expect(await shapes(skeleton)).toEqual([
      { type: "skeleton", skeleton: { nodes: [{ name: "head", x: 1, y: 2, occluded: true }] } },
    ])
  })
})

describe("tracks", () => {
  const video = (...tracks: readonly string[]) =>
    `<annotations><meta><task><size>10</size><mode>interpolation</mode><original_size><width>60</width>
     <height>40</height></original_size></task><source>cam/walk.mp4</source></meta>\n${tracks.join("\n")}</annotations>`
  const at = (frame: number, x: number, outside = 0, keyframe = 1) =>
    `<box frame="${frame}" keyframe="${keyframe}" outside="${outside}" occluded="0" xtl="${x}" ytl="0" xbr="${x + 2}" ybr="2"/>`

  it("are one video, there from where they appear to where they are outside, or to its end", async () => {
    const { files } = await read(
      video(
        `<track id="0" label="car">${at(2, 0)}${at(3, 1, 0, 0)}${at(4, 2)}${at(5, 2, 1)}${at(7, 9)}</track>`,
      ),
    )
    expect(files[0]?.item).toEqual({
      name: "walk.mp4",
      path: "/cam",
      slots: [
        {
          slot_name: "0",
          type: "video",
          source_files: [{ file_name: "walk.mp4" }],
          width: 60,
          height: 40,
          frame_count: 10,
        },
      ],
    })
    const box = (x: number, keyframe: boolean) => ({ bounding_box: { x, y: 0, w: 2, h: 2 }, keyframe })
    expect(files[0]?.annotations).toEqual([
      {
        type: "video",
        name: "car",
        slot_names: ["0"],
        frames: { 2: box(0, true), 3: box(1, false), 4: box(2, true), 7: box(9, true) },
        ranges: [
          [2, 5],
          [7, 10],
        ],
        interpolated: true,
      },
    ])
  })

  it("that are never seen, or of two shapes, are left out and told", async () => {
    const never = `<track id="0" label="a">${at(1, 0, 1)}</track>`
    const { files, events } = await read(video(never))
    expect(files[0]?.annotations).toEqual([])
    expect(events).toMatchObject([{ type: "skip", reason: "it is outside in all of its frames" }])
    const mixed = `<track id="0" label="a">${at(1, 0)}<points frame="2" outside="0" points="1,2"/></track>`
    await expect(read(video(mixed))).rejects.toMatchObject({
      place: "line 3, points",
      rule: "a keypoint in a track of bounding_box",
    })
  })
})

describe("what breaks the rules", () => {
  it.each([
    ["<voc/>", "line 1, voc", /^expected annotations, not voc/],
    [
      image('<box label="a" xtl="1" ytl="1" xbr="x" ybr="2"/>'),
      "line 3, box",
      /^xbr "x" is not a finite number$/,
    ],
    [image('<box label="a" xtl="1" ytl="1" xbr="2"/>'), "line 3, box", /^ybr is missing$/],
    [image('<box label="a" xtl="5" ytl="1" xbr="2" ybr="2"/>'), "line 3, box", /wrong way round/],
    [image('<box xtl="1" ytl="1" xbr="2" ybr="2"/>'), "line 3, box", /^label is missing$/],
    [
      image('<polygon label="a" points="1,2;3,4"/>'),
      "line 3, polygon",
      /^a polygon needs 3 points, and has 2$/,
    ],
    [image('<polyline label="a" points="1,2;3"/>'), "line 3, polyline", /^points are pairs/],
    [image('<points label="a" points="1,Infinity"/>'), "line 3, points", /not a finite number/],
    [
      image('<mask label="a" rle="1, 2" left="0" top="0" width="2" height="2"/>'),
      "line 3, mask",
      /^its runs do not add up to its size$/,
    ],
    [
      image('<mask label="a" rle="4" left="-1" top="0" width="2" height="2"/>'),
      "line 3, mask",
      /^it has no place in an image$/,
    ],
    [image('<box label="a"').replace("</image>", ""), "line 4, column 1", /./],
    ['<annotations><image id="0"/></annotations>', "line 1, image", /^name is missing$/],
    ['<annotations><image name="a.png" width="-3"/></annotations>', "line 1, image", /no size of an image/],
  ])("is refused with its line: %s", async (xml, place, rule) => {
    await expect(read(xml)).rejects.toMatchObject({
      code: "format",
      file: expect.stringMatching(/task\.xml$/),
      place,
      rule: expect.stringMatching(rule),
    })
    const { events } = await read(xml, "skip")
    expect(events).toMatchObject([{ type: "skip", place }])
  })

  it("costs itself alone under the policy to go on", async () => {
    const { files, events } = await read(
      image('<tag label="a"/>', '<box label="b"/>', '<hexagon label="c"/>', '<tag label="d"/>'),
      "skip",
    )
    expect(files[0]?.annotations.map(({ name }) => name)).toEqual(["a", "d"])
    expect(events.map((event) => event.type === "skip" && event.reason)).toEqual([
      "xtl is missing",
      "hexagon: no such shape is read",
    ])
  })
})
