import { expect } from "vitest"
import type { XmlElement } from "../../../src/parse/xml.ts"
import { type Cvat, childOf } from "./parsed.ts"

// What CVAT's documentation and its importer ask of a document, restated without any code of the writer.

const number = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/
const whole = /^\d+$/
const pairs = /^[^,;]+,[^,;]+(?:;[^,;]+,[^,;]+)*$/

const geometry: Readonly<Record<string, readonly string[]>> = {
  box: ["xtl", "ytl", "xbr", "ybr"],
  polygon: [],
  polyline: [],
  points: [],
  ellipse: ["cx", "cy", "rx", "ry"],
  cuboid: ["1", "2"].flatMap((face) =>
    ["tl", "bl", "tr", "br"].flatMap((corner) => [`x${corner}${face}`, `y${corner}${face}`]),
  ),
  skeleton: [],
  mask: [],
  tag: [],
}
const least: Readonly<Record<string, number>> = { polygon: 3, polyline: 2, points: 1 }
const types: Readonly<Record<string, string>> = { box: "rectangle" }

/** Fails where CVAT would not take the document, or not take all of it. */
export function checkCvat({ root, labels, images, tracks }: Cvat): void {
  expect(root.name).toBe("annotations")
  expect(childOf(root, "version")?.text).toBe("1.1")
  const task = childOf(root, "meta", "task")
  const size = Number(childOf(task, "size")?.text)
  const isVideo = childOf(task, "mode")?.text === "interpolation"
  expect(childOf(task, "segments", "segment", "start")?.text).toBe("0")
  expect(childOf(task, "segments", "segment", "stop")?.text).toBe(String(Math.max(0, size - 1)))
  expect(childOf(task, "overlap")?.text).toBe("0")
  expect(childOf(task, "bugtracker")?.text).toBe("")
  const names = labels.filter(({ parent }) => parent === undefined).map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)

  if (isVideo) expect(images).toEqual([])
  else {
    expect(tracks).toEqual([])
    expect(images).toHaveLength(size)
  }
  for (const [index, image] of images.entries()) {
    expect(image.attributes.id).toBe(String(index))
    expect(image.attributes.name).toBeTruthy()
    for (const shape of image.children) {
      checkShape(shape, image)
      checkLabel(shape, shape.attributes.label as string)
      expect(shape.attributes.source).toBe("manual")
      if (shape.name !== "tag") expect(shape.attributes.z_order).toMatch(whole)
    }
  }
  for (const [index, track] of tracks.entries()) {
    expect(track.attributes.id).toBe(String(index))
    expect(track.children.length).toBeGreaterThan(0)
    expect(new Set(track.children.map(({ name }) => name)).size).toBe(1)
    let last = -1
    for (const shape of track.children) {
      checkShape(shape)
      checkLabel(shape, track.attributes.label as string)
      const frame = Number(shape.attributes.frame)
      expect(frame).toBeGreaterThan(last)
      expect(frame).toBeLessThan(size)
      last = frame
      expect(shape.attributes.keyframe).toMatch(/^[01]$/)
      const flagged = shape.name === "skeleton" ? shape.children : [shape]
      for (const one of flagged) {
        if (one.name !== "attribute") expect(one.attributes.outside).toMatch(/^[01]$/)
      }
    }
    expect(track.children[0]?.attributes.keyframe).toBe("1")
  }

  function checkLabel(shape: XmlElement, name: string): void {
    const label = labels.find((one) => one.name === name && one.parent === undefined)
    if (label === undefined) throw new Error(`${name} is not declared`)
    if (label.type !== "any") expect(label.type).toBe(types[shape.name] ?? shape.name)
    for (const attribute of shape.children.filter((one) => one.name === "attribute")) {
      const type = label.attributes[attribute.attributes.name as string]
      expect(["checkbox", "text"]).toContain(type)
      if (type === "checkbox") expect(["true", "false"]).toContain(attribute.text)
    }
    for (const point of shape.children.filter((one) => one.name === "points")) {
      expect(labels.some((one) => one.name === point.attributes.label && one.parent === name)).toBe(true)
    }
  }
}

function checkShape(shape: XmlElement, image?: XmlElement): void {
  const { name, attributes } = shape
  const numbers = geometry[name]
  if (numbers === undefined) throw new Error(`${name} is no shape`)
  for (const one of numbers) expect(attributes[one], `${one} of a ${name}`).toMatch(number)
  if (name !== "tag" && name !== "skeleton") expect(attributes.occluded).toMatch(/^[01]$/)
  if (name in least) {
    expect(attributes.points).toMatch(pairs)
    const points = (attributes.points as string).split(/[;,]/)
    expect(points.length / 2).toBeGreaterThanOrEqual(least[name] as number)
    for (const one of points) expect(one).toMatch(number)
  }
  if (name === "ellipse") {
    expect(Math.min(Number(attributes.rx), Number(attributes.ry))).toBeGreaterThanOrEqual(0)
    const rotation = Number(attributes.rotation ?? 0)
    expect(rotation >= 0 && rotation <= 360).toBe(true)
  }
  if (name === "skeleton") {
    const points = shape.children.filter((one) => one.name === "points")
    expect(points.length).toBeGreaterThan(0)
    for (const point of points) expect(point.attributes.points).toMatch(/^[^,;]+,[^,;]+$/)
  }
  if (name === "mask") {
    const [left, top, width, height] = ["left", "top", "width", "height"].map((one) => {
      expect(attributes[one]).toMatch(whole)
      return Number(attributes[one])
    }) as [number, number, number, number]
    const runs = (attributes.rle as string).split(", ").map((run) => {
      expect(run).toMatch(whole)
      return Number(run)
    })
    expect(runs.reduce((sum, run) => sum + run, 0)).toBe(width * height)
    if (image?.attributes.width !== undefined) {
      expect(left + width).toBeLessThanOrEqual(Number(image.attributes.width))
      expect(top + height).toBeLessThanOrEqual(Number(image.attributes.height))
    }
  }
}
