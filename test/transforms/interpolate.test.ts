import { describe, expect, test } from "vitest"
import type { Annotation, Frame, VideoAnnotation } from "../../src/model/annotation.ts"
import type { AnnotationFile } from "../../src/model/annotation-file.ts"
import { interpolate } from "../../src/transforms/interpolate.ts"

async function run(...annotations: Annotation[]): Promise<AnnotationFile> {
  return runWith({ path: "a.json", item: { name: "a.mp4", path: "/" }, annotations })
}

async function runWith(file: AnnotationFile): Promise<AnnotationFile> {
  const input = (async function* () {
    yield file
  })()
  for await (const one of interpolate()(input)) return one
  throw new Error("nothing came")
}

const box = (x: number, keyframe = true): Frame => ({ bounding_box: { x, y: 1, w: 2, h: 3 }, keyframe })
const track = (rest: Partial<VideoAnnotation> & Pick<VideoAnnotation, "frames">): VideoAnnotation => ({
  type: "video",
  name: "car",
  interpolated: true,
  ...rest,
})

/** The x of each frame's box, by its index. */
function places({ annotations }: AnnotationFile): Record<string, number | undefined> {
  const { frames } = annotations[0] as VideoAnnotation
  return Object.fromEntries(Object.entries(frames).map(([index, frame]) => [index, frame.bounding_box?.x]))
}

describe("a track", () => {
  test("moves in a straight line between the frames it lists, and stays after the last", async () => {
    const file = await run(track({ frames: { 1: box(0), 4: box(6) }, ranges: [[1, 6]] }))
    expect(places(file)).toEqual({ 1: 0, 2: 2, 3: 4, 4: 6, 5: 6 })
    const { frames } = file.annotations[0] as VideoAnnotation
    expect(frames["2"]).toEqual({ bounding_box: { x: 2, y: 1, w: 2, h: 3 }, keyframe: false })
  })

  test("moves on through a frame that only changes what stands beside it, in ranges of any order", async () => {
    const file = await run(
      track({
        frames: { 0: box(0), 2: { attributes: ["wet"], keyframe: true }, 4: box(8) },
        ranges: [
          [3, 5],
          [0, 4],
        ],
      }),
    )
    expect(places(file)).toEqual({ 0: 0, 1: 2, 2: 4, 3: 6, 4: 8 })
    const { frames } = file.annotations[0] as VideoAnnotation
    expect([1, 2, 3].map((index) => frames[String(index)]?.attributes)).toEqual([undefined, ["wet"], ["wet"]])
  })

  test("stays as its last frame was where it is not interpolated", async () => {
    const file = await run(track({ interpolated: false, frames: { 0: box(0), 2: box(6) }, ranges: [[0, 3]] }))
    expect(places(file)).toEqual({ 0: 0, 1: 0, 2: 6 })
  })

  test("ends with its video, and is refused where nobody says when that is", async () => {
    const endless = track({ frames: { 0: box(0) }, ranges: [[0, 2_000_000_000]] })
    const slots = [{ slot_name: "0", type: "video", frame_count: 3 }] as const
    const item = { name: "a.mp4", path: "/", slots }
    const file = await runWith({ path: "a.json", item, annotations: [endless] })
    expect(places(file)).toEqual({ 0: 0, 1: 0, 2: 0 })
    await expect(run(endless)).rejects.toMatchObject({
      code: "format",
      file: "a.json",
      place: "annotations[0].ranges",
    })
  })

  test("keeps the frames it lists, and is the same object's when it lists them all", async () => {
    const whole = track({ frames: { 0: box(0), 1: box(7, false), 2: box(6) }, ranges: [[0, 3]] })
    expect((await run(whole)).annotations[0]).toEqual(whole)
  })

  test("is only in its ranges, and not where it is hidden", async () => {
    const file = await run(
      track({
        frames: { 0: box(0), 10: box(10) },
        ranges: [
          [0, 3],
          [8, 11],
        ],
        hidden_areas: [[1, 2]],
      }),
    )
    expect(places(file)).toEqual({ 0: 0, 2: 2, 8: 8, 9: 9, 10: 10 })
  })

  test("carries what stands beside the shape from one listed frame to the next", async () => {
    const frames = { 0: { ...box(0), attributes: ["wet"] }, 2: box(2) }
    const { frames: filled } = (await run(track({ frames, ranges: [[0, 3]] })))
      .annotations[0] as VideoAnnotation
    expect(filled["1"]).toMatchObject({ attributes: ["wet"], keyframe: false })
  })

  test("of keyframes alone becomes one of all its frames", async () => {
    const frames = { 0: box(0), 2: box(4) }
    const file = await run(track({ frames, ranges: [[0, 3]], only_keyframes: true }))
    expect(places(file)).toEqual({ 0: 0, 1: 2, 2: 4 })
    expect(file.annotations[0]).not.toHaveProperty("only_keyframes")
  })
})

test("polygons of one length move with their box, of different lengths they hold", async () => {
  const polygon = (...xs: number[]): Frame => ({ polygon: { paths: [xs.map((x, y) => ({ x, y }))] } })
  const moving = track({ frames: { 0: polygon(0, 5, 0), 2: polygon(2, 9, 4) }, ranges: [[0, 3]] })
  const { frames } = (await run(moving)).annotations[0] as VideoAnnotation
  expect(frames["1"]).toEqual({
    polygon: { paths: [[0, 1, 2].map((y) => ({ x: [1, 7, 2][y], y }))] },
    bounding_box: { x: 1, y: 0, w: 6, h: 2 },
    keyframe: false,
  })
  const growing = track({ frames: { 0: polygon(0, 5, 0), 2: polygon(2, 9, 4, 4) }, ranges: [[0, 3]] })
  const held = (await run(growing)).annotations[0] as VideoAnnotation
  expect(held.frames["1"]?.polygon).toEqual(held.frames["0"]?.polygon)
})

test("what cannot move passes as it is: stills, tags, masks", async () => {
  const still: Annotation = { type: "tag", name: "night", tag: {} }
  const tags = track({ frames: { 0: { tag: {} } }, ranges: [[0, 3]] })
  const mask = track({ frames: { 0: { mask: {} } }, ranges: [[0, 3]], only_keyframes: true })
  const file = await run(still, tags, mask)
  expect(file.annotations).toEqual([still, tags, mask])
})
