import type { SubAnnotations } from "../../model/annotation.ts"
import { xmlAttribute, xmlText } from "../../parse/xml-write.ts"
import type { CvatAttribute } from "./labels.ts"

/** The attribute that is CVAT's own flag of a shape. */
const occluded = "occluded"

// Sub-annotations that have a value are attributes of these names, as in darwin-py; an attribute that is called like one
// of them, or begins like this, gets the word in front.
const textName = "__text"
const instanceName = "__instance_id"
const prefix = "attribute:"

/** Whether an element has CVAT's flag: a tag is nowhere, and a skeleton where its points are. */
export function hasFlag(element: string): boolean {
  return element !== "tag" && element !== "skeleton"
}

/** What stands beside a shape, as attributes of its element; where that has CVAT's flag, `occluded` is none of them. */
export function attributesOf(
  { attributes, text, instance_id }: SubAnnotations,
  element: string,
): readonly CvatAttribute[] {
  if (attributes === undefined && text === undefined && instance_id === undefined) return none
  const made: CvatAttribute[] = []
  for (const name of attributes ?? []) {
    if (name !== occluded || !hasFlag(element))
      made.push({ name: escaped(name), value: "true", isTicked: true })
  }
  if (text !== undefined) made.push({ name: textName, value: text.text, isTicked: false })
  if (instance_id !== undefined) {
    made.push({ name: instanceName, value: String(instance_id.value), isTicked: false })
  }
  return made
}

const none: readonly CvatAttribute[] = []

/** Whether a shape has CVAT's flag. */
export function isOccluded({ attributes }: SubAnnotations): boolean {
  return attributes?.includes(occluded) === true
}

/** `<attribute>` elements. */
export function attributesText(attributes: readonly CvatAttribute[]): string {
  let text = ""
  for (const { name, value } of attributes) {
    text += `<attribute name="${xmlAttribute(name)}">${xmlText(value)}</attribute>`
  }
  return text
}

/**
 * The sub-annotations that attributes stand for: one that says `true` is an attribute, `false` or nothing is none, and
 * any other value is the attribute `name:value`.
 */
export function subAnnotationsOf(
  attributes: readonly { readonly name: string; readonly value: string }[],
  isFlagged: boolean,
): SubAnnotations {
  const names: string[] = isFlagged ? [occluded] : []
  let text: string | undefined
  let instance: number | undefined
  for (const { name, value } of attributes) {
    const number = name === instanceName && value.trim() !== "" ? Number(value) : Number.NaN
    if (name === textName) text = value
    else if (Number.isFinite(number)) instance = number
    else if (value === "true" || value === "True") names.push(unescaped(name))
    else if (value !== "false" && value !== "False" && value !== "") names.push(`${unescaped(name)}:${value}`)
  }
  return {
    ...(names.length > 0 && { attributes: names }),
    ...(text !== undefined && { text: { text } }),
    ...(instance !== undefined && { instance_id: { value: instance } }),
  }
}

function escaped(name: string): string {
  return name === textName || name === instanceName || name.startsWith(prefix) ? prefix + name : name
}

function unescaped(name: string): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name
}
