import {
  addClassToDataset,
  type ClassRecord,
  createClass,
  listAnnotationTypes,
  listAttributes,
  listClasses,
} from "../../api/classes.ts"
import type { DatasetHandle } from "../../api/session.ts"
import { isError } from "../../errors.ts"
import type { Context } from "../../stream.ts"
import type { MissingDefinition } from "./consent.ts"
import type { ClassNeed } from "./needs.ts"

/** An annotation class that a dataset lacks. */
export type MissingClass = Extract<MissingDefinition, { readonly kind: "class" }>

/** The annotation classes of a dataset: by name and type, which together are what tells one from another. */
export interface ClassCatalogue {
  /** Undefined where the class is not switched on for the dataset. */
  idOf(name: string, type: string): number | undefined
  attributeId(classId: number, name: string): string | number | undefined
  /** Those that can be given to the dataset; a class of skeletons can only be made by hand. */
  missing(needs: readonly ClassNeed[]): MissingClass[]
  /** Gives classes to the dataset; in a dry run only says so from then on. */
  provide(classes: readonly MissingClass[], needs: readonly ClassNeed[], context: Context): Promise<void>
}

/** How often what another client has made first, or taken back, is asked for anew. */
const maxRounds = 3

// The service takes blanks around names away.
const key = (name: string, type: string) => JSON.stringify([name.trim(), type])

/** Reads the annotation classes of a dataset's team. They are held in memory: they grow with the classes, not the items. */
export async function openClasses(
  { session, id: datasetId }: DatasetHandle,
  { dryRun }: { readonly dryRun: boolean },
  context: Context,
): Promise<ClassCatalogue> {
  const classes = new Map<string, ClassRecord>()
  const attributes = new Map<string, string | number>()
  let typeIds: ReadonlyMap<string, number> | undefined

  const isAvailable = ({ annotation_types: types, datasets }: ClassRecord) =>
    datasets.some(({ id }) => id === datasetId) || (types.length === 1 && types[0] === "raster_layer")

  const load = async (within: Context) => {
    const [listed, named] = await Promise.all([
      listClasses(session, within),
      listAttributes(session, datasetId, within),
    ])
    for (const record of listed) {
      const at = key(record.name, record.annotation_types[0] ?? "")
      const other = classes.get(at)
      // Of two of one name and type the one that is switched on is meant.
      if (other === undefined || other.id === record.id || !isAvailable(other)) classes.set(at, record)
    }
    for (const { class_id: classId, name, id } of named) attributes.set(JSON.stringify([classId, name]), id)
  }

  const create = async ({ name, type }: MissingClass, needs: readonly ClassNeed[], within: Context) => {
    typeIds ??= new Map((await listAnnotationTypes(session, within)).map((one) => [one.name, one.id]))
    const need = needs.find((one) => one.name === name && one.type === type)
    // What stands beside the shape has a type of its own, which the class must allow.
    const types = [type, ...(need?.subTypes ?? [])].map((one) => typeIds?.get(one))
    const known = types.filter((one) => one !== undefined)
    try {
      await createClass(session, datasetId, name, known, within)
    } catch (error) {
      // Somebody may have made it meanwhile: it is looked for, and where it is not there the items that need it say so.
      if (!isError(error, "validation", "name-taken")) throw error
    }
  }

  // Datasets are set as a whole: those that others have added since are not to be taken away.
  const add = async (id: number, within: Context) => {
    const record = (await listClasses(session, within)).find((one) => one.id === id)
    if (record !== undefined && !isAvailable(record)) {
      await addClassToDataset(session, datasetId, record, within)
    }
  }

  const idOf = (name: string, type: string) => {
    const found = classes.get(key(name, type))
    return found !== undefined && isAvailable(found) ? found.id : undefined
  }

  await load(context)
  return {
    idOf,
    attributeId: (classId, name) => attributes.get(JSON.stringify([classId, name])),
    missing: (needs) =>
      needs.flatMap(({ name, type }): MissingClass[] => {
        const found = classes.get(key(name, type))
        if (found !== undefined && isAvailable(found)) return []
        if (found === undefined && (type === "skeleton" || type === "raster_layer")) return []
        return [{ kind: "class", action: found === undefined ? "create" : "add", name, type }]
      }),
    provide: async (missing, needs, within) => {
      if (dryRun) {
        for (const { name, type } of missing) {
          const id = classes.get(key(name, type))?.id ?? -1 - classes.size
          classes.set(key(name, type), { id, name, annotation_types: [type], datasets: [{ id: datasetId }] })
        }
        return
      }
      // What another client has made first is there, but not for this dataset; what it has switched on for its own, it may
      // have switched off for this one.
      let open = missing
      for (let round = 0; round < maxRounds && open.length > 0; round++) {
        for (const one of open) {
          const found = classes.get(key(one.name, one.type))
          if (found === undefined) await create(one, needs, within)
          else await add(found.id, within)
        }
        await load(within)
        open = open.filter(({ name, type }) => idOf(name, type) === undefined)
      }
    },
  }
}
