import { xmlText } from "../../parse/xml-write.ts"
import { byCodePoint } from "../../storage/by-code-point.ts"

/** What is said of the classes that a document uses. It grows with the classes and their attributes. */
export interface Labels {
  /** A class is used, with a shape of that element and with these attributes. */
  use(name: string, element: string, attributes: readonly CvatAttribute[]): void
  /** A class is used as a skeleton of these points. */
  useSkeleton(name: string, points: readonly string[], attributes: readonly CvatAttribute[]): void
  /** `<label>` of every class, those given first and then by code point. */
  text(): string
}

/** An attribute of a shape: one that is ticked, or one with a text. */
export interface CvatAttribute {
  readonly name: string
  readonly value: string
  readonly isTicked: boolean
}

interface Label {
  readonly elements: Set<string>
  /** Names of attributes, and whether they are ticked or hold a text. */
  readonly attributes: Map<string, boolean>
  readonly points: Set<string>
}

// How CVAT calls the shapes of a label that has one kind alone.
const types: Readonly<Record<string, string>> = {
  box: "rectangle",
  polygon: "polygon",
  polyline: "polyline",
  points: "points",
  ellipse: "ellipse",
  cuboid: "cuboid",
  skeleton: "skeleton",
  mask: "mask",
  tag: "tag",
}

/**
 * Labels of one document. Names that are given come first, in their order, whether they are used or not. In videos an
 * attribute may change from frame to frame (`mutable`).
 */
export function createLabels(given: readonly string[], mutable: boolean): Labels {
  const labels = new Map<string, Label>()
  const labelOf = (name: string): Label => {
    let label = labels.get(name)
    if (label === undefined) {
      label = { elements: new Set(), attributes: new Map(), points: new Set() }
      labels.set(name, label)
    }
    return label
  }
  for (const name of given) labelOf(name)

  const use = (name: string, element: string, attributes: readonly CvatAttribute[]) => {
    const label = labelOf(name)
    label.elements.add(element)
    for (const { name, isTicked } of attributes) {
      label.attributes.set(name, isTicked && (label.attributes.get(name) ?? true))
    }
  }
  return {
    use,
    useSkeleton: (name, points, attributes) => {
      use(name, "skeleton", attributes)
      const label = labelOf(name)
      for (const point of points) label.points.add(point)
    },
    text: () => {
      const others = [...labels.keys()].slice(given.length).sort(byCodePoint)
      return [...given, ...others].map((name) => labelText(name, labels.get(name) as Label, mutable)).join("")
    },
  }
}

function labelText(name: string, { elements, attributes, points }: Label, mutable: boolean): string {
  const [element] = elements
  const type = elements.size === 1 && element !== undefined ? types[element] : "any"
  const own = [...attributes].sort(([a], [b]) => byCodePoint(a, b))
  const declared = own.map(([name, isTicked]) => attributeText(name, isTicked, mutable)).join("")
  const label = `<label><name>${xmlText(name)}</name><type>${type}</type><attributes>${declared}</attributes></label>`
  const sublabels = [...points]
    .sort(byCodePoint)
    .map(
      (point) =>
        `<label><name>${xmlText(point)}</name><type>points</type><attributes></attributes><parent>${xmlText(name)}</parent></label>`,
    )
  return label + sublabels.join("")
}

function attributeText(name: string, isTicked: boolean, mutable: boolean): string {
  const [type, value] = isTicked ? ["checkbox", "false"] : ["text", ""]
  return `<attribute><name>${xmlText(name)}</name><mutable>${mutable ? "True" : "False"}</mutable><input_type>${type}</input_type><default_value>${value}</default_value><values>${value}</values></attribute>`
}
