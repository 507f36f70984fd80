import { existsSync, readFileSync, statSync } from "node:fs"
import { dirname, extname, join, posix } from "node:path"
import {
  elementsOf,
  type JsonValue,
  jsonDocument,
  member,
  nameOf,
  required,
  wrong,
} from "../../parse/json-value.ts"
import { zipFileEntries } from "../../storage/zip-file.ts"
import type { ReadDocument } from "../shared/read-documents.ts"

/** A class of a `classes.json`. */
export interface ReadClass {
  readonly name: string
  readonly groups: ReadonlyMap<number, ReadGroup>
}

/** A group of attributes, by their ids. */
export interface ReadGroup {
  readonly name: string
  readonly attributes: ReadonlyMap<number, string>
}

/** The classes of a project by their ids. */
export type Classes = ReadonlyMap<number, ReadClass>

/** The name of the file that holds a project's classes. */
export const classesFile = "classes.json"

/**
 * The classes of a `classes.json`. Of several with one id the first counts, as in darwin-py.
 *
 * @throws FormatError (`format`) naming what breaks a rule.
 */
export function classesOf(content: string | Uint8Array, file: string): Classes {
  return byId(elementsOf(jsonDocument(content, file)), (one) => ({
    name: nameOf(required(one, "name")),
    groups: byId(elementsOf(member(one, "attribute_groups") ?? none(one)), (group) => ({
      name: nameOf(required(group, "name")),
      attributes: byId(elementsOf(member(group, "attributes") ?? none(group)), (attribute) =>
        nameOf(required(attribute, "name")),
      ),
    })),
  }))
}

function none(of: JsonValue): JsonValue {
  return { ...of, value: [] }
}

function byId<T>(records: readonly JsonValue[], make: (record: JsonValue) => T): Map<number, T> {
  const made = new Map<number, T>()
  for (const record of records) {
    const id = required(record, "id")
    if (!Number.isSafeInteger(id.value)) throw wrong(id, "expected a whole number")
    if (!made.has(id.value as number)) made.set(id.value as number, make(record))
  }
  return made
}

/** Finds the classes of a document of one input; undefined where there are none. */
export type ClassFinder = (document: ReadDocument) => Promise<Classes | undefined>

/**
 * Finds classes where SuperAnnotate and darwin-py put them: in `classes.json` beside a document, or in a folder `classes`
 * there. On disk the classes of one folder at a time are held; an archive is gone through once for them, when they are first
 * asked for, and then holds all of its class files.
 */
export function createClassFinder(input: string): ClassFinder {
  const isArchive = extname(input).toLowerCase() === ".zip" && !statSync(input).isDirectory()
  return isArchive ? inArchive(input) : onDisk()
}

function candidates(folder: string, join: (...parts: string[]) => string): string[] {
  return [join(folder, classesFile), join(folder, "classes", classesFile)]
}

function onDisk(): ClassFinder {
  let known: { readonly folder: string; readonly classes: Classes | undefined } | undefined
  return async ({ path }) => {
    const folder = dirname(path)
    if (known?.folder !== folder) {
      const file = candidates(folder, join).find((candidate) => existsSync(candidate))
      known = { folder, classes: file === undefined ? undefined : classesOf(readFileSync(file), file) }
    }
    return known.classes
  }
}

function inArchive(archive: string): ClassFinder {
  let entries: Map<string, Uint8Array> | undefined
  const parsed = new Map<string, Classes>()
  return async ({ name }) => {
    if (entries === undefined) {
      entries = new Map()
      for await (const entry of zipFileEntries(archive, archive)) {
        if (posix.basename(entry.name) === classesFile) entries.set(posix.normalize(entry.name), entry.bytes)
      }
    }
    for (const candidate of candidates(posix.dirname(name), posix.join)) {
      const bytes = entries.get(candidate)
      if (bytes === undefined) continue
      const classes = parsed.get(candidate) ?? classesOf(bytes, `${archive}/${candidate}`)
      parsed.set(candidate, classes)
      return classes
    }
    return undefined
  }
}
