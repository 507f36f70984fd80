import type { RunEvent } from "../index.ts"
import { counted, formatBytes, formatCount, formatSeconds } from "./numbers.ts"

/** How far a run has come, gathered from its events. Holds a few numbers, whatever the number of items. */
export interface Progress {
  note(event: RunEvent): void
  /** As one line of at most `columns` characters; what matters least is left out first. Empty before anything was done. */
  line(columns: number): string
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
    line: (columns) => {
      const now = sample()
      if (now.items === 0 && now.bytes === 0) return ""
      const known = ratio()
      const from = samples[0] ?? now
      const seconds = (now.atMs - from.atMs) / 1000
      const last = samples.at(-1)
      if (last === undefined || now.atMs - last.atMs >= sampleEveryMs) {
        samples.push(now)
        if (samples.length > windowSamples) samples.shift()
      }
      const perSecond = (of: "items" | "bytes" | "ratio") =>
        seconds > 0 ? (now[of] - from[of]) / seconds : 0
      const of = total !== undefined && items <= total ? `/${formatCount(total)}` : ""
      const left = known !== undefined && known < 1 ? (1 - known) / perSecond("ratio") : 0

      // From what matters most to what matters least, each with its place in the line.
      const parts: [place: number, text: string][] = [
        [2, of === "" ? counted(items, "item") : `${formatCount(items)}${of} items`],
        [7, failed > 0 ? `${formatCount(failed)} failed` : ""],
        [1, known === undefined ? "" : `${Math.floor(known * 100)}%`.padStart(4)],
        [6, left > 0 && left < 1e6 ? `${formatSeconds(left)} left` : ""],
        [3, now.bytes > 0 ? formatBytes(now.bytes) : ""],
        [5, now.bytes > 0 && seconds > 1 ? `${formatBytes(Math.max(0, perSecond("bytes")))}/s` : ""],
        [4, seconds > 1 ? `${perSecond("items").toFixed(perSecond("items") < 10 ? 1 : 0)} items/s` : ""],
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
