import type { AnnotationFile } from "../../model/annotation-file.ts"
import { annotationType } from "../../model/check.ts"
import { subTypes } from "./annotation-data.ts"

/** An annotation class that a file needs. */
export interface ClassNeed {
  readonly name: string
  /** The type of its shape. */
  readonly type: string
  /** The kinds of sub-annotations that its annotations have. */
  readonly subTypes: ReadonlySet<string>
}

/** A property that a file needs, and those of its values that it selects. */
export interface PropertyNeed {
  readonly name: string
  /** The class whose annotations have it; undefined for a property of items. */
  readonly of: { readonly name: string; readonly type: string } | undefined
  readonly values: ReadonlySet<string>
}

/** What must be there before a file can be imported. */
export interface Needs {
  readonly classes: readonly ClassNeed[]
  readonly properties: readonly PropertyNeed[]
}

/** The classes and properties that the annotations of a file are of. */
export function needsOf({ annotations, properties }: AnnotationFile): Needs {
  const classes = new Map<string, ClassNeed & { readonly subTypes: Set<string> }>()
  const wanted = new Map<string, PropertyNeed & { readonly values: Set<string> }>()
  const want = (of: PropertyNeed["of"], name: string, value: string | null | undefined) => {
    const key = JSON.stringify([of?.name, of?.type, name])
    const need = wanted.get(key) ?? { name, of, values: new Set() }
    wanted.set(key, need)
    if (value !== null && value !== undefined) need.values.add(value)
  }
  for (const annotation of annotations) {
    const type = annotationType(annotation)
    if (type === undefined) continue
    const { name } = annotation
    const key = JSON.stringify([name, type])
    const need = classes.get(key) ?? { name, type, subTypes: new Set() }
    classes.set(key, need)
    for (const holder of annotation.type === "video" ? Object.values(annotation.frames) : [annotation]) {
      for (const sub of subTypes) if (sub in holder) need.subTypes.add(sub)
    }
    for (const selected of annotation.properties ?? []) want({ name, type }, selected.name, selected.value)
  }
  for (const selected of properties ?? []) want(undefined, selected.name, selected.value)
  return { classes: [...classes.values()], properties: [...wanted.values()] }
}
