import { hash } from "node:crypto"
import { closeSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs"
import { join } from "node:path"
import { Pool } from "undici"
import { name } from "./gen.ts"

/**
 * Fetches small files with as little as it takes to have them whole under their names: undici, a digest, a file, a rename. No manifest,
 * no retries, no check of anything. Gives the milliseconds: what a library on undici could reach at best.
 */
export async function downloadBare(
  base: string,
  count: number,
  concurrency: number,
  directory: string,
): Promise<number> {
  mkdirSync(directory, { recursive: true })
  const pool = new Pool(base, { connections: concurrency })
  const began = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (next < count) {
        const index = next++
        const content = await fetchBare(pool, `/${index}`)
        hash("sha256", content)
        const path = join(directory, `${name(index)}.jpg`)
        const descriptor = openSync(`${path}.part`, "wx")
        writeSync(descriptor, content)
        closeSync(descriptor)
        renameSync(`${path}.part`, path)
      }
    }),
  )
  const ms = performance.now() - began
  await pool.close()
  return ms
}

function fetchBare(pool: Pool, path: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    pool.dispatch(
      { path, method: "GET" },
      {
        onRequestStart: () => {},
        onResponseStart: () => {},
        onResponseData: (_, chunk) => {
          chunks.push(chunk)
        },
        onResponseEnd: () => resolve(Buffer.concat(chunks)),
        onResponseError: (_, error) => reject(error),
      },
    )
  })
}
