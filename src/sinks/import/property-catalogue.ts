import {
  createProperty,
  extendProperty,
  listProperties,
  type NewProperty,
  type PropertyRecord,
  type TriggerRecord,
} from "../../api/properties.ts"
import type { DatasetHandle } from "../../api/session.ts"
import { isError } from "../../errors.ts"
import type { PropertyDefinition } from "../../storage/property-definitions.ts"
import type { Context } from "../../stream.ts"
import type { ClassCatalogue } from "./class-catalogue.ts"
import type { MissingDefinition } from "./consent.ts"
import type { PropertyNeed } from "./needs.ts"
import { isUncertain } from "./uncertain.ts"

/** A property or a value of one that a team or dataset lacks. */
export type MissingProperty = Exclude<MissingDefinition, { readonly kind: "class" }> & {
  readonly need: PropertyNeed
}

/** How often what another client has taken back, or made first, is asked for anew. */
const maxRounds = 3

/** The properties of a team. */
export interface PropertyCatalogue {
  /** The property of a class's annotations, or of items where `classId` is null. */
  find(name: string, classId: number | null): PropertyRecord | undefined
  /** What can be given: by the definitions that stand beside the file, and the values that it selects. */
  missing(needs: readonly PropertyNeed[], definitions: readonly PropertyDefinition[]): MissingProperty[]
  /** Gives it; in a dry run only says so from then on. */
  provide(
    missing: readonly MissingProperty[],
    definitions: readonly PropertyDefinition[],
    context: Context,
  ): Promise<void>
}

/** Reads the properties of a dataset's team. They are held in memory: they grow with the properties, not the items. */
export async function openProperties(
  { session, id: datasetId }: DatasetHandle,
  classes: Pick<ClassCatalogue, "idOf">,
  { dryRun }: { readonly dryRun: boolean },
  context: Context,
): Promise<PropertyCatalogue> {
  const properties = new Map<string, PropertyRecord>()
  const keyOf = (name: string, classId: number | null) => JSON.stringify([name, classId])
  const set = (record: PropertyRecord) => {
    const classId = record.granularity === "item" ? null : record.annotation_class_id
    properties.set(keyOf(record.name, classId), record)
    return record
  }
  const load = async (within: Context) => {
    for (const record of await listProperties(session, within)) set(record)
  }
  await load(context)

  // Undefined where the class itself is missing.
  const classIdOf = (of: PropertyNeed["of"]) => (of === undefined ? null : classes.idOf(of.name, of.type))
  const recordOf = ({ name, of }: Pick<PropertyNeed, "name" | "of">) => {
    const classId = classIdOf(of)
    return classId === undefined ? undefined : properties.get(keyOf(name, classId))
  }

  const missingOf = (need: PropertyNeed, definitions: readonly PropertyDefinition[]): MissingProperty[] => {
    const common = { name: need.name, of: need.of?.name, need }
    const record = recordOf(need)
    if (record === undefined) {
      if (definitionOf(need, definitions) === undefined) return []
      return [{ kind: "property", action: "create", ...common }]
    }
    const add: MissingProperty[] =
      record.granularity === "item" && !record.dataset_ids.includes(datasetId)
        ? [{ kind: "property", action: "add", ...common }]
        : []
    if (!isSelect(record)) return add
    const values = [...need.values].filter(
      (value) => !record.property_values.some((one) => one.value === value),
    )
    return [
      ...add,
      ...values.map((value) => ({ kind: "value" as const, action: "create" as const, value, ...common })),
    ]
  }

  const missingOfAll = (needs: readonly PropertyNeed[], definitions: readonly PropertyDefinition[]) =>
    needs.flatMap((need) => missingOf(need, definitions))

  const create = async (
    definition: PropertyDefinition,
    used: ReadonlySet<string>,
    definitions: readonly PropertyDefinition[],
    within: Context,
  ): Promise<PropertyRecord | undefined> => {
    const { name, type, description, required, granularity, of } = definition
    const known = recordOf(definition)
    if (known !== undefined) return known
    const undeclared = [...used].filter((value) => !definition.values.some((one) => one.value === value))
    const values = [...definition.values, ...undeclared.map((value) => ({ value, color: "auto" }))]
    const classId = classIdOf(of)
    const body = {
      name,
      type,
      description,
      required,
      granularity,
      ...(type !== "text" && { property_values: values.map((one) => ({ ...one, type: "string" as const })) }),
      ...(typeof classId === "number" && { annotation_class_id: classId }),
      ...(of === undefined && { dataset_ids: [datasetId] }),
    }
    if (dryRun) {
      const ids = values.map(({ value }, index) => ({ id: `${name}-${index}`, value }))
      const datasets = of === undefined ? [datasetId] : []
      const id = `${name}-${properties.size}`
      return set({
        ...body,
        id,
        annotation_class_id: classId ?? null,
        property_values: ids,
        dataset_ids: datasets,
      })
    }
    if (definition.parent === undefined) return make(body, within)
    const above = { name: definition.parent.name, of }
    const parent = recordOf(above) ?? (await createParent(above, definition, definitions, within))
    if (parent === undefined) return undefined
    const trigger = triggerOf(definition.parent.trigger, parent)
    return make({ ...body, parent_property_id: parent.id, trigger_condition: trigger }, within)
  }

  // Where it is there although it could not be made, another client was faster, or the answer to this one was lost.
  const make = async (body: NewProperty, within: Context): Promise<PropertyRecord> => {
    try {
      return set(await createProperty(session, body, within))
    } catch (error) {
      if (!isError(error, "validation", "name-taken") && !isUncertain(error)) throw error
      await load(within)
      const found = properties.get(keyOf(body.name, body.annotation_class_id ?? null))
      if (found === undefined) throw error
      return found
    }
  }

  const extend = async (need: PropertyNeed, own: readonly MissingProperty[], within: Context) => {
    const record = recordOf(need)
    if (record === undefined) return
    const values = own.flatMap((one) =>
      one.kind === "value" ? [{ value: one.value, color: "auto", type: "string" as const }] : [],
    )
    const isNew = own.some(({ action }) => action === "add")
    const datasetIds = isNew ? [...record.dataset_ids, datasetId] : undefined
    if (dryRun) {
      const ids = values.map(({ value }) => ({ id: `${need.name}-${value}`, value }))
      const property_values = [...record.property_values, ...ids]
      set({ ...record, property_values, dataset_ids: datasetIds ?? record.dataset_ids })
    } else {
      set(await extendProperty(session, record, { values, ...(datasetIds && { datasetIds }) }, within))
    }
  }

  // What it is the parent of is left out of what comes after, so that a circle ends, without any of its properties.
  const createParent = async (
    wanted: Pick<PropertyNeed, "name" | "of">,
    child: PropertyDefinition,
    definitions: readonly PropertyDefinition[],
    within: Context,
  ) => {
    const others = definitions.filter((one) => one !== child)
    const definition = definitionOf(wanted, others)
    return definition && create(definition, new Set(), others, within)
  }

  return {
    find: (name, classId) => properties.get(keyOf(name, classId)),
    missing: missingOfAll,
    provide: async (missing, definitions, within) => {
      const isCreated = ({ kind, action }: MissingProperty) => kind === "property" && action === "create"
      const created = new Set(missing.filter(isCreated).map(({ need }) => need))
      for (const need of created) {
        const definition = definitionOf(need, definitions)
        if (definition !== undefined) await create(definition, need.values, definitions, within)
      }
      // One that another client has made may lack something still; of those that were there, what was agreed to.
      const isAgreed = (open: MissingProperty) =>
        created.has(open.need) || missing.some((one) => isEqual(one, open))
      const open = () =>
        missingOfAll([...new Set(missing.map(({ need }) => need))], definitions).filter(
          (one) => !isCreated(one) && isAgreed(one),
        )
      for (let round = 0; round < maxRounds && open().length > 0; round++) {
        // Datasets are set as a whole: those that others have added since are not to be taken away.
        if (!dryRun) await load(within)
        const lacked = open()
        for (const need of new Set(lacked.map((one) => one.need))) {
          await extend(
            need,
            lacked.filter((one) => one.need === need),
            within,
          )
        }
        if (!dryRun && lacked.some(({ action }) => action === "add")) await load(within)
      }
    },
  }
}

function isEqual(one: MissingProperty, other: MissingProperty): boolean {
  const [left, right] = [one, other].map(({ need: _, ...rest }) => JSON.stringify(rest))
  return one.need === other.need && left === right
}

/** Whether its values are chosen from a list. */
export function isSelect({ type }: Pick<PropertyRecord, "type">): boolean {
  return type === "single_select" || type === "multi_select"
}

function definitionOf(
  { name, of }: Pick<PropertyNeed, "name" | "of">,
  definitions: readonly PropertyDefinition[],
): PropertyDefinition | undefined {
  return definitions.find(
    (one) => one.name === name && one.of?.name === of?.name && one.of?.type === of?.type,
  )
}

function triggerOf(trigger: "any_value" | readonly string[], parent: PropertyRecord): TriggerRecord {
  if (trigger === "any_value") return { type: "any_value" }
  // Values that the parent lacks trigger nothing; the service refuses a trigger without any.
  const ids = parent.property_values.filter(({ value }) => value !== null && trigger.includes(value))
  return { type: "value_match", property_value_ids: ids.map(({ id }) => id) }
}
