import { createMaskWork, type MaskWork } from "./work.ts"
import { createInlineWorkers, createWorkerPool, type Workers } from "./worker-pool.ts"

// Threads run JavaScript only (Node 20): sources that run as they are, as in tests, start the compiled script.
const script = new URL(
  import.meta.url.endsWith(".ts") ? "../../../dist/formats/masks/worker.js" : "worker.js",
  import.meta.url,
)

/** Whoever draws: this thread for one job, so many others for more. */
export function createMaskWorkers(jobs: number): Workers<MaskWork> {
  return jobs === 1 ? createInlineWorkers(createMaskWork()) : createWorkerPool(script, jobs)
}
