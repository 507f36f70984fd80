import { execFile } from "node:child_process"
import { ProgramError } from "../errors.ts"

/** The user's ffmpeg, looked at. */
export interface Ffmpeg {
  /** Its path, or its name on PATH. */
  readonly program: string
  /** The arguments that have it give each frame once, whatever the video's timestamps say. */
  readonly everyFrame: readonly string[]
}

const howToGet =
  "install it (apt-get install ffmpeg, brew install ffmpeg, winget install ffmpeg, or https://ffmpeg.org/download.html), " +
  "or name where it is by the option ffmpeg"

// Looked at once: a pull may have thousands of videos. One that is missing may come.
const found = new Map<string, Ffmpeg>()

/**
 * Looks for the user's ffmpeg and at its version.
 *
 * @throws ProgramError (`program`) where it is missing, or does not run; it says how to get it.
 */
export async function findFfmpeg(program = "ffmpeg", signal?: AbortSignal): Promise<Ffmpeg> {
  const known = found.get(program)
  if (known !== undefined) return known
  const ffmpeg = { program, everyFrame: everyFrameOf(await versionOf(program, signal)) }
  found.set(program, ffmpeg)
  return ffmpeg
}

function versionOf(program: string, signal: AbortSignal | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, ["-version"], { ...(signal && { signal }) }, (error, output) => {
      if (signal?.aborted) return reject(signal.reason)
      if (error === null) return resolve(output)
      const missing = error.code === "ENOENT" ? "was not found" : `does not run: ${lastLine(error.message)}`
      reject(new ProgramError(program, `${missing}. It decodes the frames of videos: ${howToGet}`))
    })
  })
}

// The option has a new name since 5.1, and later versions take only that one. Versions without a number are new ones.
function everyFrameOf(output: string): readonly string[] {
  const [, major, minor] = /^ffmpeg version n?(\d+)\.(\d+)/.exec(output) ?? []
  const isOld = major !== undefined && Number(major) * 100 + Number(minor) < 501
  return isOld ? ["-vsync", "passthrough"] : ["-fps_mode", "passthrough"]
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? ""
}
