import { maskUrl } from "../http/mask-url.ts"
import type { KnownFile, Manifest } from "../storage/manifest.ts"
import type { PlannedFile } from "./media.ts"

/** A media file as it should be on disk. */
export interface ExpectedFile {
  readonly name: string
  /** Undefined where it was never whole here, or is another address's by now. */
  readonly known: KnownFile | undefined
}

/** What the manifest knows of planned files: what a pull would leave as it is, where it is on disk so. */
export function expectedMedia(planned: readonly PlannedFile[], manifest: Manifest): ExpectedFile[] {
  return planned.map(({ url, name }) => {
    const known = manifest.known(name)
    return { name, known: known?.source === maskUrl(url) ? known : undefined }
  })
}
