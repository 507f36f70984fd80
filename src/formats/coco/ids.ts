import { crc32 } from "node:zlib"

/** Gives each image of a run a number of its own. */
export interface ImageIds {
  /** The CRC-32 of the image's full path; where it is taken, the next free number above. */
  take(fullPath: string): number
}

/**
 * Image ids given so far in one run. It has to know all of them, so it grows with the number of images: by 8 to 16
 * bytes each. 0 is never given.
 */
export function createImageIds(): ImageIds {
  let slots = new Uint32Array(1 << 12)
  let used = 0

  const insert = (id: number, into: Uint32Array): boolean => {
    const mask = into.length - 1
    let at = id & mask
    while (into[at] !== 0) {
      if (into[at] === id) return false
      at = (at + 1) & mask
    }
    into[at] = id
    return true
  }

  return {
    take: (fullPath) => {
      if (2 * used >= slots.length) {
        const larger = new Uint32Array(2 * slots.length)
        for (const id of slots) if (id !== 0) insert(id, larger)
        slots = larger
      }
      let id = crc32(fullPath)
      while (id === 0 || !insert(id, slots)) id = (id + 1) >>> 0
      used++
      return id
    },
  }
}

/** A class and its number. `keypoints` are the names of the points that its skeletons have, once one was written. */
export interface Category {
  readonly id: number
  readonly name: string
  /** Whether an annotation has been written under it. */
  used: boolean
  keypoints?: readonly string[]
}

/** The classes of a run. */
export interface Categories {
  /** The category of a class; blanks around its name do not count. */
  of(name: string): Category
  /** Those that are used, by id. */
  sorted(): Category[]
}

/**
 * Classes seen so far: the CRC-32 of the name is a category's id, or the next free number above where two names have
 * one CRC. It grows with the number of different names.
 */
export function createCategories(): Categories {
  const byName = new Map<string, Category>()
  const byId = new Map<number, Category>()
  return {
    of: (name) => {
      const known = byName.get(name)
      if (known !== undefined) return known
      const trimmed = name.trim()
      let category = byName.get(trimmed)
      if (category === undefined) {
        let id = crc32(trimmed)
        while (id === 0 || byId.has(id)) id = (id + 1) >>> 0
        category = { id, name: trimmed, used: false }
        byId.set(id, category)
        byName.set(trimmed, category)
      }
      byName.set(name, category)
      return category
    },
    sorted: () => [...byId.values()].filter(({ used }) => used).sort((a, b) => a.id - b.id),
  }
}
