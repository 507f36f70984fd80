import { OptionError } from "../errors.ts"

/** How much of a body waits until it is read; then its connection is paused. */
const waitingBytes = 1 << 18

/** How an inbox slows its connection down, lets it go on, and breaks it. */
export interface InboxConnection {
  pause(): void
  resume(): void
  stop(): void
}

/** Where a body waits between the connection, which fills it, and the one who reads it. */
export interface Inbox {
  /** Takes a piece from the connection. */
  push(chunk: Buffer): void
  /** The body has ended well. */
  end(): void
  /** The body has broken off. What came before is still read, unless `drop` says to leave it. */
  fail(error: unknown, options?: { readonly drop: boolean }): void
  pieces(): AsyncGenerator<Buffer, void, undefined>
  bytes(): Promise<Buffer>
  /** The first `maxBytes`, or what has come of them after `maxMs`; the rest is broken off. Never rejects. */
  excerpt(maxBytes: number, maxMs: number): Promise<Buffer>
}

/** Makes an empty inbox. */
export function createInbox(connection: InboxConnection): Inbox {
  let chunks: Buffer[] = []
  let waiting = 0
  let taken = false
  // Gathering takes all there is, without a pause and without waking anyone before the end.
  let gathering = false
  let over: { readonly error?: unknown } | undefined
  let wake = nothing

  const change = () =>
    new Promise<void>((resolve) => {
      wake = resolve
    })
  const isOver = () => over !== undefined
  const finish = (how: { readonly error?: unknown }) => {
    over ??= how
    wake()
  }
  const take = () => {
    if (taken) throw new OptionError("body", "can be read only once")
    taken = true
  }

  return {
    push: (chunk) => {
      chunks.push(chunk)
      waiting += chunk.length
      if (gathering) return
      if (waiting >= waitingBytes) connection.pause()
      wake()
    },
    end: () => finish({}),
    fail: (error, options) => {
      if (options?.drop === true) chunks = []
      finish({ error })
    },
    pieces: async function* () {
      take()
      try {
        for (;;) {
          const chunk = chunks.shift()
          if (chunk !== undefined) {
            waiting -= chunk.length
            if (waiting < waitingBytes) connection.resume()
            yield chunk
          } else if (over === undefined) {
            await change()
          } else if ("error" in over) {
            throw over.error
          } else {
            return
          }
        }
      } finally {
        if (!isOver()) connection.stop()
      }
    },
    bytes: async () => {
      take()
      gathering = true
      connection.resume()
      while (over === undefined) await change()
      if ("error" in over) throw over.error
      const [first] = chunks
      return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, waiting)
    },
    excerpt: async (maxBytes, maxMs) => {
      taken = true
      const timer = setTimeout(connection.stop, maxMs)
      const kept: Buffer[] = []
      let keptBytes = 0
      for (;;) {
        for (const chunk of chunks) keptBytes += chunk.length
        kept.push(...chunks)
        chunks = []
        waiting = 0
        if (isOver() || keptBytes >= maxBytes) break
        connection.resume()
        // Resuming may bring more, or the end, at once.
        if (chunks.length === 0 && !isOver()) await change()
      }
      clearTimeout(timer)
      if (!isOver()) connection.stop()
      return Buffer.concat(kept, keptBytes).subarray(0, maxBytes)
    },
  }
}

const nothing = (): void => {}
