import type { KnownFile } from "../storage/manifest/files.ts"
import type { Manifest } from "../storage/manifest/manifest.ts"
import { announcedNames } from "./long-videos.ts"
import { type PlannedMedia, sourceOf } from "./media.ts"

/** A media file as it should be on disk. */
export interface ExpectedFile {
  readonly name: string
  /** Undefined where it was never whole here, or is another address's by now. */
  readonly known: KnownFile | undefined
}

/** What the manifest knows of planned media: what a pull would leave as it is, where it is on disk so. */
export function* expectedMedia(
  planned: readonly PlannedMedia[],
  manifest: Manifest,
): Generator<ExpectedFile> {
  for (const one of planned) {
    const isVideo = "slot" in one
    const source = isVideo ? undefined : sourceOf(one)
    const expected = (name: string, from?: string): ExpectedFile => {
      const known = manifest.known(name)
      return { name, known: from === undefined || known?.source === from ? known : undefined }
    }
    const { list } = one
    if (list !== undefined) {
      const isCurrent = isVideo || list.source === source
      for (const name of list.files) yield isCurrent ? expected(name) : { name, known: undefined }
    } else if (isVideo) for (const name of announcedNames(one)) yield expected(name)
    else yield expected(one.name, source)
  }
}
