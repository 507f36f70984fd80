import { type ChildProcessByStdio, spawn } from "node:child_process"
import type { Readable, Writable } from "node:stream"
import { messageOf, ProgramError } from "../errors.ts"
import { onAbort } from "../on-abort.ts"
import { splitPngs } from "../parse/png-split.ts"
import type { OpenContext } from "../stream.ts"
import type { Ffmpeg } from "./ffmpeg.ts"

// What ffmpeg said last, for messages; it may say much about a video that is broken throughout.
const lastWordsCharacters = 2_000

// Of a film it takes half the time of ffmpeg's own setting, and makes smaller files.
const quickPng = ["-compression_level", "1", "-pred", "up"]

/**
 * Decodes an MPEG transport stream, and gives frames of it as PNG files. `filter` says which, in ffmpeg's language.
 *
 * ffmpeg gets the bytes through its standard input and is read through its standard output: a consumer that takes its time
 * slows it down, and it in turn the input. It is killed when the input breaks, the consumer leaves, or the signal aborts;
 * when the generator ends, it has ended. What it complains of while it goes on is told as a `warning` event.
 *
 * @throws ProgramError (`program`) when it fails, with its last words; and whatever the input throws.
 */
export async function* decodePictures(
  { program, everyFrame }: Ffmpeg,
  input: AsyncIterable<Buffer>,
  { filter, name }: { readonly filter: string; readonly name: string },
  { signal, onEvent }: OpenContext,
): AsyncGenerator<Buffer, void, undefined> {
  signal.throwIfAborted()
  const child = spawn(
    program,
    [
      ...["-nostdin", "-hide_banner", "-loglevel", "error"],
      // Told and not guessed: it takes a part of two frames for something else, and would follow the addresses in a playlist.
      ...["-f", "mpegts", "-i", "pipe:0", "-map", "0:v:0"],
      ...["-vf", filter, ...everyFrame, "-pix_fmt", "rgb24", "-c:v", "png", ...quickPng],
      ...["-f", "image2pipe", "pipe:1"],
    ],
    // In a group of its own: an interrupt from the keyboard is ours to act on, it would take it for the end of its input.
    { stdio: ["pipe", "pipe", "pipe"], windowsHide: true, detached: process.platform !== "win32" },
  )
  const ended = endOf(child)
  // Where no more files can be opened there is a child without streams.
  if ((child.stdout as Readable | undefined) === undefined) {
    const { startError } = await ended
    throw new ProgramError(program, `could not decode ${name}: ${startError?.message ?? "it did not start"}`)
  }
  const kill = () => child.kill("SIGKILL")
  const forget = onAbort(signal, kill)
  const lastWords = hearLastWords(child.stderr)
  let broken: { readonly error: unknown } | undefined
  // Not waited for at the end: what it waits for may be a server that is silent, and whose answer is then broken off.
  feed(input, child).catch((error) => {
    // Killed before it can see an end of its input: it would take the piece of a frame that it has for a whole one.
    broken = { error }
    kill()
  })
  try {
    let failure: { readonly error: unknown } | undefined
    try {
      yield* splitPngs(child.stdout)
    } catch (error) {
      // Half a picture is what is left of one that was killed, or that died.
      failure = { error }
      kill()
    }
    const { code, startError } = await ended
    signal.throwIfAborted()
    if (broken !== undefined) throw broken.error
    const words = startError?.message ?? lastWords()
    if (code !== 0 || failure !== undefined) {
      const said = words || (failure === undefined ? `it ended with ${code}` : messageOf(failure.error))
      throw new ProgramError(program, `could not decode ${name}: ${said}`, code ?? undefined)
    }
    if (words !== "") onEvent?.({ type: "warning", message: `${name}: ${program}: ${words}` })
  } finally {
    forget()
    kill()
    await ended
  }
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

async function feed(input: AsyncIterable<Buffer>, { stdin }: Child): Promise<void> {
  let isClosed = false
  let wake = (): void => {}
  stdin.on("error", () => {})
  stdin.on("drain", () => wake())
  stdin.once("close", () => {
    isClosed = true
    wake()
  })
  for await (const piece of input) {
    // It may end before it has read all: its exit code says why.
    if (isClosed) return
    if (stdin.write(piece)) continue
    await new Promise<void>((resolve) => {
      wake = resolve
    })
  }
  stdin.end()
}

interface ChildEnd {
  /** Null where it was killed, or never ran. */
  readonly code: number | null
  readonly startError?: Error
}

function endOf(child: Child): Promise<ChildEnd> {
  return new Promise((resolve) => {
    child.once("error", (startError) => resolve({ code: null, startError }))
    child.once("close", (code) => resolve({ code }))
  })
}

function hearLastWords(stderr: Readable): () => string {
  let words = ""
  stderr.setEncoding("utf8")
  stderr.on("data", (text: string) => {
    words = (words + text).slice(-lastWordsCharacters)
  })
  return () => words.trim()
}
