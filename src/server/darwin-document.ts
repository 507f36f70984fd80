import type { ItemPropertyValue } from "../model/annotation-file.ts"
import type { ClassLookup } from "./class-lookup.ts"
import { toAuthors, toDarwinAnnotations } from "./darwin-annotations.ts"
import type { FileUrls } from "./file-urls.ts"
import type { StoredAnnotation } from "./store/annotations.ts"
import type { Dataset } from "./store/datasets.ts"
import type { StoredItemProperty } from "./store/item-properties.ts"
import type { Item, Slot } from "./store/items.ts"
import type { Property } from "./store/properties.ts"

const SCHEMA_REF = "https://darwin-public.s3.eu-west-1.amazonaws.com/darwin_json/2.0/schema.json"

export interface DocumentOptions {
  readonly lookup: ClassLookup
  readonly dataset: Dataset
  readonly baseUrl: string
  readonly urls: FileUrls
  readonly includeAuthorship: boolean
}

/** The Darwin JSON 2.0 document of one item. */
export function toDarwinDocument(
  item: Item,
  annotations: readonly StoredAnnotation[],
  properties: readonly StoredItemProperty[],
  options: DocumentOptions,
): Record<string, unknown> {
  const { dataset, baseUrl, lookup, includeAuthorship } = options
  return {
    version: "2.0",
    schema_ref: SCHEMA_REF,
    item: {
      name: item.name,
      path: item.path,
      source_info: {
        item_id: item.id,
        dataset: {
          name: dataset.name,
          slug: dataset.slug,
          dataset_management_url: `${baseUrl}/datasets/${dataset.id}/dataset-management`,
        },
        team: { name: dataset.teamName, slug: dataset.teamSlug },
        workview_url: `${baseUrl}/workview?dataset=${dataset.id}&item=${item.id}`,
      },
      slots: item.slots.map((slot) => toDarwinSlot(slot, options.urls)),
    },
    annotations: toDarwinAnnotations(annotations, { lookup, slots: item.slots, includeAuthorship }),
    properties: properties.flatMap((selected) => toItemProperty(selected, options) ?? []),
  }
}

function toDarwinSlot(slot: Slot, urls: FileUrls): Record<string, unknown> {
  const size = slot.width === null || slot.height === null ? {} : { width: slot.width, height: slot.height }
  const still = {
    slot_name: slot.slotName,
    type: slot.type,
    ...size,
    thumbnail_url: urls.thumbnail(slot),
    source_files: [{ file_name: slot.fileName, url: urls.original(slot) }],
  }
  if (slot.type === "image") return still
  const frames = Array.from({ length: slot.hasFrames ? (slot.frameCount ?? 0) : 0 }, (_, index) =>
    urls.frame(slot, index),
  )
  return {
    ...still,
    fps: slot.fps,
    ...(slot.frameCount === null ? {} : { frame_count: slot.frameCount }),
    frame_urls: frames,
  }
}

function toItemProperty(
  selected: StoredItemProperty,
  options: DocumentOptions,
): ItemPropertyValue | undefined {
  const property = options.lookup.properties.get(selected.propertyId)
  if (property === undefined) return undefined
  const { value } = selected
  const chosen = chosenValue(value, property)
  if (chosen === undefined) return undefined
  const shown = { name: property.name, value: chosen }
  if (!options.includeAuthorship) return shown
  return {
    ...shown,
    annotators: toAuthors(selected.actors, "annotator", options.lookup),
    reviewers: toAuthors(selected.actors, "reviewer", options.lookup),
  }
}

function chosenValue(value: StoredItemProperty["value"], property: Property): string | null | undefined {
  if (value === null) return null
  return "text" in value ? value.text : property.values.find(({ id }) => id === value.id)?.value
}
