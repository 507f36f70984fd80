import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

/** The bytes that are in use on the heap, without what only waits for the garbage collector. */
export function liveHeapBytes(): number {
  // What a first collection sets free may hold on to more.
  collect()
  collect()
  return process.memoryUsage().heapUsed
}
