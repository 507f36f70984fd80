import type { Point } from "../model/point.ts"
import type { Path } from "./polygon.ts"

// Distances that are compared. Beyond it bridges run from first point to first point: longer, and just as right.
const budget = 20_000_000

/**
 * One closed path that fills, even-odd, the very same area as some paths together: parts and holes are joined by bridges,
 * each of which is walked once to and once back, so that it has no width and no area.
 *
 * Bridges run between the nearest points of what is joined so far and what is not. All points stay, in their order; each
 * bridge adds its two ends once more. Paths without a point are left out.
 *
 * @example
 * const keyhole = joinPaths([outline, hole])
 */
export function joinPaths(paths: readonly Path[]): Path {
  const filled = paths.filter((path) => path.length > 0)
  const [only] = filled
  if (only === undefined) return []
  if (filled.length === 1) return only

  const points: Point[] = filled.flat()
  const starts = new Uint32Array(filled.length + 1)
  filled.forEach((path, index) => {
    starts[index + 1] = (starts[index] as number) + path.length
  })
  const bridges = isWithinBudget(filled) ? shortBridges(points, starts) : plainBridges(starts)

  const next = Array.from({ length: points.length }, (_, at) => at + 1)
  for (let path = 0; path < filled.length; path++) {
    next[(starts[path + 1] as number) - 1] = starts[path] as number
  }
  for (const [from, to] of bridges) {
    // from -> copy of to -> once around -> to -> copy of from -> where from went before.
    const entry = points.push(points[to] as Point) - 1
    const back = points.push(points[from] as Point) - 1
    next[entry] = next[to] as number
    next[to] = back
    next[back] = next[from] as number
    next[from] = entry
  }

  const joined: Point[] = []
  let at = 0
  do {
    joined.push(points[at] as Point)
    at = next[at] as number
  } while (at !== 0)
  return joined
}

/** From a point of what is joined to one of a path that is not, by their places in the list of all points. */
type Bridge = readonly [from: number, to: number]

function isWithinBudget(paths: readonly Path[]): boolean {
  let seen = 0
  let pairs = 0
  for (const { length } of paths) {
    pairs += seen * length
    seen += length
  }
  return pairs <= budget
}

function plainBridges(starts: Uint32Array): Bridge[] {
  return Array.from({ length: starts.length - 2 }, (_, path) => [
    starts[path] as number,
    starts[path + 1] as number,
  ])
}

/** Prim's tree over the paths: each is compared once, when it is joined, with all that are not. */
function shortBridges(points: readonly Point[], starts: Uint32Array): Bridge[] {
  const count = starts.length - 1
  const xs = Float64Array.from(points, ({ x }) => x)
  const ys = Float64Array.from(points, ({ y }) => y)
  const distance = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
  const from = new Uint32Array(count)
  const to = Uint32Array.from({ length: count }, (_, path) => starts[path] as number)
  const isJoined = new Uint8Array(count)
  const bridges: Bridge[] = []

  let joined = 0
  for (;;) {
    isJoined[joined] = 1
    let nearest = -1
    for (let path = 0; path < count; path++) {
      if (isJoined[path] === 1) continue
      const end = starts[path + 1] as number
      let least = distance[path] as number
      for (let a = starts[joined] as number; a < (starts[joined + 1] as number); a++) {
        const x = xs[a] as number
        const y = ys[a] as number
        for (let b = starts[path] as number; b < end; b++) {
          const dx = (xs[b] as number) - x
          const dy = (ys[b] as number) - y
          const squared = dx * dx + dy * dy
          if (squared >= least) continue
          least = squared
          from[path] = a
          to[path] = b
        }
      }
      distance[path] = least
      if (nearest === -1 || least < (distance[nearest] as number)) nearest = path
    }
    if (nearest === -1) return bridges
    bridges.push([from[nearest] as number, to[nearest] as number])
    joined = nearest
  }
}

/**
 * The paths of a path that was joined by bridges: wherever it walks an edge back that it has walked before, what lies
 * between becomes a path of its own. Even-odd, they fill the very same area. A path without bridges is the only one.
 *
 * @example
 * const [outline, hole] = splitBridges(joinPaths([outline, hole]))
 */
export function splitBridges(path: Path): readonly Path[] {
  if (!meetsItself(path)) return [path]
  const paths: Path[] = []
  // What is walked and not split off yet, and where in it each edge begins.
  const walked: Point[] = []
  const begins = new Map<string, number>()
  for (const point of path) {
    const last = walked.at(-1)
    const begin = last && begins.get(edge(point, last))
    if (last === undefined || begin === undefined || walked.length - begin < minLoop) {
      if (last !== undefined) begins.set(edge(last, point), walked.length - 1)
      walked.push(point)
      continue
    }
    const loop = walked.splice(begin + 1)
    for (let i = 1; i < loop.length; i++) begins.delete(edge(loop[i - 1] as Point, loop[i] as Point))
    begins.delete(edge(point, last))
    // It ends where it began.
    loop.pop()
    paths.push(loop)
  }
  return [walked, ...paths.reverse()]
}

// The bridge's near end, three points, and the first of them again: less is a spike, which stays.
const minLoop = 5

function edge(from: Point, to: Point): string {
  return `${from.x} ${from.y} ${to.x} ${to.y}`
}

/** Whether a point may stand twice: quick, for paths that have no bridge, which are nearly all. */
function meetsItself(path: Path): boolean {
  if (path.length < 8) return false
  const seen = new Set<number>()
  for (const { x, y } of path) seen.add(x + y * Math.PI)
  return seen.size < path.length
}
