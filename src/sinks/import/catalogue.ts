import type { DatasetHandle } from "../../api/session.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import type { PropertyDefinition } from "../../storage/property-definitions.ts"
import type { Context } from "../../stream.ts"
import { openClasses } from "./class-catalogue.ts"
import { type ClassPolicy, createConsent, type MissingDefinition } from "./consent.ts"
import { needsOf } from "./needs.ts"
import type { Names } from "./payload.ts"
import { openProperties, type PropertyCatalogue } from "./property-catalogue.ts"

/** How a catalogue gives what is missing. */
export interface CatalogueOptions {
  readonly classPolicy: ClassPolicy
  readonly dryRun: boolean
  /** The definitions that stand beside a file. */
  readonly definitionsOf: (
    file: AnnotationFile,
  ) => readonly PropertyDefinition[] | Promise<readonly PropertyDefinition[]>
}

/** The names of a dataset's team, to which what files need is added where the policy allows it. */
export interface Catalogue extends Names {
  /** Gives what the file needs and the policy allows. */
  ensure(file: AnnotationFile): Promise<void>
  /** What was given; in a dry run, what would be. */
  readonly given: readonly MissingDefinition[]
}

/** Reads the catalogue; properties not before a file needs one. */
export async function openCatalogue(
  dataset: DatasetHandle,
  { classPolicy, dryRun, definitionsOf }: CatalogueOptions,
  context: Context,
): Promise<Catalogue> {
  const classes = await openClasses(dataset, { dryRun }, context)
  const consent = createConsent(classPolicy)
  const given: MissingDefinition[] = []
  let opening: Promise<PropertyCatalogue> | undefined
  let properties: PropertyCatalogue | undefined
  // One after the other: two files that need the same class must not both make it.
  let turn: Promise<unknown> = Promise.resolve()

  const giveClasses = async (needs: ReturnType<typeof needsOf>["classes"]) => {
    const missing = classes.missing(needs)
    if (missing.length === 0) return
    const allowed = (await consent(missing)).filter((one) => one.kind === "class")
    if (allowed.length === 0) return
    await classes.provide(allowed, needs, context)
    given.push(...allowed)
  }

  const giveProperties = async (needs: ReturnType<typeof needsOf>["properties"], file: AnnotationFile) => {
    opening ??= openProperties(dataset, classes, { dryRun }, context)
    properties = await opening
    const definitions = await definitionsOf(file)
    const missing = properties.missing(needs, definitions)
    if (missing.length === 0) return
    const plain = missing.map(({ need, ...one }): MissingDefinition => one)
    const allowed = new Set(await consent(plain))
    const chosen = missing.filter((_, index) => allowed.has(plain[index] as MissingDefinition))
    if (chosen.length === 0) return
    await properties.provide(chosen, definitions, context)
    given.push(...allowed)
  }

  return {
    given,
    classId: classes.idOf,
    attributeId: classes.attributeId,
    property: (name, classId) => properties?.find(name, classId),
    ensure: (file) => {
      const needs = needsOf(file)
      if (classes.missing(needs.classes).length === 0 && needs.properties.length === 0)
        return Promise.resolve()
      const ensured = turn.then(async () => {
        await giveClasses(needs.classes)
        if (needs.properties.length > 0) await giveProperties(needs.properties, file)
      })
      turn = ensured.catch(() => {})
      return ensured
    },
  }
}
