import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

/** What one measured process says of itself. */
export interface Measured {
  /** Time of the work alone, without the start of the process. */
  readonly ms: number
  /** Processor time of the work, over all its threads. */
  readonly cpuMs: number
  /** Peak memory of the whole process. */
  readonly maxRssMb: number
  readonly [detail: string]: number
}

/** Runs a task of `tasks.ts` in a process of its own, so that its peak memory is its own. */
export async function measure(task: string, ...parameters: readonly (string | number)[]): Promise<Measured> {
  const script = fileURLToPath(new URL("tasks.js", import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [script, task, ...parameters.map(String)], {
    maxBuffer: 1 << 24,
  })
  return JSON.parse(stdout) as Measured
}

/** The middle of several measurements by time. */
export function median(runs: readonly Measured[]): Measured {
  const sorted = [...runs].sort((a, b) => a.ms - b.ms)
  return sorted[Math.floor(sorted.length / 2)] as Measured
}
