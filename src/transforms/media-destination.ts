import type { Manifest } from "../storage/manifest/manifest.ts"
import type { Parts } from "../storage/parts.ts"
import type { Gate } from "./gate.ts"

/** One media file of an item on disk. */
export interface MediaFile {
  readonly path: string
  readonly bytes: number
  /** `"fetched"` by this run, or `"present"`: whole on disk before, so nothing was asked for. */
  readonly state: "fetched" | "present"
}

/** Where media files go. */
export interface MediaDestination {
  readonly directory: string
  readonly manifest: Manifest
  /** Bounds how many files are fetched at a time, over all items. */
  readonly gate: Gate
  /** Where large files wait that could not be brought to their end. */
  readonly parts: Parts
  /** Told the name of each file that turns out to be needed only when an address is asked, before it is fetched. */
  readonly onNeeded?: (name: string) => void
}
