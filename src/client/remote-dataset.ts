import type { DatasetItem } from "../api/dataset-item.ts"
import type { DatasetRecord } from "../api/datasets.ts"
import { type ItemFilters, itemQuery } from "../api/item-filters.ts"
import { fetchItems } from "../api/items.ts"
import type { Session } from "../api/session.ts"
import type { PushReport } from "../sinks/push/report.ts"
import type { SplitVideoAnnotationsReport } from "../sinks/split-videos.ts"
import type { PulledItem } from "../sources/pull.ts"
import type { PullPlan } from "../sources/pull-plan-report.ts"
import type { PullReport } from "../sources/pull-report.ts"
import type { VerifyReport } from "../sources/verify-report.ts"
import { type SplitOptions, type SplitReport, splitRelease } from "../storage/split-release.ts"
import { type Context, type Source, source } from "../stream.ts"
import { type CommentOptions, commentOnItem } from "./comment-on-item.ts"
import { type ExportOptions, exportRelease } from "./export-release.ts"
import { findRelease, findReleases, latest, type ReleaseOptions } from "./find-releases.ts"
import { archiving, deleting, movingTo, prioritising, restoring } from "./item-changes.ts"
import { type ItemOperationOptions, type ItemOperationReport, operateOnItems } from "./item-operations.ts"
import type { ItemReference, ItemSelection } from "./item-selection.ts"
import { movingToStage, type SettableStatus, settingStatus } from "./item-stages.ts"
import { type PullDatasetOptions, planDataset, pullDataset, streamDataset } from "./pull-dataset.ts"
import { directoryOf, type PlaceOptions } from "./pullable.ts"
import { type PushDatasetOptions, pushDataset } from "./push-dataset.ts"
import type { Release } from "./release.ts"
import { type SplitDatasetVideosOptions, splitDatasetVideos } from "./split-dataset-videos.ts"
import { type VerifyDatasetOptions, verifyDataset } from "./verify-dataset.ts"

/**
 * A dataset of a team. Not made by hand but got from `client.getRemoteDataset()` and the like. All its calls are made
 * with the key of its own team.
 */
export class RemoteDataset {
  readonly name: string
  readonly slug: string
  /** The slug of the team it belongs to. */
  readonly team: string
  readonly id: number
  readonly itemCount: number
  /** The part of the work that is done, from 0 to 1. */
  readonly progress: number
  /** The release that its identifier named: `getRelease()` gives that one instead of the latest. */
  readonly release: string | undefined
  readonly #session: Session

  /** @internal */
  constructor(session: Session, record: DatasetRecord, release?: string) {
    this.name = record.name
    this.slug = record.slug
    this.team = session.team
    this.id = record.id
    this.itemCount = record.num_items ?? (record.num_images ?? 0) + (record.num_videos ?? 0)
    this.progress = record.progress ?? 0
    this.release = release
    this.#session = session
  }

  /**
   * The connections and the key that calls of this dataset are made with, for steps such as `download`.
   *
   * @example
   * pipe(release.annotationFiles(), download("cars/", dataset.session))
   */
  get session(): Session {
    return this.#session
  }

  /** `team/dataset`, and `:release` where its identifier named one. */
  get identifier(): string {
    return `${this.team}/${this.slug}${this.release === undefined ? "" : `:${this.release}`}`
  }

  /**
   * Asks the service for a new release. It is made in the background: the promise resolves when the service has taken
   * the order, and `getRelease(name)` then tells by its `available` when it is there. Not repeated after a broken
   * connection, which may have come after the order was taken.
   *
   * @throws OptionError (`option`) for an empty name or list of classes.
   * @throws ValidationError (`validation`) when the service finds nothing to export, or the name invalid.
   *
   * @example
   * await dataset.export("v3", { annotationClassIds: [41, 42], includeUrlToken: true })
   */
  export(name: string, options: ExportOptions = {}): Promise<void> {
    return exportRelease(this, name, options)
  }

  /**
   * The releases of the dataset, most recent first.
   *
   * @example
   * for (const release of await dataset.getReleases()) console.log(release.name, release.exportedAt)
   */
  getReleases(options: ReleaseOptions = {}): Promise<Release[]> {
    return findReleases(this, options)
  }

  /**
   * One release: by its name, available or not; or the latest, which is the one that the dataset's identifier named,
   * else the one that the service flags as such, else the most recent one available (with `includeUnavailable`: the
   * most recent of all).
   *
   * @param name @default "latest"
   * @throws NotFound (`not-found`) when there is none.
   *
   * @example
   * const release = await dataset.getRelease()
   */
  getRelease(name: string = latest, options: ReleaseOptions = {}): Promise<Release> {
    return findRelease(this, name, options)
  }

  /**
   * Pulls a release into `<datasets directory>/<team>/<dataset>`, in one pass: annotation files are read while the
   * release arrives, and media is fetched beside. Gives a report when all is done; an item that fails does not end
   * the run. With `blocking: false` it gives the stream of `pullStream()` instead.
   *
   * @throws NotFound (`not-found`) when there is no such release, UnsupportedError (`unsupported`) when it is not ready.
   *
   * @example
   * const report = await dataset.pull({ concurrency: 32 })
   * console.log(report.items.done, report.items.failed)
   */
  pull(options?: PullDatasetOptions & { readonly blocking?: true }): Promise<PullReport>
  pull(options: PullDatasetOptions & { readonly blocking: false }): Source<PulledItem>
  pull(
    options: PullDatasetOptions & { readonly blocking?: boolean } = {},
  ): Promise<PullReport> | Source<PulledItem> {
    return options.blocking === false ? streamDataset(this, options) : pullDataset(this, options)
  }

  /**
   * Pulls a release as a stream: each item as soon as its own files are on disk, in the order in which they are
   * finished. Nothing is asked for before the first `next()`; a slow consumer slows the downloads down; leaving the
   * loop stops them and leaves no partial file.
   *
   * @example
   * for await (const item of dataset.pullStream()) {
   *   if (item.state === "failed") throw item.error
   *   train(item.media[0]?.path, item.file.annotations)
   * }
   */
  pullStream(options: PullDatasetOptions = {}): Source<PulledItem> {
    return streamDataset(this, options)
  }

  /**
   * What a pull with the same options would do, in numbers: the release's archive is read, no media is asked for, and
   * nothing is written into the dataset's directory. Bytes of media are known of files that were here before.
   *
   * @example
   * const { media } = await dataset.planPull()
   * console.log(media.new, media.replace, media.keep)
   */
  planPull(options: PullDatasetOptions = {}): Promise<PullPlan> {
    return planDataset(this, options)
  }

  /**
   * Compares a release on disk with the one of the service: annotation files with those in its archive, media with the
   * digests that were noted when they were brought. Files that are missing, changed, partial, or that nothing needs are
   * counted and told as `check` events; with `repair` a pull fetches what is wrong. Options that say which media belongs
   * to the release, such as `videoFrames`, must be as they were in the pull.
   *
   * @throws NotFound (`not-found`) when there is no such release, UnsupportedError (`unsupported`) when it is not ready.
   *
   * @example
   * const { clean, problems } = await dataset.verify({ repair: true })
   * if (!clean) console.error(problems)
   */
  verify(options: VerifyDatasetOptions = {}): Promise<VerifyReport> {
    return verifyDataset(this, options)
  }

  /**
   * Splits a release on disk for training, validation and tests, as lists in the layout of the Python SDK; asks the service
   * for nothing. An item is always in the same part, whatever items come and go: see `splitRelease`.
   *
   * @param options `release` defaults to the one that the dataset's identifier names, else the latest on disk
   * @throws OptionError (`option`) for shares that leave nothing for training; PathError (`path`) when the release is not on
   *   disk.
   *
   * @example
   * const { directory } = await dataset.split({ val: 0.1, test: 0.2, seed: 7 })
   */
  async split(
    options: SplitOptions & Pick<PlaceOptions, "datasetsDirectory"> & Context = {},
  ): Promise<SplitReport> {
    const release = options.release ?? this.release
    return splitRelease(
      directoryOf(this, options),
      { ...options, ...(release !== undefined && { release }) },
      options,
    )
  }

  /**
   * Splits the annotation files of videos of a release that has been pulled into one a frame, as darwin-py's
   * `split_video_annotations` does, but into a folder of its own: `releases/<release>/frames/annotations/<video>/0000000.json`
   * and so on, which appears as a whole; nothing is asked of the service, and what was pulled stays as it is. See
   * `splitVideoAnnotations`.
   *
   * @throws PathError (`path`) when the release is not on disk, or the new folder is there already.
   *
   * @example
   * await dataset.pull({ videoFrames: true })
   * const { directory, frames } = await dataset.splitVideoAnnotations()
   */
  async splitVideoAnnotations(options: SplitDatasetVideosOptions = {}): Promise<SplitVideoAnnotationsReport> {
    const { release = this.release, ...others } = options
    return splitDatasetVideos(directoryOf(this, options), {
      ...others,
      ...(release !== undefined && { release }),
    })
  }

  /**
   * Pushes files into the dataset: as they are named, directories with all below them, and patterns with `*`, `?` and
   * `**`. Each file becomes an item, or each directory with `itemMergeMode`. A file that fails or is refused stands in
   * the report and does not end the run; run again, a push goes on where it stood and brings nothing twice. For files
   * that are made rather than found there is the sink `pushTo`.
   *
   * @throws OptionError (`option`) for options that do not go together, PathError (`path`) for a file that is not there or
   * that Darwin does not take, and where there is none at all.
   *
   * @example
   * const report = await dataset.push("photos/", { path: "/street", preserveFolders: true })
   * console.log(report.items.done, report.problems)
   */
  push(files: string | readonly string[], options: PushDatasetOptions = {}): Promise<PushReport> {
    return pushDataset(this, files, options)
  }

  /**
   * The items of the dataset that match all filters, in pages fetched one after another as they are needed.
   *
   * @throws OptionError (`option`) for a filter that does not exist, at once.
   *
   * @example
   * for await (const item of dataset.items({ statuses: ["complete"] })) console.log(item.path, item.name)
   */
  items(filters: ItemFilters = {}): Source<DatasetItem> {
    const { parameters, pageSize, matchesNothing } = itemQuery(filters)
    return source((context) =>
      matchesNothing ? none() : fetchItems(this.#session, this.id, parameters, pageSize, context),
    )
  }

  /**
   * Archives items: they stay, and releases made later leave them out. Like all operations on items below it first looks
   * up every item of the selection, sends nothing when one is not there or not the only one of its path, and then names
   * all of them by their ids. Where a path holds a live item and archived ones, the live one is meant.
   *
   * @throws SelectionError (`selection`) naming the items that it cannot be done with; nothing was changed then.
   * @throws ProtocolError (`protocol`) when the service says it has changed more items than it was asked for.
   *
   * @example
   * const { changed } = await dataset.archive(["/street/kerb.jpg", "/crossing.jpg"])
   */
  archive(selection: ItemSelection, options: ItemOperationOptions = {}): Promise<ItemOperationReport> {
    return operateOnItems(this, archiving, selection, options)
  }

  /**
   * Brings archived items back. Refused where another item has taken the path of one.
   *
   * @example
   * await dataset.restore(dataset.items({ statuses: ["archived"] }))
   */
  restore(selection: ItemSelection, options: ItemOperationOptions = {}): Promise<ItemOperationReport> {
    return operateOnItems(this, restoring, selection, options)
  }

  /**
   * Deletes items and their annotations for good. A path that a live item shares with archived ones is refused: an id says
   * which is meant.
   *
   * @example
   * const { changed } = await dataset.delete(["/test/1.png"], { dryRun: true })
   * await dataset.delete(changed)
   */
  delete(selection: ItemSelection, options: ItemOperationOptions = {}): Promise<ItemOperationReport> {
    return operateOnItems(this, deleting, selection, options)
  }

  /**
   * Moves items to a folder, `/` for the root. Refused where the folder would then hold two items of one name.
   *
   * @throws OptionError (`option`) when it is no folder.
   *
   * @example
   * await dataset.moveToFolder(["/kerb.jpg"], "/street/wet")
   */
  async moveToFolder(
    selection: ItemSelection,
    folder: string,
    options: ItemOperationOptions = {},
  ): Promise<ItemOperationReport> {
    return operateOnItems(this, movingTo(folder), selection, options)
  }

  /**
   * Moves items to a stage of the dataset's workflow, which is given by its id, its name, or its type where only one
   * stage is of that type: `dataset` (new items), `annotate`, `review`, `complete` and others. Archived items are refused.
   *
   * @throws OptionError (`option`) when there is no such stage, or several.
   * @throws UnsupportedError (`unsupported`) when the dataset is part of no workflow.
   *
   * @example
   * await dataset.moveToStage(["/kerb.jpg"], "Second review")
   */
  async moveToStage(
    selection: ItemSelection,
    stage: string,
    options: ItemOperationOptions = {},
  ): Promise<ItemOperationReport> {
    return operateOnItems(this, await movingToStage(this, stage, options), selection, options)
  }

  /**
   * Gives items a status: `new`, `annotate`, `review` and `complete` by moving them to the stage of that kind, `archived`
   * by archiving them. Items that have it are left as they are.
   *
   * @throws OptionError (`option`) for another status, or when the workflow has no stage of that kind, or several.
   *
   * @example
   * await dataset.setStatus(dataset.items({ statuses: ["complete"] }), "review")
   */
  async setStatus(
    selection: ItemSelection,
    status: SettableStatus,
    options: ItemOperationOptions = {},
  ): Promise<ItemOperationReport> {
    return operateOnItems(this, await settingStatus(this, status, options), selection, options)
  }

  /**
   * Marks items as complete, as `setStatus(selection, "complete")` does.
   *
   * @example
   * await dataset.complete(["/street/kerb.jpg"])
   */
  complete(selection: ItemSelection, options: ItemOperationOptions = {}): Promise<ItemOperationReport> {
    return this.setStatus(selection, "complete", options)
  }

  /**
   * Sets the priority of items, a whole number: those with a higher one are worked on first.
   *
   * @example
   * await dataset.setPriority(["/street/kerb.jpg"], 10)
   */
  async setPriority(
    selection: ItemSelection,
    priority: number,
    options: ItemOperationOptions = {},
  ): Promise<ItemOperationReport> {
    return operateOnItems(this, prioritising(priority), selection, options)
  }

  /**
   * Begins a thread of comments on a place of an item. Not repeated after a broken connection, which may have come after
   * it was begun.
   *
   * @throws SelectionError (`selection`) when the item is not in the dataset.
   * @throws OptionError (`option`) for an empty text, a box that is none, and a slot that the item does not have, or that
   * must be named since it has several.
   *
   * @example
   * await dataset.comment("/street/kerb.jpg", { text: "Is this one kerb or two?", box: { x: 10, y: 20, w: 30, h: 8 } })
   */
  async comment(item: ItemReference, options: CommentOptions): Promise<void> {
    await commentOnItem(this, item, options)
  }
}

async function* none(): AsyncGenerator<never, void, undefined> {}
