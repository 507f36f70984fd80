import { hash as digest } from "node:crypto"
import { numberedName } from "../../storage/names.ts"

/** Gives each file of a run a name of its own. */
export interface DistinctNames {
  /** The name asked for, or with `_2`, `_3` … before its ending where it is taken. */
  take(name: string): string
}

/**
 * Names taken so far in one run. It has to know all of them, so it grows with the number of files: by 16 to 32 bytes each,
 * since only a 64-bit hash is kept. Two names of one hash are as good as impossible, and would cost a number in a name.
 */
export function createDistinctNames(): DistinctNames {
  let slots = new BigUint64Array(1 << 12)
  let used = 0

  /** The place of a hash, or the free place where it belongs. */
  const placeOf = (hash: bigint, within: BigUint64Array): number => {
    const mask = within.length - 1
    let at = Number(hash & BigInt(mask))
    while (within[at] !== 0n && within[at] !== hash) at = (at + 1) & mask
    return at
  }
  const isTaken = (hash: bigint): boolean => slots[placeOf(hash, slots)] !== 0n
  const add = (hash: bigint): void => {
    if (2 * used >= slots.length) {
      const larger = new BigUint64Array(2 * slots.length)
      for (const hash of slots) if (hash !== 0n) larger[placeOf(hash, larger)] = hash
      slots = larger
    }
    slots[placeOf(hash, slots)] = hash
    used++
  }

  return {
    take: (name) => {
      const hash = hashOf(name)
      if (!isTaken(hash)) {
        add(hash)
        return name
      }
      const given = numberedName(
        name,
        freeNumber((number) => isTaken(hashOf(numberedName(name, number)))),
      )
      add(hashOf(given))
      return given
    },
  }
}

// Some file systems take "A.json" and "a.json", or two spellings of "é", for one name.
function hashOf(name: string): bigint {
  const hash = digest("md5", name.normalize().toLowerCase(), "buffer").readBigUInt64LE()
  return hash === 0n ? 1n : hash
}

/**
 * A number from 2 on that is not taken. Numbers are taken in order, but for names that end in one by themselves: so the
 * first free one is found in steps that double, and then halve.
 */
function freeNumber(isTaken: (number: number) => boolean): number {
  let taken = 1
  let step = 1
  while (isTaken(taken + step)) {
    taken += step
    step *= 2
  }
  for (let free = taken + step; ; ) {
    if (free - taken === 1) return free
    const middle = Math.floor((taken + free) / 2)
    if (isTaken(middle)) taken = middle
    else free = middle
  }
}
