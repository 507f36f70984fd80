import type { ClassLookup } from "./class-lookup.ts"
import type { AnnotationClass } from "./store/classes.ts"
import type { Property } from "./store/properties.ts"

export interface ReleaseContents {
  readonly datasetId: number
  readonly classes: readonly AnnotationClass[]
  /** Ids of the item properties that items of the release have values of. */
  readonly usedProperties: ReadonlySet<string>
}

/** The definitions that a release's documents refer to by name, as `.v7/metadata.json` holds them. */
export function toReleaseMetadata(
  { datasetId, classes, usedProperties }: ReleaseContents,
  lookup: ClassLookup,
): Record<string, unknown> {
  const properties = [...lookup.properties.values()]
  // A property that is nested comes with its parent and the other way round: each makes sense with the other only.
  const roots = new Set(
    properties
      .filter(({ id, datasetIds }) => datasetIds.includes(datasetId) || usedProperties.has(id))
      .map((one) => rootOf(one, lookup)),
  )
  return {
    version: "1.0",
    schema_ref: "https://darwin-public.s3.eu-west-1.amazonaws.com/darwin_json/metadata/1.0/schema.json",
    classes: classes.map((entry) => ({
      name: entry.name,
      type: entry.type,
      description: entry.description,
      color: entry.metadata._color ?? "auto",
      ...(entry.metadata.skeleton === undefined ? {} : { skeleton: entry.metadata.skeleton }),
      sub_types: entry.annotationTypes.filter((type) => type !== entry.type),
      properties: properties
        .filter(({ classId }) => classId === entry.id)
        .map((one) => definition(one, lookup)),
    })),
    properties: properties
      .filter((one) => one.granularity === "item" && roots.has(rootOf(one, lookup)))
      .map((one) => definition(one, lookup)),
  }
}

function rootOf(property: Property, lookup: ClassLookup): Property {
  const parent = property.parentId === null ? undefined : lookup.properties.get(property.parentId)
  return parent === undefined ? property : rootOf(parent, lookup)
}

function definition(property: Property, lookup: ClassLookup): Record<string, unknown> {
  const plain = {
    name: property.name,
    type: property.type,
    description: property.description ?? "",
    required: property.required,
    granularity: property.granularity,
    property_values: property.values.map(({ value, color }) => ({ value, color })),
  }
  const parent = property.parentId === null ? undefined : lookup.properties.get(property.parentId)
  if (parent === undefined || property.trigger === null) return plain
  const { trigger } = property
  const condition =
    trigger.type === "any_value"
      ? { type: "any_value" }
      : {
          type: "value_match",
          values: parent.values
            .filter(({ id }) => trigger.property_value_ids.includes(id))
            .map(({ value }) => value),
        }
  return { ...plain, parent_name: parent.name, trigger_condition: condition }
}
