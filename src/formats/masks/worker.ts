import { createMaskWork } from "./work.ts"
import { serve } from "./worker-pool.ts"

// What the threads of `createMaskWorkers` run.
serve(createMaskWork())
