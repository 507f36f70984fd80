import { expect } from "vitest"

// The rules of those who read Dataloop's files, restated: what Dataloop's SDK (dtlpy, entities/annotation_definitions) takes
// for each type, and what darwin-py's importer asks of a file.

type Json = Readonly<Record<string, unknown>>

/** Types that darwin-py's importer takes; for any other it refuses the file. */
const known = ["box", "class", "segment"]

/** Checks an item's document as Dataloop's SDK reads it. */
export function checkItem(document: unknown): void {
  const { filename, metadata, annotations } = document as Json
  expect(filename).toMatch(/^\/[^/]/)
  expect(filename).not.toMatch(/\/$|\/\//)
  const { system } = metadata as { readonly system: Json }
  for (const side of ["width", "height"]) {
    if (system[side] !== undefined) expect(system[side]).toEqual(expect.any(Number))
  }
  const ids = (annotations as Json[]).map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  for (const annotation of annotations as Json[]) checkAnnotation(annotation)
}

/** Whether darwin-py's importer takes an annotation. */
export function isForDarwinPy({ type, coordinates, metadata }: Json): boolean {
  const { system } = metadata as { readonly system: { readonly snapshots_?: readonly unknown[] } }
  if ((system.snapshots_?.length ?? 0) > 1) return false
  if (!known.includes(type as string)) return false
  return type !== "segment" || (coordinates as unknown[]).length === 1
}

function checkAnnotation(annotation: Json): void {
  const { label, attributes, metadata, type, coordinates, description } = annotation
  expect(label).toEqual(expect.any(String))
  expect(attributes).toEqual(expect.any(Array))
  for (const one of attributes as unknown[]) expect(one).toEqual(expect.any(String))
  const { system } = metadata as { readonly system: Json }
  expect(system).toEqual(expect.any(Object))
  if (system.objectId !== undefined) expect(system.objectId).toEqual(expect.any(String))
  if (description !== undefined) expect(description).toEqual(expect.any(String))
  const check = shapes[type as string]
  if (check === undefined) throw new Error(`dtlpy has no ${type}`)
  check(coordinates as never)
}

const shapes: Readonly<Record<string, (coordinates: never) => void>> = {
  box: (coordinates: readonly unknown[]) => {
    expect(coordinates).toHaveLength(2)
    coordinates.forEach(checkPoint)
  },
  class: (coordinates: readonly unknown[]) => expect(coordinates).toEqual([]),
  segment: (coordinates: readonly unknown[]) => {
    expect(coordinates.length).toBeGreaterThan(0)
    coordinates.forEach(checkPath)
  },
  polyline: (coordinates: readonly unknown[]) => {
    expect(coordinates).toHaveLength(1)
    coordinates.forEach(checkPath)
  },
  point: checkPoint,
  ellipse: ({ angle, center, rx, ry, ...more }: Json) => {
    expect([angle, rx, ry].every(Number.isFinite)).toBe(true)
    checkPoint(center)
    expect(more).toEqual({})
  },
  cube: ({ angle, ...corners }: Json) => {
    expect(angle).toEqual(expect.any(Number))
    expect(Object.keys(corners).sort()).toEqual(
      ["front", "back"]
        .flatMap((face) => ["tl", "tr", "br", "bl"].map((corner) => `${face}_${corner}`))
        .sort(),
    )
    Object.values(corners).forEach(checkPoint)
  },
}

function checkPath(path: unknown): void {
  expect((path as unknown[]).length).toBeGreaterThan(0)
  for (const point of path as unknown[]) checkPoint(point)
}

function checkPoint(point: unknown): void {
  const { x, y, z, ...more } = point as Json
  // Many points are checked: no expectation for each.
  if (!Number.isFinite(x) || !Number.isFinite(y) || z !== 0 || Object.keys(more).length > 0) {
    throw new Error(`no point: ${JSON.stringify(point)}`)
  }
}
