import { InvalidArgumentError } from "@commander-js/extra-typings"

/** Reads an argument that is a whole number in a range. */
export function wholeNumber(least: number, most: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range =
    most === Number.MAX_SAFE_INTEGER
      ? `a whole number, ${least} or more`
      : `a whole number from ${least} to ${most}`
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`It must be ${range}.`)
  }
}

/** Reads an argument that is a share: a number from 0 to below 1. */
export function share(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN
  if (value < 1) return value
  throw new InvalidArgumentError("It must be a number from 0 to below 1.")
}

/** Reads an option that may be given several times, each time with a value of its own. */
export function repeated<T>(
  read: (text: string) => T,
): (text: string, before: readonly T[] | undefined) => T[] {
  return (text, before = []) => [...before, read(text)]
}

/**
 * Reads options given as `name=value`, several of them: a value that is JSON is what it says (a number, `true`, a list, an
 * object), all others are texts.
 */
export function assignment(
  text: string,
  before: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const at = text.indexOf("=")
  if (at < 1) throw new InvalidArgumentError("It must be name=value.")
  return { ...before, [text.slice(0, at)]: jsonOrText(text.slice(at + 1)) }
}

function jsonOrText(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
