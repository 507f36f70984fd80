import type { ExportRecord } from "../api/exports.ts"
import type { ReadOptions } from "../formats/format.ts"
import type { AnnotationFile } from "../model/annotation-file.ts"
import { annotationFiles } from "../sources/release-files.ts"
import type { Source } from "../stream.ts"
import { archiveOf } from "./archive-of.ts"
import type { RemoteDataset } from "./remote-dataset.ts"

/**
 * A release: an immutable snapshot of a dataset's annotations. Not made by hand but got from
 * `dataset.getReleases()` and `dataset.getRelease()`.
 */
export class Release {
  readonly dataset: RemoteDataset
  readonly name: string
  readonly version: number
  /** `pending`, `complete` or `failed`. */
  readonly status: string
  /** Whether the service calls it the latest of the dataset. */
  readonly latest: boolean
  /** Whether it can be downloaded: it is complete, and its archive is there. */
  readonly available: boolean
  /** When the export was asked for. */
  readonly exportedAt: Date
  /** Undefined while the release is not available. */
  readonly imageCount: number | undefined
  /** Undefined while the release is not available. */
  readonly classCount: number | undefined
  /** `json` (Darwin JSON 1.0) or `darwin_json_2`. */
  readonly format: string
  /** Why it could not be made, where it has failed and the service says so. */
  readonly error: string | undefined
  // Kept from being printed along with the release: whoever has the address has the archive.
  readonly #downloadUrl: string | undefined

  /** @internal */
  constructor(dataset: RemoteDataset, record: ExportRecord) {
    const { metadata } = record
    this.dataset = dataset
    this.name = record.name
    this.version = record.version
    this.status = record.status
    this.#downloadUrl = record.download_url ?? undefined
    this.available = this.#downloadUrl !== undefined
    this.latest = this.available && record.latest === true
    this.exportedAt = record.inserted_at
    this.imageCount = this.available ? (metadata?.num_images ?? undefined) : undefined
    this.classCount = this.available ? metadata?.annotation_classes?.length : undefined
    this.format = record.format ?? "json"
    this.error = record.error ?? undefined
  }

  /** Where its archive is, token included: enough to download it, without a key. Undefined while not available. */
  get downloadUrl(): string | undefined {
    return this.#downloadUrl
  }

  /** `team/dataset:release`. */
  get identifier(): string {
    return `${this.dataset.team}/${this.dataset.slug}:${this.name}`
  }

  /**
   * The annotation files of the release, read from the wire while it arrives; nothing goes to the disk.
   *
   * @throws UnsupportedError (`unsupported`) when the release is not ready, or is not Darwin JSON.
   * @throws FormatError (`format`), in the stream, for a file that breaks the rules, unless `onInvalid` is `"skip"`.
   *
   * @example
   * for await (const file of release.annotationFiles()) console.log(file.item.name, file.annotations.length)
   */
  annotationFiles(options: Pick<ReadOptions, "onInvalid"> = {}): Source<AnnotationFile> {
    return annotationFiles(archiveOf(this), options)
  }
}
