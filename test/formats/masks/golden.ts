import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { darwin } from "../../../src/formats/darwin/index.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import { pipe } from "../../../src/pipeline.ts"
import { images } from "../../../src/transforms/images.ts"
import { exportCase } from "../golden.ts"
import { type Output, readOutput } from "./files.ts"
import { type Truth, truthOf } from "./truth.ts"

/** What there is of an export case for one format. */
export interface Golden {
  /** The files that the reference wrote; undefined where it failed or was not asked. */
  readonly reference: Output | undefined
  /** The error with which it failed. */
  readonly error: string | undefined
}

export function goldenOf(name: string, format: string): Golden {
  const directory = exportCase(name, "expected", format)
  const failure = join(directory, "ERROR.txt")
  if (existsSync(failure)) return { reference: undefined, error: readFileSync(failure, "utf8") }
  return { reference: existsSync(directory) ? readOutput(directory, true) : undefined, error: undefined }
}

export interface Pictures {
  readonly pictures: readonly AnnotationFile[]
  readonly truths: readonly Truth[]
}

const known = new Map<string, Pictures>()

/** The pictures of a case, without what is damaged, and what masks of them should hold. */
export async function picturesOf(name: string): Promise<Pictures> {
  const made = known.get(name)
  if (made !== undefined) return made
  const pictures: AnnotationFile[] = []
  const read = darwin.read(exportCase(name, "input"), { onInvalid: "skip" })
  for await (const picture of pipe(read, images())) pictures.push(picture)
  const truths = distinct(pictures.map(truthOf).filter((truth) => truth !== undefined))
  known.set(name, { pictures, truths })
  return { pictures, truths }
}

/** Names that several pictures of a case would have: the later ones are numbered. */
function distinct(truths: readonly Truth[]): Truth[] {
  const taken = new Set<string>()
  return truths.map((truth) => {
    const target = taken.has(truth.target) ? `${truth.target}_2` : truth.target
    taken.add(target)
    return { ...truth, target }
  })
}
