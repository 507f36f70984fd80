import { describe, expect, it } from "vitest"
import { createInlineWorkers, createWorkerPool } from "../../../src/formats/masks/worker-pool.ts"

type Jobs = {
  readonly double: (input: { readonly numbers: Float64Array }) => { readonly numbers: Float64Array }
  readonly fail: (input: object) => object
  readonly exit: (input: object) => object
  readonly hang: (input: object) => object
  readonly thread: (input: object) => { readonly id: number }
}

// The script of the threads: plain JavaScript around the compiled `serve`.
const served = new URL("../../../dist/formats/masks/worker-pool.js", import.meta.url)
const script = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { threadId } from "node:worker_threads"
    import { serve } from "${served}"
    serve({
      double: ({ numbers }) => ({ numbers: numbers.map((n) => 2 * n) }),
      fail: () => { throw new RangeError("no") },
      exit: () => process.exit(3),
      hang: () => { for (;;); },
      thread: () => ({ id: threadId }),
    })`)}`,
)

describe("createWorkerPool", () => {
  it("moves what it is told to move, and gives what comes back", async () => {
    const pool = createWorkerPool<Jobs>(script, 2)
    try {
      const numbers = Float64Array.of(1, 2, 3)
      expect(await pool.run("double", { numbers }, [numbers])).toEqual({ numbers: Float64Array.of(2, 4, 6) })
      expect(numbers).toHaveLength(0)
      const kept = Float64Array.of(1)
      await pool.run("double", { numbers: kept })
      expect(kept).toHaveLength(1)
    } finally {
      await pool.close()
    }
  })

  it("starts threads as they are needed, and no more than asked for", async () => {
    const pool = createWorkerPool<Jobs>(script, 3)
    try {
      const first = await pool.run("thread", {})
      expect(await pool.run("thread", {})).toEqual(first)
      const ids = await Promise.all(Array.from({ length: 20 }, () => pool.run("thread", {})))
      expect(new Set(ids.map(({ id }) => id)).size).toBe(3)
    } finally {
      await pool.close()
    }
  })

  it("passes errors on, and goes on", async () => {
    const pool = createWorkerPool<Jobs>(script, 1)
    try {
      await expect(pool.run("fail", {})).rejects.toThrow(new RangeError("no"))
      expect(await pool.run("double", { numbers: Float64Array.of(4) })).toEqual({
        numbers: Float64Array.of(8),
      })
    } finally {
      await pool.close()
    }
  })

  it("rejects all that a thread had in hand when it ends, and what comes after", async () => {
    const pool = createWorkerPool<Jobs>(script, 1)
    try {
      const runs = await Promise.allSettled([pool.run("exit", {}), pool.run("thread", {})])
      expect(runs.map(({ status }) => status)).toEqual(["rejected", "rejected"])
      await expect(pool.run("thread", {})).rejects.toThrow("a worker thread ended with code 3")
    } finally {
      await pool.close()
    }
  })

  it("ends threads at once, whatever they do, and takes nothing more", async () => {
    const pool = createWorkerPool<Jobs>(script, 2)
    const hanging = pool.run("hang", {})
    hanging.catch(() => {})
    await pool.close()
    await expect(hanging).rejects.toThrow("the threads have been ended")
    await expect(pool.run("thread", {})).rejects.toThrow("the threads have been ended")
  })
})

it("createInlineWorkers does the same without threads", async () => {
  const workers = createInlineWorkers({ double: (input: { n: number }) => ({ n: 2 * input.n }) })
  expect(await workers.run("double", { n: 4 })).toEqual({ n: 8 })
  await workers.close()
})
