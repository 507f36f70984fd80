import { z } from "zod"

import type { AnnotationClass } from "./store/classes.ts"
import type { Dataset } from "./store/datasets.ts"
import type { Item } from "./store/items.ts"

/** A time as the API writes it: UTC, whole seconds. */
export function isoSeconds(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, "Z")
}

/** The answer to an action on items: how many it changed. */
export interface AffectedReply {
  affected_item_count: number
}

export const affectedReply: z.ZodType<AffectedReply> = z.object({ affected_item_count: z.number().int() })

/** A dataset as the API shows it. */
export interface DatasetReply {
  id: number
  name: string
  slug: string
  team_id: number
  team_slug: string
  active: boolean
  archived: boolean
  archived_at: string | null
  public: boolean
  /** 0 to 1. */
  progress: number
  num_items: number
  num_images: number
  num_videos: number
  num_classes: number
  num_complete_items: number
  instructions: string
  thumbnails: string[]
  version: number
  workflow_ids: string[]
  inserted_at: string
  updated_at: string
}

export const datasetReply: z.ZodType<DatasetReply> = z.object({
  id: z.number().int(),
  name: z.string(),
  slug: z.string(),
  team_id: z.number().int(),
  team_slug: z.string(),
  active: z.boolean(),
  archived: z.boolean(),
  archived_at: z.string().nullable(),
  public: z.boolean(),
  progress: z.number().min(0).max(1),
  num_items: z.number().int(),
  num_images: z.number().int(),
  num_videos: z.number().int(),
  num_classes: z.number().int(),
  num_complete_items: z.number().int(),
  instructions: z.string(),
  thumbnails: z.array(z.string()),
  version: z.number().int(),
  workflow_ids: z.array(z.string()),
  inserted_at: z.string(),
  updated_at: z.string(),
})

export function toDatasetReply(dataset: Dataset): DatasetReply {
  return {
    id: dataset.id,
    name: dataset.name,
    slug: dataset.slug,
    team_id: dataset.teamId,
    team_slug: dataset.teamSlug,
    active: dataset.archivedAt === undefined,
    archived: dataset.archivedAt !== undefined,
    archived_at: dataset.archivedAt === undefined ? null : isoSeconds(dataset.archivedAt),
    public: dataset.public,
    progress: dataset.itemCount === 0 ? 0 : dataset.completeCount / dataset.itemCount,
    num_items: dataset.itemCount,
    num_images: dataset.itemCount - dataset.videoCount,
    num_videos: dataset.videoCount,
    num_classes: dataset.classCount,
    num_complete_items: dataset.completeCount,
    instructions: "",
    thumbnails: [],
    version: 3,
    workflow_ids: [dataset.workflowId],
    inserted_at: isoSeconds(dataset.insertedAt),
    updated_at: isoSeconds(dataset.updatedAt),
  }
}

/** A class as the API shows it. */
export interface ClassReply {
  id: number
  name: string
  description: string | null
  annotation_types: string[]
  datasets: { id: number }[]
  metadata: Record<string, unknown>
  team_id: number
  inserted_at: string
  updated_at: string
}

export const classReply: z.ZodType<ClassReply> = z.object({
  id: z.number().int(),
  name: z.string(),
  description: z.string().nullable(),
  annotation_types: z.array(z.string()),
  datasets: z.array(z.object({ id: z.number().int() })),
  metadata: z.record(z.string(), z.unknown()),
  team_id: z.number().int(),
  inserted_at: z.string(),
  updated_at: z.string(),
})

export function toClassReply(entry: AnnotationClass): ClassReply {
  return {
    id: entry.id,
    name: entry.name,
    description: entry.description,
    annotation_types: [...entry.annotationTypes],
    datasets: entry.datasetIds.map((id) => ({ id })),
    metadata: { ...entry.metadata },
    team_id: entry.teamId,
    inserted_at: isoSeconds(entry.insertedAt),
    updated_at: isoSeconds(entry.updatedAt),
  }
}

/** An item as the API shows it. */
export interface ItemReply {
  id: string
  name: string
  path: string
  status: string
  workflow_status: string
  processing_status: string
  archived: boolean
  dataset_id: number
  priority: number
  tags: unknown[]
  layout?: unknown
  slot_types: string[]
  slots: Record<string, unknown>[]
  uploads: Record<string, unknown>[]
  workflow_data?: { workflow_id: string; current_stage_id: string } | undefined
  inserted_at: string
  updated_at: string
}

export const itemReply: z.ZodType<ItemReply> = z.object({
  id: z.string(),
  name: z.string(),
  path: z.string(),
  status: z.string(),
  workflow_status: z.string(),
  processing_status: z.string(),
  archived: z.boolean(),
  dataset_id: z.number().int(),
  priority: z.number().int(),
  tags: z.array(z.unknown()),
  layout: z.unknown(),
  slot_types: z.array(z.string()),
  slots: z.array(z.record(z.string(), z.unknown())),
  uploads: z.array(z.record(z.string(), z.unknown())),
  workflow_data: z.object({ workflow_id: z.string(), current_stage_id: z.string() }).optional(),
  inserted_at: z.string(),
  updated_at: z.string(),
})

/** Until an item's files are there it has uploads and no slots. */
export function toItemReply(item: Item, withWorkflow: boolean): ItemReply {
  const waiting = item.processingStatus === "uploading" || item.processingStatus === "processing"
  return {
    id: item.id,
    name: item.name,
    path: item.path,
    status: item.status,
    workflow_status: item.stage,
    processing_status: item.processingStatus,
    archived: item.archived,
    dataset_id: item.datasetId,
    priority: item.priority,
    tags: [...item.tags],
    layout: item.layout,
    slot_types: [...new Set(item.slots.map((slot) => slot.type))],
    slots: waiting ? [] : item.slots.map(toSlotReply),
    uploads: waiting ? item.slots.map(toUploadReply) : [],
    ...(withWorkflow && item.stageId !== null
      ? { workflow_data: { workflow_id: item.workflowId, current_stage_id: item.stageId } }
      : {}),
    inserted_at: isoSeconds(item.insertedAt),
    updated_at: isoSeconds(item.updatedAt),
  }
}

function toSlotReply(slot: Item["slots"][number]): Record<string, unknown> {
  const size = slot.width === null || slot.height === null ? {} : { width: slot.width, height: slot.height }
  return {
    id: slot.id,
    slot_name: slot.slotName,
    type: slot.type,
    file_name: slot.fileName,
    fps: slot.fps,
    total_sections: slot.frameCount ?? 1,
    sectionless: false,
    upload_id: slot.uploadId,
    size_bytes: slot.sizeBytes,
    is_external: false,
    streamable: false,
    metadata: size,
  }
}

function toUploadReply(slot: Item["slots"][number]): Record<string, unknown> {
  return {
    type: slot.type,
    file_name: slot.fileName,
    slot_name: slot.slotName,
    fps: slot.fps,
    upload_id: slot.uploadId,
    as_frames: slot.asFrames,
    processing_status:
      slot.state === "registered" || slot.state === "uploaded" ? "uploading" : "uploading_confirmed",
  }
}
