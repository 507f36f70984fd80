import { exitCodes } from "./exit-codes.ts"

/** The user's word to stop, while work goes on. */
export interface Interrupts {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal
  /** Gives the signals back to the platform. */
  release(): void
}

const signals = ["SIGINT", "SIGTERM"] as const

// Under npm and npx a terminal's interrupt comes twice at once: from the terminal and from them.
const echoMs = 50

/**
 * Takes SIGINT and SIGTERM: the first aborts, so that work in flight is cleaned up, and calls `onInterrupt`; a second one
 * ends the process at once.
 */
export function catchInterrupts(onInterrupt: () => void): Interrupts {
  const controller = new AbortController()
  let firstMs = 0
  const interrupt = () => {
    if (!controller.signal.aborted) {
      firstMs = performance.now()
      controller.abort()
      onInterrupt()
    } else if (performance.now() - firstMs > echoMs) process.exit(exitCodes.interrupted)
  }
  for (const name of signals) process.on(name, interrupt)
  return {
    signal: controller.signal,
    release: () => {
      for (const name of signals) process.off(name, interrupt)
    },
  }
}
