// An argument of a command has a limit, on Windows 32,767 characters for all of them; a run takes some 20.
const mostRuns = 1_000

/** A filter in ffmpeg's language that lets some frames through. */
export interface FrameFilter {
  readonly filter: string
  /** How many frames it lets through that stand before each of those wanted, and are not wanted, since the one before. */
  readonly unwantedBefore: (at: number) => number
}

/**
 * The filter for the frames with these numbers, ascending from 0. Of very many runs of neighbours not each can be named:
 * then it lets through all from the first to the last.
 */
export function frameFilter(numbers: readonly number[]): FrameFilter {
  const runs: [first: number, last: number][] = []
  for (const number of numbers) {
    const run = runs.at(-1)
    if (run !== undefined && run[1] === number - 1) run[1] = number
    else runs.push([number, number])
  }
  if (runs.length <= mostRuns) return { filter: selecting(runs), unwantedBefore: () => 0 }
  const [first, last] = [numbers[0] ?? 0, numbers.at(-1) ?? 0]
  return {
    filter: selecting([[first, last]]),
    unwantedBefore: (at) => (numbers[at] ?? 0) - (numbers[at - 1] ?? first - 1) - 1,
  }
}

function selecting(runs: readonly (readonly [first: number, last: number])[]): string {
  return `select='${runs.map(([first, last]) => `between(n,${first},${last})`).join("+")}'`
}
