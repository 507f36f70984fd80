import type { RunEvent } from "../index.ts"
import { counted, formatBytes, formatCount, formatSeconds } from "./numbers.ts"

/** How far a run has come, gathered from its events. Holds a few numbers, whatever the number of items. */
export interface Progress {
  note(event: RunEvent): void
  /** In numbers. Rates are those of the last seconds; to be asked for regularly, for that is when they are measured. */
  state(): ProgressState
  /** As one line of at most `columns` characters; what matters least is left out first. Empty before anything was done. */
  line(columns: number): string
}

/** How far a run has come. What is not known is left out. */
export interface ProgressState {
  readonly items: number
  readonly totalItems?: number
  readonly failed: number
  readonly bytes: number
  readonly itemsPerSecond: number
  readonly bytesPerSecond: number
  /** From 0 to 1. */
  readonly ratio?: number
  readonly secondsLeft?: number
}

interface Sample {
  readonly atMs: number
  readonly items: number
  readonly bytes: number
  readonly ratio: number
}

// Rates are those of the last seconds, not of the whole run: a transfer that has become slow is shown as slow.
const windowSamples = 20
const sampleEveryMs = 500
const barCharacters = 20

/** A progress that is at zero. `nowMs` is a clock that only goes forward. */
export function createProgress(nowMs: () => number = () => performance.now()): Progress {
  const startMs = nowMs()
  const streamed = new Map<string, { bytes: number; totalBytes: number | undefined }>()
  let transferred = 0
  let items = 0
  let failed = 0
  let total: number | undefined
  const samples: Sample[] = [{ atMs: startMs, items: 0, bytes: 0, ratio: 0 }]

  const ratio = (): number | undefined => {
    if (total !== undefined && total > 0 && items <= total) return items / total
    // Items are worked on while their archive arrives, so its bytes tell how far they are.
    for (const { bytes, totalBytes } of streamed.values()) if (totalBytes) return bytes / totalBytes
    return undefined
  }
  const sample = (): Sample => {
    let bytes = transferred
    for (const task of streamed.values()) bytes += task.bytes
    return { atMs: nowMs(), items, bytes, ratio: ratio() ?? 0 }
  }

  const measured = (): ProgressState & { readonly seconds: number } => {
    const now = sample()
    const from = samples[0] ?? now
    const last = samples.at(-1)
    if (last === undefined || now.atMs - last.atMs >= sampleEveryMs) {
      samples.push(now)
      if (samples.length > windowSamples) samples.shift()
    }
    const seconds = (now.atMs - from.atMs) / 1000
    const perSecond = (of: "items" | "bytes" | "ratio") =>
      seconds > 0 ? Math.max(0, (now[of] - from[of]) / seconds) : 0
    const known = ratio()
    const left = known !== undefined && known < 1 ? (1 - known) / perSecond("ratio") : Number.NaN
    return {
      seconds,
      items,
      ...(total !== undefined && items <= total && { totalItems: total }),
      failed,
      bytes: now.bytes,
      itemsPerSecond: perSecond("items"),
      bytesPerSecond: perSecond("bytes"),
      ...(known !== undefined && { ratio: known }),
      ...(left < 1e6 && { secondsLeft: left }),
    }
  }
  const state = (): ProgressState => {
    const { seconds: _, ...now } = measured()
    return now
  }

  return {
    note: (event) => {
      if (event.type === "file" || event.type === "filter") items++
      else if (event.type === "transfer") transferred += event.bytes
      else if (event.type === "start") total = event.total ?? total
      else if (event.type === "progress") {
        streamed.set(event.task, { bytes: event.bytes, totalBytes: event.totalBytes })
      } else if (event.type === "fail") {
        items++
        failed++
      }
    },
    state,
    line: (columns) => {
      const { seconds, ...now } = measured()
      if (now.items === 0 && now.bytes === 0) return ""
      const { ratio: known, secondsLeft: left = 0, itemsPerSecond, bytesPerSecond } = now
      const of = now.totalItems === undefined ? "" : `/${formatCount(now.totalItems)}`

      // From what matters most to what matters least, each with its place in the line.
      const parts: [place: number, text: string][] = [
        [2, of === "" ? counted(items, "item") : `${formatCount(items)}${of} items`],
        [7, failed > 0 ? `${formatCount(failed)} failed` : ""],
        [1, known === undefined ? "" : `${Math.floor(known * 100)}%`.padStart(4)],
        [6, left > 0 ? `${formatSeconds(left)} left` : ""],
        [3, now.bytes > 0 ? formatBytes(now.bytes) : ""],
        [5, now.bytes > 0 && seconds > 1 ? `${formatBytes(bytesPerSecond)}/s` : ""],
        [4, seconds > 1 ? `${itemsPerSecond.toFixed(itemsPerSecond < 10 ? 1 : 0)} items/s` : ""],
        [0, known === undefined ? "" : bar(known)],
      ]
      const shown = parts.filter(([, text]) => text !== "")
      const text = () =>
        shown
          .toSorted(([a], [b]) => a - b)
          .map(([, part]) => part)
          .join("  ")
      while (shown.length > 1 && text().length > columns) shown.pop()
      return text().slice(0, Math.max(0, columns))
    },
  }
}

function bar(ratio: number): string {
  const filled = Math.min(barCharacters, Math.floor(ratio * barCharacters))
  return `[${"#".repeat(filled)}${"-".repeat(barCharacters - filled)}]`
}
