import { execFile } from "node:child_process"
import { mkdir, writeFile } from "node:fs/promises"
import { promisify } from "node:util"
import { name } from "./gen.ts"

const run = promisify(execFile)

/** Fetches the same files with another program; gives milliseconds, or undefined where it is not installed. */
export type Rival = (
  base: string,
  count: number,
  concurrency: number,
  directory: string,
) => Promise<number | undefined>

/** `curl --parallel`, one process for the whole list. */
export const curl: Rival = (base, count, concurrency, directory) =>
  time(
    "curl",
    directory,
    count,
    (index) => `url=${base}/${index}\noutput=${name(index)}.jpg\n`,
    (list) => ["--silent", "--parallel", "--parallel-max", String(concurrency), "--config", list],
  )

/** `aria2c`, one connection a file, without allocating beforehand. */
export const aria2c: Rival = (base, count, concurrency, directory) =>
  time(
    "aria2c",
    directory,
    count,
    (index) => `${base}/${index}\n  out=${name(index)}.jpg\n`,
    (list) => [
      "--quiet",
      "--file-allocation=none",
      "--max-connection-per-server=1",
      `--max-concurrent-downloads=${concurrency}`,
      `--input-file=${list}`,
    ],
  )

async function time(
  program: string,
  directory: string,
  count: number,
  entry: (index: number) => string,
  parameters: (list: string) => string[],
): Promise<number | undefined> {
  const list = `${directory}.list`
  await mkdir(directory, { recursive: true })
  await writeFile(list, Array.from({ length: count }, (_, index) => entry(index)).join(""))
  const started = performance.now()
  try {
    await run(program, parameters(list), { cwd: directory, maxBuffer: 1 << 26 })
    return performance.now() - started
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw error
  }
}
