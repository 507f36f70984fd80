import { readFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import {
  elementsOf,
  type JsonValue,
  jsonDocument,
  member,
  required,
  textOf,
  wrong,
} from "../parse/json-value.ts"
import { zipFileEntries } from "./zip-file.ts"

/** The document of a release that tells its classes and properties; an entry of its archive, a file beside its annotations. */
export const metadataEntry = ".v7/metadata.json"

/** A property of a class's annotations, or of items, as a release tells it: by names, for the ids are those of a team. */
export interface PropertyDefinition {
  readonly name: string
  /** `single_select`, `multi_select`, `text` and others. */
  readonly type: string
  readonly description: string
  readonly required: boolean
  /** Of each frame, of the annotation as a whole, or of the item. */
  readonly granularity: "section" | "annotation" | "item"
  /** The class it belongs to; undefined for a property of items. */
  readonly of: { readonly name: string; readonly type: string } | undefined
  readonly values: readonly { readonly value: string; readonly color: string }[]
  /** The property of the same class in which it is nested, and for which of that one's values it is asked for. */
  readonly parent: { readonly name: string; readonly trigger: "any_value" | readonly string[] } | undefined
}

/**
 * Reads the definitions of properties from a release's `.v7/metadata.json`.
 *
 * @throws FormatError (`format`) naming file and JSON path.
 *
 * @example
 * const definitions = readPropertyDefinitions(await readFile(".v7/metadata.json"), ".v7/metadata.json")
 */
export function readPropertyDefinitions(content: Uint8Array, file: string): PropertyDefinition[] {
  const document = jsonDocument(content, file)
  return [
    ...optionalElements(document, "classes").flatMap((annotationClass) => {
      const of = {
        name: textOf(required(annotationClass, "name")),
        type: textOf(required(annotationClass, "type")),
      }
      return optionalElements(annotationClass, "properties").map((property) => definitionOf(property, of))
    }),
    ...optionalElements(document, "properties").map((property) => definitionOf(property, undefined)),
  ]
}

/**
 * The definitions that stand beside an annotation file: in `.v7/metadata.json` of its folder, or of the archive it is in;
 * none where there is no such file.
 *
 * @param path As AnnotationFile has it: a file's, or `archive.zip/entry.json`.
 * @throws FormatError (`format`) for one that breaks the rules, ZipError (`zip`) for an archive that cannot be read.
 */
export async function definitionsBeside(path: string): Promise<PropertyDefinition[]> {
  const archive = /^(.*?\.zip)[\\/]/i.exec(path)?.[1]
  if (archive !== undefined) {
    for await (const { name, bytes } of zipFileEntries(archive, archive, {
      wanted: (entry) => entry === metadataEntry,
    })) {
      return readPropertyDefinitions(bytes, `${archive}/${name}`)
    }
    return []
  }
  const file = join(dirname(path), metadataEntry)
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined
    throw error
  })
  return bytes === undefined ? [] : readPropertyDefinitions(bytes, file)
}

function definitionOf(property: JsonValue, of: PropertyDefinition["of"]): PropertyDefinition {
  const granularity = member(property, "granularity")
  return {
    name: textOf(required(property, "name")),
    type: textOf(required(property, "type")),
    description: optionalText(property, "description") ?? "",
    required: member(property, "required")?.value === true,
    granularity:
      of === undefined ? "item" : granularity === undefined ? "section" : granularityOf(granularity),
    of,
    values: optionalElements(property, "property_values").flatMap((value) => {
      const text = optionalText(value, "value")
      return text === undefined ? [] : [{ value: text, color: optionalText(value, "color") ?? "auto" }]
    }),
    parent: parentOf(property),
  }
}

function granularityOf(given: JsonValue): "section" | "annotation" {
  if (given.value === "section" || given.value === "annotation") return given.value
  throw wrong(given, 'expected "section" or "annotation"')
}

function parentOf(property: JsonValue): PropertyDefinition["parent"] {
  const name = optionalText(property, "parent_name")
  const trigger = member(property, "trigger_condition")
  if (name === undefined && trigger === undefined) return undefined
  if (name === undefined || trigger === undefined) {
    throw wrong(property, "parent_name and trigger_condition go together")
  }
  const type = required(trigger, "type")
  if (type.value === "any_value") return { name, trigger: "any_value" }
  if (type.value === "value_match") {
    return { name, trigger: elementsOf(required(trigger, "values")).map(textOf) }
  }
  throw wrong(type, 'expected "any_value" or "value_match"')
}

function optionalElements(of: JsonValue, key: string): JsonValue[] {
  const list = member(of, key)
  return list === undefined ? [] : elementsOf(list)
}

function optionalText(of: JsonValue, key: string): string | undefined {
  const text = member(of, key)
  return text === undefined ? undefined : textOf(text)
}
