import { createHash } from "node:crypto"

/** A stream of choices that depends on its seed text alone. */
export interface Random {
  /** A whole number of `[minimum, maximum]`, both ends included. */
  integer(minimum: number, maximum: number): number
  /** True with the given probability, 0 to 1. */
  chance(ratio: number): boolean
  /** One entry of a list that is not empty. */
  pick<T>(list: readonly T[]): T
  /** A copy of the list in random order. */
  shuffle<T>(list: readonly T[]): T[]
}

/**
 * Makes a stream of choices from a seed text: equal texts, equal choices. The generator is sfc32, started from the
 * text's SHA-256, so that neighbouring seeds have nothing in common.
 */
export function createRandom(seed: string): Random {
  const digest = createHash("sha256").update(seed).digest()
  let a = digest.readUInt32LE(0)
  let b = digest.readUInt32LE(4)
  let c = digest.readUInt32LE(8)
  let counter = 1

  function next(): number {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return (sum >>> 0) / 2 ** 32
  }

  function integer(minimum: number, maximum: number): number {
    return minimum + Math.floor(next() * (maximum - minimum + 1))
  }

  return {
    integer,
    chance: (ratio) => next() < ratio,
    pick: (list) => list[integer(0, list.length - 1)] as (typeof list)[number],
    shuffle(list) {
      const rest = [...list]
      return list.map(() => rest.splice(integer(0, rest.length - 1), 1)[0] as (typeof list)[number])
    },
  }
}
