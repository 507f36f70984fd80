import {
  createProperty,
  extendProperty,
  listProperties,
  type PropertyRecord,
  type TriggerRecord,
} from "../../api/properties.ts"
import type { DatasetHandle } from "../../api/session.ts"
import type { PropertyDefinition } from "../../storage/property-definitions.ts"
import type { Context } from "../../stream.ts"
import type { ClassCatalogue } from "./class-catalogue.ts"
import type { MissingDefinition } from "./consent.ts"
import type { PropertyNeed } from "./needs.ts"

/** A property or a value of one that a team or dataset lacks. */
export type MissingProperty = Exclude<MissingDefinition, { readonly kind: "class" }> & {
  readonly need: PropertyNeed
}

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
  for (const record of await listProperties(session, context)) set(record)

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
    if (definition.parent === undefined) return set(await createProperty(session, body, within))
    const above = { name: definition.parent.name, of }
    const parent = recordOf(above) ?? (await createParent(above, definition, definitions, within))
    if (parent === undefined) return undefined
    const trigger = triggerOf(definition.parent.trigger, parent)
    const nested = { ...body, parent_property_id: parent.id, trigger_condition: trigger }
    return set(await createProperty(session, nested, within))
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
    missing: (needs, definitions) => needs.flatMap((need) => missingOf(need, definitions)),
    provide: async (missing, definitions, within) => {
      const created = missing.filter(({ kind, action }) => kind === "property" && action === "create")
      for (const { need } of created) {
        const definition = definitionOf(need, definitions)
        if (definition !== undefined) await create(definition, need.values, definitions, within)
      }
      for (const need of new Set(missing.filter((one) => !created.includes(one)).map((one) => one.need))) {
        const record = recordOf(need)
        if (record === undefined) continue
        const own = missing.filter((one) => one.need === need)
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
    },
  }
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
