import type { Http } from "../http/http.ts"
import type { Credentials } from "../http/request.ts"

/** How media files are brought. */
export interface BringMediaOptions {
  readonly http: Http
  readonly credentials?: Credentials | undefined
  /**
   * Fetches a file that is whole on disk, too, and replaces it.
   * @default false
   */
  readonly forceReplace?: boolean
  /**
   * Waits for every file until it is on the disk itself. Without it only files of more than 1 MiB are waited for; a small
   * one that was brought shortly before the machine went down is compared with its digest when it is met next, and fetched
   * again where it differs.
   * @default false
   */
  readonly durable?: boolean
  /**
   * Gives a new address of a file whose own was refused with 401 or 403, as links with a date are; undefined where there is
   * none. What had come of the file is not fetched again.
   * @default none: the refusal is the file's error
   */
  readonly renew?: ((file: ExpiredFile) => Promise<string | undefined>) | undefined
  /**
   * The ffmpeg program that decodes the frames of long videos: its path, or its name on PATH.
   * @default "ffmpeg"
   */
  readonly ffmpeg?: string | undefined
}

/** A file whose address may have run out. */
export interface ExpiredFile {
  readonly url: string
  /** What tells it from all other files of the dataset, over releases: item, slot and place in the slot. */
  readonly owner: string
}
