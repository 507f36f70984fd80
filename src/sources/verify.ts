import { createHash } from "node:crypto"
import { join } from "node:path"
import { messageOf } from "../errors.ts"
import { pipe } from "../pipeline.ts"
import { checkFile, type FileState } from "../storage/check-file.ts"
import { datasetLeftovers, openManifestCopy, type ReleaseFolder } from "../storage/dataset-directory.ts"
import { extraMedia } from "../storage/extra-files.ts"
import type { KnownFile } from "../storage/manifest/files.ts"
import type { Manifest } from "../storage/manifest/manifest.ts"
import { annotationName, type MediaTargetsOptions } from "../storage/names.ts"
import { metadataEntry } from "../storage/property-definitions.ts"
import { staleFiles } from "../storage/stale-files.ts"
import { inContext, type OpenContext, type Source, source } from "../stream.ts"
import { expectedMedia } from "../transforms/expected-media.ts"
import { flatMap } from "../transforms/flat-map.ts"
import { planMedia } from "../transforms/media.ts"
import { parallel } from "../transforms/parallel.ts"
import type { PullRelease } from "./pull.ts"
import type { ReleaseFile } from "./release-files.ts"
import { wantedFiles, wantedFolder } from "./wanted-files.ts"

/** How a release on disk is verified. What says which media belongs to it must be as in the pull. */
export interface VerifyOptions extends MediaTargetsOptions {
  /**
   * Looks at annotation files alone.
   * @default false
   */
  readonly onlyAnnotations?: boolean
  /**
   * Takes a media file of the right length for whole, without reading it.
   * @default false
   */
  readonly quick?: boolean
  /**
   * How many items are looked at at a time.
   * @default 8
   */
  readonly concurrency?: number
}

/** One file of a release and what a look at it has shown, or one that nothing on this disk needs. */
export interface VerifiedFile {
  readonly path: string
  readonly state: FileState | "extra"
  /** On disk; 0 where there is none. */
  readonly bytes: number
  /** What it is that is wrong; empty for a whole file. */
  readonly reason: string
}

/**
 * Compares a dataset's directory with a release: annotation files with those in the release's archive, byte by byte, and
 * media with the digests that were noted when it was brought. Writes nothing into the directory.
 *
 * Gives every file once: first those of the release, in no certain order, then those that should not be there. Reads one
 * item's files at a time and keeps nothing of them.
 *
 * @throws OptionError (`option`) when `concurrency` is not a whole number of 1 or more; PathError (`path`) when the name of
 *   the release cannot be a folder's.
 * @throws ZipError (`zip`), NetworkError (`network`), HttpError (`http`), in the stream, when the archive does not come whole.
 *
 * @example
 * for await (const { path, state, reason } of verify({ name: "v1", latest: true, archive }, "datasets/acme/street")) {
 *   if (state !== "whole") console.log(path, state, reason)
 * }
 */
export function verify(
  release: PullRelease,
  directory: string,
  options: VerifyOptions = {},
): Source<VerifiedFile> {
  const { concurrency = 8 } = options
  const folder = wantedFolder(release.name, {})

  return source(async function* (context) {
    const manifest = openManifestCopy(directory)
    const check = createCheck(directory, folder, manifest, options)
    let metadata: Uint8Array | undefined
    try {
      manifest.beginRelease(folder.key)
      const files = pipe(
        wantedFiles(release.archive, {}, (bytes) => {
          metadata = bytes
        }),
        parallel((entry: ReleaseFile, open) => check.item(entry, open), { concurrency, ordered: false }),
        flatMap((checked) => checked),
      )
      yield* inContext(files, context)
      if (metadata !== undefined) {
        yield check.annotations(metadataEntry, `${release.archive.name}/${metadataEntry}`, metadata, context)
      }
      manifest.endRelease(folder.key)
      for await (const file of unneeded(directory, folder, manifest)) yield told(file, context)
    } finally {
      manifest.close()
    }
  })
}

function createCheck(directory: string, folder: ReleaseFolder, manifest: Manifest, options: VerifyOptions) {
  const look = async (
    name: string,
    expected: Pick<KnownFile, "bytes" | "digest"> | undefined,
    quick: boolean,
    context: OpenContext,
  ): Promise<VerifiedFile> => {
    const path = join(directory, name)
    return told({ path, ...(await checkFile(path, expected, { quick, signal: context.signal })) }, context)
  }
  const annotations = (name: string, source: string, bytes: Uint8Array, context: OpenContext) => {
    const claimed = manifest.claim(`${folder.annotations}/${name}`, source)
    manifest.use(folder.key, claimed)
    const digest = createHash("sha256").update(bytes).digest("hex")
    // They are small, and to compare them is what the archive was fetched for.
    return look(claimed, { bytes: bytes.length, digest }, false, context)
  }
  const item = async (
    { file, source, bytes = Buffer.of() }: ReleaseFile,
    context: OpenContext,
  ): Promise<VerifiedFile[]> => {
    const onMissing = (place: string, reason: string) => {
      if (!options.onlyAnnotations) context.onEvent?.({ type: "skip", file: source, place, reason })
    }
    try {
      const media = expectedMedia(planMedia(file.item, manifest, options, onMissing), manifest)
      const checked = [await annotations(annotationName(file.item), source, bytes, context)]
      for (const { name, known } of media) {
        manifest.use(folder.key, name)
        if (!options.onlyAnnotations) checked.push(await look(name, known, options.quick ?? false, context))
      }
      context.onEvent?.({ type: "file", task: "verify", path: source })
      return checked
    } catch (error) {
      if (context.signal.aborted) throw error
      return [told({ path: source, state: "missing", bytes: 0, reason: messageOf(error) }, context)]
    }
  }
  return { annotations, item }
}

async function* unneeded(
  directory: string,
  folder: ReleaseFolder,
  manifest: Manifest,
): AsyncGenerator<VerifiedFile> {
  const extra = { state: "extra", bytes: 0 } as const
  for (const name of staleFiles(directory, manifest, folder)) {
    yield { ...extra, path: join(directory, name), reason: "is not of the release" }
  }
  for await (const name of extraMedia(directory, manifest, folder.key)) {
    yield { ...extra, path: join(directory, name), reason: "no release on this disk needs it" }
  }
  for (const path of datasetLeftovers(directory)) {
    yield { path, state: "partial", bytes: 0, reason: "was left by a run that was killed" }
  }
}

function told(file: VerifiedFile, { onEvent }: OpenContext): VerifiedFile {
  const { path, state, reason } = file
  if (state !== "whole") onEvent?.({ type: "check", path, state, reason })
  return file
}
