import { rm } from "node:fs/promises"

import type { Annotation, AnnotationType } from "../model/annotation.ts"
import type { ItemPropertyValue } from "../model/annotation-file.ts"
import type { ServerContext } from "./context.ts"
import { notFound } from "./errors.ts"
import { createNameResolver, type SeedResolver } from "./seed-names.ts"
import { importAnnotations } from "./store/annotations.ts"
import { insertClass, listClasses } from "./store/classes.ts"
import { findDatasetByName, getDataset, insertDataset } from "./store/datasets.ts"
import { findRelease, insertRelease } from "./store/exports.ts"
import { getItem, type Item } from "./store/items.ts"
import { clearSetting, getSetting, setSetting } from "./store/settings.ts"
import { ensureMember, findTeam } from "./store/teams.ts"
import { confirmUpload, markUploaded, registerItems } from "./store/uploads.ts"
import { toImported } from "./to-imported.ts"

/** One picture or video of an item that is seeded. Sizes in pixels. */
export interface SeedSlot {
  readonly slot_name: string
  readonly type: "image" | "video"
  readonly file_name: string
  readonly bytes: Uint8Array
  readonly width: number
  readonly height: number
  readonly fps?: number
  /** The frames of a video, each a PNG. */
  readonly frames?: readonly Uint8Array[]
}

/** One item that is seeded, with its files and annotations. */
export interface SeedItem {
  readonly name: string
  /** The item's folder: `/` or `/a/b`. */
  readonly path: string
  readonly status: "new" | "annotate" | "review" | "complete"
  readonly slots: readonly SeedSlot[]
  /** As in a Darwin JSON 2.0 file. */
  readonly annotations: readonly Annotation[]
  readonly properties?: readonly ItemPropertyValue[]
}

/** A class of the seeded annotations. */
export interface SeedClass {
  readonly name: string
  /** The main type. */
  readonly type: AnnotationType
  readonly sub_types: readonly string[]
  /** `auto` or `rgba(r,g,b,1.0)`, r, g and b 0 to 255. @default "auto" */
  readonly color?: string
  readonly attributes?: readonly string[]
  readonly skeleton?: unknown
}

export interface SeedOptions {
  /** The dataset's name. */
  readonly dataset: string
  /** As in addresses. @default the server's first team */
  readonly team?: string
  readonly classes: readonly SeedClass[]
  /** Iterated once; a few are in memory at a time. */
  readonly items: Iterable<SeedItem> | AsyncIterable<SeedItem>
  /** The name of a release to make of the completed items. @default none */
  readonly release?: string
  /** Whether people without a key may read the dataset. @default false */
  readonly public?: boolean
}

/** What a seeding did. */
export interface SeedSummary {
  readonly datasetId: number
  readonly slug: string
  /** 0 when the dataset was there already, which is left as it is. */
  readonly itemCount: number
}

const ITEMS_AT_ONCE = 16

/**
 * Fills a new dataset. A dataset that is there is left alone, but for one whose seeding was cut short: it is emptied
 * and filled again. Returns when everything, the release too, is on disk.
 */
export async function seed(
  context: ServerContext,
  baseUrl: string,
  options: SeedOptions & { readonly team: string },
): Promise<SeedSummary> {
  const { db, releases } = context
  const team = findTeam(db, options.team)
  if (team === undefined) throw notFound(`team ${options.team}`)
  const mark = `seeding ${team.slug}/${options.dataset}`
  const existing = findDatasetByName(db, team.id, options.dataset)
  if (existing !== undefined) {
    if (getSetting(db, mark) === undefined)
      return { datasetId: existing.id, slug: existing.slug, itemCount: 0 }
    await emptyDataset(context, existing.id)
  }
  const datasetId = db.transaction(() => {
    setSetting(db, mark, "started")
    const id = existing?.id ?? insertDataset(db, team.id, options.dataset, { public: options.public })
    insertClasses(context, team.id, id, options.classes)
    return id
  })
  const resolver = createNameResolver(db, team.id, datasetId)
  let itemCount = 0
  let batch: SeedItem[] = []
  for await (const item of options.items) {
    batch.push(item)
    itemCount += 1
    if (batch.length < ITEMS_AT_ONCE) continue
    await insertItems(context, team.id, datasetId, batch, resolver)
    batch = []
  }
  await insertItems(context, team.id, datasetId, batch, resolver)
  if (options.release !== undefined) {
    const { id } = insertRelease(db, team.id, datasetId, {
      name: options.release,
      filters: {},
      includeToken: false,
      includeAuthorship: false,
      baseUrl,
    })
    releases.enqueue(id)
    await releases.idle()
    const made = findRelease(db, id)
    if (made?.status !== "complete")
      throw new Error(`release ${options.release}: ${made?.error ?? made?.status}`)
  }
  clearSetting(db, mark)
  return { datasetId, slug: getDataset(db, team.id, datasetId).slug, itemCount }
}

function insertClasses(
  { db }: ServerContext,
  teamId: number,
  datasetId: number,
  classes: readonly SeedClass[],
): void {
  const known = listClasses(db, teamId)
  for (const entry of classes) {
    const twin = known.find(({ name, type }) => name === entry.name && type === entry.type)
    const classId =
      twin?.id ??
      insertClass(db, teamId, {
        name: entry.name,
        annotationTypes: [entry.type, ...entry.sub_types],
        datasetIds: [],
        metadata: {
          _color: entry.color ?? "auto",
          ...(entry.skeleton === undefined ? {} : { skeleton: entry.skeleton }),
        },
      })
    db.run("INSERT OR IGNORE INTO class_datasets (class_id, dataset_id) VALUES (?, ?)", [classId, datasetId])
    for (const name of entry.attributes ?? []) {
      db.run("INSERT OR IGNORE INTO attributes (class_id, name) VALUES (?, ?)", [classId, name])
    }
  }
}

/** Registers items, brings their files to disk side by side, and stores the rest in one transaction. */
async function insertItems(
  { db, blobs }: ServerContext,
  teamId: number,
  datasetId: number,
  seeds: readonly SeedItem[],
  resolver: SeedResolver,
): Promise<void> {
  const { items } = registerItems(db, teamId, datasetId, seeds)
  if (items.length !== seeds.length) throw new Error("two seeded items have one name and path")
  const slots = seeds.flatMap((given, index) =>
    given.slots.map((slot, position) => {
      const registered = items[index]?.slots[position]
      if (registered === undefined) throw new Error(`${given.name} lost a slot on its way`)
      return { given: slot, registered }
    }),
  )
  const written = await Promise.all(
    slots.map(async ({ given, registered }) => {
      const staged = await blobs.stage(blobs.uploadPath(registered.uploadId), toChunks(given.bytes))
      staged.place()
      await staged.settle()
      for (const [index, frame] of (given.frames ?? []).entries()) {
        const picture = await blobs.stage(blobs.framePath(registered.id, index), toChunks(frame))
        picture.place()
        await picture.settle()
      }
      return { given, registered, staged }
    }),
  )
  db.transaction(() => {
    for (const { given, registered, staged } of written) {
      markUploaded(db, registered.uploadId, staged.sizeBytes, staged.sha256)
      confirmUpload(db, registered.uploadId, {
        failed: false,
        width: given.width,
        height: given.height,
        frameCount: given.frames?.length,
        hasFrames: given.frames !== undefined,
      })
    }
    for (const [index, given] of seeds.entries()) {
      const { id } = items[index] as Item
      for (const person of given.annotations.flatMap((one) => [
        ...(one.annotators ?? []),
        ...(one.reviewers ?? []),
      ])) {
        ensureMember(db, teamId, person.email, person.full_name)
      }
      importAnnotations(db, teamId, getItem(db, teamId, id), {
        annotations: given.annotations.map((annotation) => toImported(annotation, resolver)),
        properties: (given.properties ?? []).map((value) => resolver.itemSelection(value)),
        overwrite: true,
      })
      db.run("UPDATE items SET stage = ? WHERE id = ?", [given.status, id])
    }
  })
}

async function* toChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes
}

async function emptyDataset({ db, blobs }: ServerContext, datasetId: number): Promise<void> {
  const uploads = db.all<{ upload_id: string }>(
    "SELECT upload_id FROM slots JOIN items ON items.id = item_id WHERE dataset_id = ?",
    [datasetId],
  )
  db.transaction(() => {
    db.run("DELETE FROM exports WHERE dataset_id = ?", [datasetId])
    db.run("DELETE FROM items WHERE dataset_id = ?", [datasetId])
  })
  for (const { upload_id: uploadId } of uploads) await rm(blobs.uploadPath(uploadId), { force: true })
}
