import { execFileSync, spawnSync } from "node:child_process"
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { PNG } from "pngjs"
import { describe } from "vitest"
import type { Item } from "../../src/model/annotation-file.ts"
import type { ReleaseServer } from "../servers/release-server.ts"
import { tempDirectory } from "../storage/temp-directory.ts"

/** Whether this machine lacks ffmpeg. */
export const isFfmpegMissing: boolean = spawnSync("ffmpeg", ["-version"]).error !== undefined
if (isFfmpegMissing)
  console.warn("ffmpeg is missing: what decodes real videos is skipped. apt-get install ffmpeg")

/** Tests that need the real ffmpeg; skipped where it is missing. */
export const describeWithFfmpeg: ReturnType<typeof describe.skipIf> = describe.skipIf(isFfmpegMissing)

export const width = 48
export const height = 32

const darkest = 40
const step = 4

/**
 * A part of a video as a transport stream, with predicted and bidirectional frames. Each frame is grey all over, as bright
 * as its number says: from 0 to 50.
 */
export function tsSegment(numbers: readonly number[]): Buffer {
  const key = numbers.join()
  const made = segments.get(key) ?? makeSegment(numbers)
  segments.set(key, made)
  return made
}

const segments = new Map<string, Buffer>()

function makeSegment(numbers: readonly number[]): Buffer {
  const frames = numbers.map((number) => Buffer.alloc(width * height, darkest + number * step))
  const input = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", `${width}x${height}`, "-r", "25", "-i", "pipe:0"]
  const output = [
    "-c:v",
    "libx264",
    "-qp",
    "2",
    "-bf",
    "2",
    "-g",
    "100",
    "-pix_fmt",
    "yuv420p",
    "-f",
    "mpegts",
  ]
  return execFileSync("ffmpeg", ["-v", "error", ...input, ...output, "pipe:1"], {
    input: Buffer.concat(frames),
  })
}

/** Which of the frames of `tsSegment` a picture shows. */
export function numberOf(png: Uint8Array): number {
  const { data } = PNG.sync.read(Buffer.from(png))
  return Math.abs(Math.round(((data[0] ?? 0) - darkest) / step))
}

/** The lines of a manifest: `lines` are number in the segment, segment, visible, timestamp. */
export function manifest(lines: readonly (readonly [number, number, 0 | 1, number])[]): string {
  return lines.map((line) => `${line.join(":")}\n`).join("")
}

/** A long video as a test thinks of it: how many frames each segment has, and which frames are visible. */
export interface LongVideoSketch {
  readonly name?: string
  readonly frameCounts: readonly number[]
  /** By the number of a frame in the whole video; @default all */
  readonly isVisible?: (number: number) => boolean
  /** How many segments each manifest tells of; @default all of them one */
  readonly segmentsPerManifest?: number
}

/** Puts a long video on a server and gives its item. Frame n of the video is as bright as n says. */
export function serveLongVideo(server: ReleaseServer, sketch: LongVideoSketch): Item {
  const { name = "long.mp4", frameCounts, isVisible = () => true } = sketch
  const perManifest = sketch.segmentsPerManifest ?? frameCounts.length
  const segments: { url: string; duration: number }[] = []
  const manifests: string[] = []
  let total = 0
  let visible = 0
  for (const [segment, count] of frameCounts.entries()) {
    const numbers = Array.from({ length: count }, (_, at) => total + at)
    const lines = numbers.map((number, at) => [at, segment, isVisible(number) ? 1 : 0, number / 25] as const)
    segments.push({
      url: server.serve(`${name}/segments/${segment}`, tsSegment(numbers)),
      duration: count / 25,
    })
    const at = Math.floor(segment / perManifest)
    manifests[at] = (manifests[at] ?? "") + manifest(lines)
    total += count
    visible += numbers.filter(isVisible).length
  }
  const frame_manifests = manifests.map((text, at) => ({
    url: server.serve(`${name}/frame_manifests/${at}`, text),
  }))
  const source_files = [{ file_name: name, url: server.serve(name, "the whole video") }]
  const slot = { slot_name: "0", type: "video", width, height, fps: 25, frame_count: visible } as const
  return { name, path: "/", slots: [{ ...slot, segments, frame_manifests, source_files }] }
}

/** A program in place of ffmpeg: `-version` is answered, anything else runs the shell script. */
export async function fakeFfmpeg(script: string): Promise<string> {
  const program = join(await tempDirectory(), "ffmpeg")
  writeFileSync(
    program,
    `#!/bin/sh\nif [ "$1" = -version ]; then echo "ffmpeg version 7.1"; exit 0; fi\n${script}\n`,
  )
  chmodSync(program, 0o755)
  return program
}

/** The real ffmpeg, and the processes that ran as it. */
export async function watchedFfmpeg(): Promise<{
  readonly program: string
  readonly running: () => number[]
}> {
  const list = join(await tempDirectory(), "pids")
  const program = await fakeFfmpeg(`echo $$ >> '${list}'\nexec ffmpeg "$@"`)
  const pids = () => (existsSync(list) ? readFileSync(list, "utf8").trim().split("\n").map(Number) : [])
  return { program, running: () => pids().filter(isRunning) }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
