import type { Annotation } from "../model/annotation.ts"
import type { AnnotationFile, Slot } from "../model/annotation-file.ts"
import { annotationType } from "../model/check.ts"

/** One picture of an item: a file with one image slot, and where its annotations stand in the file they come from. */
export interface FileImage {
  readonly file: AnnotationFile
  /** The JSON path of an annotation of `file` in the document that was read. */
  readonly place: (index: number) => string
  /** It is a whole video, with its tracks: only where these were asked for. */
  readonly isVideo?: true
}

/**
 * Called for each annotation (or frame of one) that belongs to no picture. `reason` is one of a few fixed sentences.
 */
export type OnSkip = (
  annotation: { readonly name: string; readonly type: string },
  place: string,
  reason: string,
) => void

/** An annotation and its index in the document. */
export interface Placed {
  readonly annotation: Annotation
  readonly index: number
}

/** The JSON path of an annotation in its document. */
export function placeInDocument(index: number): string {
  return `annotations[${index}]`
}

/** A picture of a file: the same document with one slot and what belongs to it. */
export function pictureOf(
  file: AnnotationFile,
  name: string,
  slot: Slot,
  annotations: readonly Annotation[],
): AnnotationFile {
  return { ...file, item: { ...file.item, name, slots: [slot] }, annotations }
}

/** How an annotation is counted: one over frames goes by the type of its shape. */
export function tallied(annotation: Annotation): { readonly name: string; readonly type: string } {
  return { name: annotation.name, type: annotationType(annotation) ?? annotation.type }
}
