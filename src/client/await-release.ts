import { setTimeout } from "node:timers/promises"
import { OptionError } from "../errors.ts"
import type { Context } from "../stream.ts"
import { checkFormat } from "./archive-of.ts"

/** Whether a pull waits for a release that is still being made. Named, and counted in seconds, as by the Python SDK. */
export interface AwaitReleaseOptions {
  /**
   * Waits for a release that is pending. Then the latest release is the most recent one, also where it is still being made.
   * @default false
   */
  readonly retry?: boolean
  /**
   * How long it waits at most, in seconds.
   * @default 600
   */
  readonly retryTimeout?: number
  /**
   * How long it waits before it looks again, in seconds.
   * @default 10
   */
  readonly retryInterval?: number
}

/** What of a release tells whether to wait for it. */
export interface AwaitedRelease {
  readonly identifier: string
  readonly name: string
  readonly status: string
  readonly format: string
}

/**
 * Waits for a release while it is pending, and gives it as it is then: complete, failed, or pending still when the time is
 * over. Looks first, and once more when the time is over; `lookUp` gives the release by its name.
 *
 * @throws OptionError (`option`) for times that are none, or an interval longer than the timeout; before it looks.
 * @throws UnsupportedError (`unsupported`) for a release that is not Darwin JSON; it is not waited for.
 */
export async function awaitRelease<R extends AwaitedRelease>(
  lookUp: (name: string | undefined) => Promise<R>,
  { retry = false, retryTimeout = 600, retryInterval = 10, signal, onEvent }: AwaitReleaseOptions & Context,
): Promise<R> {
  const valid = (seconds: number) => Number.isFinite(seconds) && seconds > 0
  if (!valid(retryTimeout)) throw new OptionError("retryTimeout", "must be a number of seconds above 0")
  if (!valid(retryInterval) || retryInterval > retryTimeout) {
    throw new OptionError("retryInterval", "must be a number of seconds above 0, and at most retryTimeout")
  }
  let release = await lookUp(undefined)
  let leftMs = retryTimeout * 1_000
  while (retry && release.status === "pending" && leftMs > 0) {
    checkFormat(release)
    const delayMs = Math.min(retryInterval * 1_000, leftMs)
    onEvent?.({ type: "wait", what: release.identifier, delayMs, leftMs })
    await setTimeout(delayMs, undefined, { signal })
    leftMs -= delayMs
    release = await lookUp(release.name)
  }
  return release
}
