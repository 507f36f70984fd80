import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parseXml, type XmlElement } from "../../../src/parse/xml.ts"
import { filesBelow } from "../golden.ts"

/** A document of CVAT as the tests look at it. */
export interface Cvat {
  readonly root: XmlElement
  readonly labels: readonly CvatLabel[]
  readonly images: readonly XmlElement[]
  readonly tracks: readonly XmlElement[]
}

export interface CvatLabel {
  readonly name: string
  readonly type: string | undefined
  readonly parent: string | undefined
  readonly attributes: Readonly<Record<string, string>>
}

export function childOf(
  element: XmlElement | undefined,
  ...names: readonly string[]
): XmlElement | undefined {
  return names.reduce((one, name) => one?.children.find((child) => child.name === name), element)
}

export function childrenOf(element: XmlElement | undefined, name: string): XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? []
}

export function parsed(path: string): Cvat {
  const root = parseXml(readFileSync(path), path)
  const labels = childrenOf(childOf(root, "meta", "task", "labels"), "label").map((label) => ({
    name: childOf(label, "name")?.text ?? "",
    type: childOf(label, "type")?.text,
    parent: childOf(label, "parent")?.text,
    attributes: Object.fromEntries(
      childrenOf(childOf(label, "attributes"), "attribute").map((one) => [
        childOf(one, "name")?.text ?? "",
        childOf(one, "input_type")?.text ?? "",
      ]),
    ),
  }))
  return { root, labels, images: childrenOf(root, "image"), tracks: childrenOf(root, "track") }
}

/** All documents below a directory. */
export function parsedBelow(directory: string): Map<string, Cvat> {
  const files = filesBelow(directory).filter((file) => file.endsWith(".xml"))
  return new Map(files.map((file) => [file, parsed(join(directory, file))]))
}
