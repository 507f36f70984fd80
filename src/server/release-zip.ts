import { once } from "node:events"
import { PassThrough, Readable } from "node:stream"
import { ZipFile } from "yazl"

import type { BlobStore } from "./blobs.ts"
import { type ClassLookup, readClassLookup } from "./class-lookup.ts"
import { toDarwinDocument } from "./darwin-document.ts"
import { fileUrls } from "./file-urls.ts"
import { toReleaseMetadata } from "./release-metadata.ts"
import { listAnnotations } from "./store/annotations.ts"
import type { AnnotationClass } from "./store/classes.ts"
import type { Database } from "./store/database.ts"
import { getDataset } from "./store/datasets.ts"
import { type Release, releaseFilters } from "./store/exports.ts"
import { itemCondition } from "./store/item-filters.ts"
import { listItems } from "./store/item-pages.ts"
import { listItemProperties } from "./store/item-properties.ts"
import { RASTER_LAYER_CLASS } from "./store/teams.ts"

const ITEMS_AT_ONCE = 50

/** What is known of a release when its zip is in its place. */
export interface WrittenRelease {
  readonly sizeBytes: number
  readonly sha256: string
  readonly itemCount: number
  readonly classes: Release["classes"]
}

/** Something to write into the zip. */
interface Entry {
  readonly name: string
  readonly text: string
}

/**
 * Writes the zip of a release from a snapshot of the database to its place. One document is in memory at a time; what
 * grows with the items is the zip's own table of entries, which the format puts at the end, and the names in use.
 */
export async function writeRelease(
  snapshot: Database,
  blobs: BlobStore,
  release: Release,
  signal: AbortSignal,
): Promise<WrittenRelease> {
  const summary = { itemCount: 0, classes: [] as Release["classes"] }
  const zip = new ZipFile()
  const output = zip.outputStream.pipe(new PassThrough())
  zip.on("error", (error) => output.destroy(error))
  const staging = blobs.stage(blobs.releasePath(release.id), output)
  const feeding = (async () => {
    for (const entry of releaseEntries(snapshot, release, summary)) {
      signal.throwIfAborted()
      await Promise.race([addEntry(zip, entry, release.insertedAt), staging])
    }
    zip.end()
  })().catch((error: unknown) => {
    output.destroy(error instanceof Error ? error : new Error(String(error)))
  })
  const staged = await staging
  await feeding
  staged.place()
  await staged.settle()
  return { sizeBytes: staged.sizeBytes, sha256: staged.sha256, ...summary }
}

/** Adds one entry; returns when the zip has read it, which it does only when all before it are written. */
function addEntry(zip: ZipFile, entry: Entry, timeMs: number): Promise<unknown> {
  // The zip keeps the function below to its end, so what it gives away must not hang on it.
  let stream: Readable | undefined = Readable.from([Buffer.from(entry.text)])
  const read = once(stream, "close")
  zip.addReadStreamLazy(entry.name, { mtime: new Date(timeMs) }, (give) => {
    if (stream !== undefined) give(null, stream)
    stream = undefined
  })
  return read
}

function* releaseEntries(
  db: Database,
  release: Release,
  summary: { itemCount: number; classes: Release["classes"] },
): Generator<Entry> {
  const teamId =
    db.one<{ team_id: number }>("SELECT team_id FROM datasets WHERE id = ?", [release.datasetId])?.team_id ??
    0
  const dataset = getDataset(db, teamId, release.datasetId)
  const lookup = readClassLookup(db, teamId)
  const only = release.filters.annotation_class_ids
  const kept = (classId: number) =>
    only === undefined || only.includes(classId) || isRasterLayer(lookup, classId)
  const filters = releaseFilters(release.filters, release.datasetId)
  const condition = itemCondition(teamId, filters)
  const itemsSql = `item_id IN (SELECT id FROM items WHERE ${condition.sql})`
  const used = new Set(
    db
      .all<{ class_id: number }>(
        `SELECT DISTINCT class_id FROM annotations WHERE ${itemsSql}`,
        condition.values,
      )
      .map((row) => row.class_id)
      .filter(kept),
  )
  const classes = [...lookup.classes.values()].filter(
    ({ id, datasetIds }) => used.has(id) || (datasetIds.includes(dataset.id) && kept(id)),
  )
  summary.classes = classes.map(({ id, name, type }) => ({ id, name, type }))
  const usedProperties = new Set(
    db
      .all<{ property_id: string }>(
        `SELECT DISTINCT property_id FROM item_properties WHERE ${itemsSql}`,
        condition.values,
      )
      .map((row) => row.property_id),
  )
  const metadata = toReleaseMetadata({ datasetId: dataset.id, classes, usedProperties }, lookup)
  // Definitions come first, so that a reader of the stream knows them before the documents that refer to them.
  yield { name: ".v7/metadata.json", text: JSON.stringify(metadata) }
  const options = {
    lookup,
    dataset,
    baseUrl: release.baseUrl,
    urls: fileUrls(release.baseUrl, dataset.teamSlug, release.includeToken ? release.fileToken : undefined),
    includeAuthorship: release.includeAuthorship,
  }
  const names = new Set<string>()
  let from: string | undefined
  do {
    const page = listItems(db, teamId, { filters, size: ITEMS_AT_ONCE, from })
    for (const item of page.items) {
      const annotations = listAnnotations(db, item.id).filter(({ classId }) => kept(classId))
      const document = toDarwinDocument(item, annotations, listItemProperties(db, item.id), options)
      summary.itemCount += 1
      yield { name: `${entryStem(item.name, item.id, names)}.json`, text: JSON.stringify(document) }
    }
    from = page.next
  } while (from !== undefined)
}

function isRasterLayer(lookup: ClassLookup, classId: number): boolean {
  const entry: AnnotationClass | undefined = lookup.classes.get(classId)
  return entry?.name === RASTER_LAYER_CLASS && entry.type === "raster_layer"
}

/**
 * The stem of an item's name as a file name that every system can hold, different from all before it also where upper
 * and lower case are one: a second item of a stem gets its id.
 */
function entryStem(itemName: string, itemId: string, taken: Set<string>): string {
  const dot = itemName.lastIndexOf(".")
  const stem = (dot > 0 ? itemName.slice(0, dot) : itemName)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must go
    .replace(/[\u0000-\u001f<>:"/\\|?*]/g, "_")
    .replace(/^\.+/, "_")
  const keyOf = (name: string) => name.normalize("NFC").toLowerCase()
  const unique = taken.has(keyOf(stem)) ? `${stem}-${itemId}` : stem
  taken.add(keyOf(unique))
  return unique
}
