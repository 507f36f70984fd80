import { setImmediate } from "node:timers/promises"
import { parentPort, Worker } from "node:worker_threads"

/** Named functions that can be run in another thread: what goes in and comes out is plain data, typed arrays included. */
export type Work = { readonly [name: string]: (input: never) => object }

type Input<Run extends Work[string]> = Parameters<Run>[0]

/** An array that is the whole of its buffer: of others the whole buffer would go with it. */
export type Moved = Uint8Array | Float64Array

/** Where work is done: in threads, or at once in this one. */
export interface Workers<Jobs extends Work> {
  /** How many inputs may be in hand for all threads to be busy. */
  readonly concurrency: number
  /** Arrays of the input that are named in `moved` go over without being copied, and must not be used afterwards. */
  run<Name extends keyof Jobs & string>(
    name: Name,
    input: Input<Jobs[Name]>,
    moved?: readonly Moved[],
  ): Promise<ReturnType<Jobs[Name]>>
  /** Ends all threads at once; what is under way rejects. */
  close(): Promise<void>
}

// One in work and two waiting keep a thread busy while the main one is reading and writing.
const inHandPerThread = 3

/**
 * Threads that run a script which calls `serve`. They are started as they are needed, up to `count`. Inputs go to the thread
 * that has least to do, and come back in any order. Typed arrays that come back are moved, not copied. When a thread ends by
 * itself, all that it had in hand rejects, and what is given to it later.
 *
 * @example
 * const pool = createWorkerPool<MaskWork>(new URL("worker.js", import.meta.url), 2)
 * const { files } = await pool.run("drawEach", drawing, [drawing.shapes])
 * await pool.close()
 */
export function createWorkerPool<Jobs extends Work>(script: URL, count: number): Workers<Jobs> {
  const threads: Thread[] = []
  let isClosed = false

  const next = (): Thread => {
    const [first] = threads.toSorted((a, b) => a.pending.size - b.pending.size)
    if (first !== undefined && (first.pending.size === 0 || threads.length === count)) return first
    const thread = startThread(script)
    threads.push(thread)
    return thread
  }
  return {
    concurrency: count * inHandPerThread,
    run: async (name, input, moved = []) => {
      if (isClosed) throw new Error("the threads have been ended")
      return (await next().run(name, input, moved)) as ReturnType<Jobs[typeof name]>
    },
    close: async () => {
      isClosed = true
      await Promise.all(threads.map((thread) => thread.end()))
    },
  }
}

// This often the rest of the process gets its turn: signals, timers and aborts.
const turnMs = 20

/** The same without threads, one input after another. */
export function createInlineWorkers<Jobs extends Work>(jobs: Jobs): Workers<Jobs> {
  let turned = performance.now()
  return {
    concurrency: 1,
    run: async (name, input) => {
      if (performance.now() - turned >= turnMs) {
        await setImmediate()
        turned = performance.now()
      }
      return (jobs[name] as Jobs[typeof name])(input as never) as ReturnType<Jobs[typeof name]>
    },
    close: async () => {},
  }
}

/**
 * Serves a pool, in the script of its threads. What a function throws rejects its run; errors lose all but name and message.
 */
export function serve(jobs: Work): void {
  const port = parentPort
  if (port === null) throw new Error("this script is one of a worker thread")
  port.on("message", ({ id, name, input }: Request) => {
    let reply: Reply
    try {
      reply = { id, output: (jobs[name] as Work[string])(input as never) }
    } catch (error) {
      reply = { id, error }
    }
    port.postMessage(reply, buffersOf(reply.output))
  })
}

interface Request {
  readonly id: number
  readonly name: string
  readonly input: unknown
}

interface Reply {
  readonly id: number
  readonly output?: unknown
  readonly error?: unknown
}

interface Waiting {
  readonly resolve: (output: unknown) => void
  readonly reject: (error: unknown) => void
}

interface Thread {
  readonly pending: ReadonlyMap<number, Waiting>
  run(name: string, input: unknown, moved: readonly Moved[]): Promise<unknown>
  end(): Promise<void>
}

function startThread(script: URL): Thread {
  // Flags of the process, such as loaders or --input-type, are for its own script.
  const worker = new Worker(script, { execArgv: [] })
  const pending = new Map<number, Waiting>()
  let lastId = 0
  let failure: unknown
  const fail = (error: unknown) => {
    failure ??= error
    for (const { reject } of pending.values()) reject(failure)
    pending.clear()
  }
  worker.on("message", (reply: Reply) => {
    const waiting = pending.get(reply.id)
    pending.delete(reply.id)
    if ("error" in reply) waiting?.reject(reply.error)
    else waiting?.resolve(reply.output)
  })
  worker.on("error", fail)
  worker.on("exit", (code) => fail(new Error(`a worker thread ended with code ${code}`)))
  return {
    pending,
    run: (name, input, moved) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) throw failure
        const id = ++lastId
        pending.set(id, { resolve, reject })
        worker.postMessage({ id, name, input } satisfies Request, buffersOf(moved))
      }),
    end: async () => {
      fail(new Error("the threads have been ended"))
      await worker.terminate()
    },
  }
}

/** The buffers in plain data that can be moved: those of which a typed array is the whole. Others are copied. */
function buffersOf(value: unknown): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>()
  const look = (one: unknown): void => {
    if (ArrayBuffer.isView(one)) {
      if (one.buffer instanceof ArrayBuffer && one.byteLength === one.buffer.byteLength)
        buffers.add(one.buffer)
    } else if (typeof one === "object" && one !== null) for (const inner of Object.values(one)) look(inner)
  }
  look(value)
  return [...buffers]
}
