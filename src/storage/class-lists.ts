import { rmSync } from "node:fs"
import { join } from "node:path"
import type { AnnotationType } from "../model/annotation.ts"
import type { AnnotationFile } from "../model/annotation-file.ts"
import { annotationType } from "../model/check.ts"
import { writeFileAtomic } from "./atomic-file.ts"
import { byCodePoint } from "./by-code-point.ts"

/** The types that trainers look for, one list each. */
const listed: readonly AnnotationType[] = ["tag", "polygon", "bounding_box"]

/** Gathers the names of classes by annotation type; it grows with the number of classes. */
export interface ClassLists {
  add(file: AnnotationFile): void
  /** Writes `classes_<type>.txt`: names sorted, one a line, no newline at the end. Types without a class get no file. */
  write(directory: string): void
}

/** Empty lists. */
export function createClassLists(): ClassLists {
  const names = new Map<AnnotationType, Set<string>>(listed.map((type) => [type, new Set()]))
  return {
    add: (file) => {
      for (const annotation of file.annotations) {
        const type = annotationType(annotation)
        if (type !== undefined) names.get(type)?.add(annotation.name.trim())
      }
    },
    write: (directory) => {
      for (const [type, classes] of names) {
        const path = join(directory, `classes_${type}.txt`)
        if (classes.size > 0) writeFileAtomic(path, [...classes].sort(byCodePoint).join("\n"))
        else rmSync(path, { force: true })
      }
    },
  }
}
