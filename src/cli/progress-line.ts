import type { WriteStream } from "node:tty"
import type { Progress } from "./progress.ts"

/** Where the progress of a run is drawn. */
export interface ProgressLine {
  /** Something has changed: draws, where it is time to. */
  update(): void
  /** Prints whole lines without the progress getting in between. */
  print(write: () => void): void
  /** Ends drawing; nothing of it is left on a terminal. */
  end(): void
}

const redrawEveryMs = 100
const plainEveryMs = 5_000
const plainColumns = 120

/** One line on a terminal, redrawn in place ten times a second at most. */
export function createTerminalLine(terminal: WriteStream, progress: Progress): ProgressLine {
  let lastMs = Number.NEGATIVE_INFINITY
  let shown = false
  const clear = () => {
    if (shown) terminal.write("\r\x1b[K")
    shown = false
  }
  const draw = () => {
    lastMs = performance.now()
    // The last column is left free: some terminals break the line when it is written.
    const line = progress.line((terminal.columns || 80) - 1)
    if (line === "") return
    terminal.write(`\r${line}\x1b[K`)
    shown = true
  }
  // Rates and the time left also change while nothing comes.
  const timer = setInterval(draw, 1_000)
  timer.unref()
  return {
    update: () => {
      if (performance.now() - lastMs >= redrawEveryMs) draw()
    },
    print: (write) => {
      clear()
      write()
    },
    end: () => {
      clearInterval(timer)
      clear()
    },
  }
}

/** A line of its own every five seconds while something happens, for logs. */
export function createPlainLine(log: NodeJS.WritableStream, progress: Progress): ProgressLine {
  let lastMs = performance.now()
  return {
    update: () => {
      const nowMs = performance.now()
      if (nowMs - lastMs < plainEveryMs) return
      lastMs = nowMs
      log.write(`${progress.line(plainColumns)}\n`)
    },
    print: (write) => write(),
    end: () => {},
  }
}
