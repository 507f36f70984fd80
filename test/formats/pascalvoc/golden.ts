import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parseXml, type XmlElement } from "../../../src/parse/xml.ts"
import { exportCase, filesBelow } from "../golden.ts"

/** An element as a pair of its name and its text or children: what two documents are compared by. */
export type Tree = [name: string, content: string | Tree[]]

export function tree({ name, children, text, attributes }: XmlElement): Tree {
  if (Object.keys(attributes).length > 0) throw new Error(`${name} has attributes`)
  return [name, children.length > 0 ? children.map(tree) : text]
}

/** The XML files below a directory, parsed, by their paths with `/` between folders. */
export function trees(directory: string): Map<string, Tree> {
  return new Map(
    filesBelow(directory)
      .filter((file) => file.endsWith(".xml"))
      .sort()
      .map((file) => [file, tree(parseXml(readFileSync(join(directory, file)), file))]),
  )
}

export function child(parent: Tree, name: string): Tree | undefined {
  return typeof parent[1] === "string" ? undefined : parent[1].find((element) => element[0] === name)
}

export function childText(parent: Tree, name: string): string {
  const content = child(parent, name)?.[1]
  if (typeof content !== "string") throw new Error(`${parent[0]} has no text in ${name}`)
  return content
}

/** The objects of a file as `name xmin ymin xmax ymax`. */
export function objects(file: Tree): string[] {
  const elements = typeof file[1] === "string" ? [] : file[1].filter(([name]) => name === "object")
  return elements.map((object) => {
    const box = child(object, "bndbox")
    if (box === undefined) throw new Error("an object without bndbox")
    const corners = ["xmin", "ymin", "xmax", "ymax"].map((corner) => childText(box, corner))
    return [childText(object, "name"), ...corners].join(" ")
  })
}

/** The Darwin documents of an export case. */
export function inputs(name: string): Darwin[] {
  const input = exportCase(name, "input")
  return filesBelow(input)
    .filter((file) => file.endsWith(".json"))
    .map((file) => JSON.parse(readFileSync(join(input, file), "utf8").replace(/^\ufeff/, "")))
}

export interface Darwin {
  readonly item: { readonly name: string; readonly path: string }
  readonly annotations: readonly Shape[]
}

export interface Shape {
  readonly name: string
  readonly bounding_box?: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly polygon?: { readonly paths: readonly (readonly { readonly x: number; readonly y: number }[])[] }
  readonly attributes?: readonly string[]
  readonly frames?: Readonly<Record<string, Omit<Shape, "name">>>
}
