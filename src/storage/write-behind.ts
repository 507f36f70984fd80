/** Writes pieces one after another while the caller goes on making the next one. */
export interface WriteBehind {
  /** Waits for the piece before this one, and begins to write this one: it must not be changed afterwards. */
  push(piece: Buffer): Promise<void>
  /** Waits until all is written. */
  settle(): Promise<void>
}

/** Makes one around a function that writes a piece whole. An error of it is thrown by the call after. */
export function createWriteBehind(write: (piece: Buffer) => Promise<void>): WriteBehind {
  let underWay: Promise<void> | undefined
  const settle = async () => {
    await underWay
  }
  return {
    push: async (piece) => {
      await settle()
      underWay = write(piece)
      // It is awaited later, but must not count as unhandled until then.
      underWay.catch(() => {})
    },
    settle,
  }
}
