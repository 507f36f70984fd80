import { serve } from "../worker-pool.ts"
import { createMaskWork } from "./work.ts"

// What the threads of `createMaskWorkers` run.
serve(createMaskWork())
