import { createHash } from "node:crypto"
import { numberedName } from "../storage/names.ts"

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

  const insert = (hash: bigint, into: BigUint64Array): boolean => {
    const mask = into.length - 1
    let at = Number(hash & BigInt(mask))
    while (into[at] !== 0n) {
      if (into[at] === hash) return false
      at = (at + 1) & mask
    }
    into[at] = hash
    return true
  }
  const add = (name: string): boolean => {
    if (2 * used >= slots.length) {
      const larger = new BigUint64Array(2 * slots.length)
      for (const hash of slots) if (hash !== 0n) insert(hash, larger)
      slots = larger
    }
    // File systems that ignore case would let "A.json" overwrite "a.json".
    const hash = createHash("md5").update(name.toLowerCase()).digest().readBigUInt64LE()
    const added = insert(hash === 0n ? 1n : hash, slots)
    if (added) used++
    return added
  }

  return {
    take: (name) => {
      if (add(name)) return name
      for (let number = 2; ; number++) {
        const candidate = numberedName(name, number)
        if (add(candidate)) return candidate
      }
    },
  }
}
