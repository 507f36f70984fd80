import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, test } from "vitest"
import { filesBelow, makeDirectory, runCommand } from "./command.ts"

test("splits annotation files of videos, and sums up", async () => {
  const home = await makeDirectory()
  await mkdir(join(home, "in"))
  const slot = { type: "video", slot_name: "0", frame_count: 2, source_files: [] }
  const frames = { 1: { tag: {}, keyframe: true }, 7: { tag: {}, keyframe: true } }
  const document = {
    version: "2.0",
    item: { name: "walk.mp4", path: "/", slots: [slot] },
    annotations: [{ id: "1", name: "night", frames }],
  }
  await writeFile(join(home, "in/walk.json"), JSON.stringify(document))

  const done = await runCommand(["split-videos", "in", "out"], { home })
  expect({ code: done.code, stdout: done.stdout }).toEqual({
    code: 0,
    stdout:
      "split into out\n  videos       1, with 2 frames\n  annotations  1\n  copied       0 other files\n  left out     1 record\n",
  })
  expect(await filesBelow(join(home, "out"))).toEqual([
    "annotations/walk/0000000.json",
    "annotations/walk/0000001.json",
    "lists/classes_tag.txt",
  ])

  const again = await runCommand(["split-videos", "in", "out"], { home })
  expect(again.code).toBe(1)
  expect(again.stderr).toContain("is there already")
  expect((await runCommand(["split-videos", "in", "out2", "--strict"], { home })).code).toBe(3)
})
