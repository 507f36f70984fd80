/** The place of each image of a file, by its id. Ids are numbers or text; `7` and `"7"` are one id. */
export interface ImagePositions {
  readonly count: number
  /** Gives the next position to an id; false when the id is taken. */
  add(id: number | string): boolean
  find(id: number | string): number | undefined
}

/**
 * Positions by id. It has to know all images of a file, since annotations name them in any order: 24 to 48 bytes an
 * image for ids that are numbers, the text and some 100 bytes for others.
 */
export function createImagePositions(): ImagePositions {
  let ids = new Float64Array(1 << 10)
  // Position plus one; 0 is a free place.
  let places = new Uint32Array(1 << 10)
  const texts = new Map<string, number>()
  let numbers = 0

  const slotOf = (id: number, inIds: Float64Array, inPlaces: Uint32Array): number => {
    const mask = inIds.length - 1
    const mixed = Math.imul(id | 0, 0x9e3779b1) ^ Math.imul((id / 2 ** 32) | 0, 0x85ebca6b)
    let at = (mixed ^ (mixed >>> 15)) & mask
    while (inPlaces[at] !== 0 && inIds[at] !== id) at = (at + 1) & mask
    return at
  }
  const grow = () => {
    const [largerIds, largerPlaces] = [new Float64Array(2 * ids.length), new Uint32Array(2 * ids.length)]
    for (let i = 0; i < ids.length; i++) {
      if (places[i] === 0) continue
      const at = slotOf(ids[i] as number, largerIds, largerPlaces)
      largerIds[at] = ids[i] as number
      largerPlaces[at] = places[i] as number
    }
    ids = largerIds
    places = largerPlaces
  }

  return {
    get count() {
      return numbers + texts.size
    },
    add: (given) => {
      const id = canonical(given)
      const position = numbers + texts.size
      if (typeof id === "string") {
        if (texts.has(id)) return false
        texts.set(id, position)
        return true
      }
      if (2 * numbers >= ids.length) grow()
      const at = slotOf(id, ids, places)
      if (places[at] !== 0) return false
      ids[at] = id
      places[at] = position + 1
      numbers++
      return true
    },
    find: (given) => {
      const id = canonical(given)
      if (typeof id === "string") return texts.get(id)
      const place = places[slotOf(id, ids, places)] as number
      return place === 0 ? undefined : place - 1
    },
  }
}

/** The one form of an id: a number where its text is that of a number. */
export function canonical(id: number | string): number | string {
  if (typeof id === "number") return id
  const number = Number(id)
  return String(number) === id && Number.isFinite(number) ? number : id
}
