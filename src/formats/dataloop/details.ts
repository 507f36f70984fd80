import type { SubAnnotations } from "../../model/annotation.ts"
import { elementsOf, type JsonValue, member, membersOf, textOf, wrong } from "../../parse/json-value.ts"

/** `metadata.system` of an annotation. */
export function systemOf(annotation: JsonValue): JsonValue | undefined {
  const metadata = member(annotation, "metadata")
  return metadata && member(metadata, "system")
}

/** The class of an annotation: a label is kept as it is, blanks around it too. */
export function labelOf(label: JsonValue): string {
  const text = textOf(label)
  if (text.trim() === "") throw wrong(label, "expected a name, not an empty text")
  return text
}

/**
 * What stands beside the shape: `description` is the text, `objectId` the instance id where it is a whole number, and both
 * kinds of attributes are attributes.
 */
export function detailsOf(annotation: JsonValue, system: JsonValue | undefined): SubAnnotations {
  const text = member(annotation, "description") ?? (system && member(system, "description"))
  const attributes = attributesOf(member(annotation, "attributes"), system && member(system, "attributes"))
  const instance = system && instanceOf(member(system, "objectId"))
  return {
    ...(text !== undefined && { text: { text: textOf(text) } }),
    ...(attributes.length > 0 && { attributes }),
    ...(instance !== undefined && { instance_id: { value: instance } }),
  }
}

/**
 * The names in a list, as older recipes have them, and those of an object from the keys of attributes to their values, as
 * newer ones do: `key:value` each, of a list of values one by one; a key alone that is true, none that is false.
 */
export function attributesOf(list: JsonValue | undefined, named: JsonValue | undefined): string[] {
  const names: string[] = []
  for (const one of [list, named]) {
    if (one === undefined) continue
    if (Array.isArray(one.value)) names.push(...elementsOf(one).map(textOf))
    else for (const [key, value] of membersOf(one)) addNamed(names, key, value)
  }
  return names
}

function addNamed(names: string[], key: string, of: JsonValue): void {
  const { value } = of
  if (value === null || value === false) return
  if (value === true) names.push(key)
  else if (typeof value === "string" || typeof value === "number") names.push(`${key}:${value}`)
  else if (Array.isArray(value)) for (const one of elementsOf(of)) addNamed(names, key, one)
  else throw wrong(of, "expected the value of an attribute")
}

function instanceOf(objectId: JsonValue | undefined): number | undefined {
  const text = String(objectId?.value ?? "")
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
