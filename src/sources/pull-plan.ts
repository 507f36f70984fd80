import { createHash } from "node:crypto"
import { join } from "node:path"
import { writeAnnotationFile } from "../model/read.ts"
import { pipe } from "../pipeline.ts"
import { checkFile } from "../storage/check-file.ts"
import { openManifestCopy, type ReleaseFolder } from "../storage/dataset-directory.ts"
import { extraMedia } from "../storage/extra-files.ts"
import type { KnownFile } from "../storage/manifest/files.ts"
import type { Manifest } from "../storage/manifest/manifest.ts"
import { annotationName } from "../storage/names.ts"
import { staleFiles } from "../storage/stale-files.ts"
import { inContext, type OpenContext, type Source, source } from "../stream.ts"
import { expectedMedia } from "../transforms/expected-media.ts"
import { flatMap } from "../transforms/flat-map.ts"
import { planMedia } from "../transforms/media.ts"
import { parallel } from "../transforms/parallel.ts"
import type { PullOptions, PullRelease } from "./pull.ts"
import type { ReleaseFile } from "./release-files.ts"
import { wantedFiles, wantedFolder } from "./wanted-files.ts"

/** What a pull would do with a file. */
export interface PlannedStep {
  readonly path: string
  readonly kind: "annotations" | "media"
  /** `"new"` and `"replace"` files are brought, `"keep"` ones are whole on disk, `"remove"` ones are no longer needed. */
  readonly step: "new" | "replace" | "keep" | "remove"
  /** Undefined for a media file that was never here: no release tells how long its files are. */
  readonly bytes: number | undefined
}

/**
 * What a pull with the same options would do, file by file. Reads the release's archive as the pull does and asks for no
 * media; nothing is written into the dataset's directory.
 *
 * @throws as `pull` does.
 *
 * @example
 * for await (const { step, path } of pullPlan({ name: "v1", latest: true, archive }, "datasets/acme/street")) {
 *   if (step !== "keep") console.log(step, path)
 * }
 */
export function pullPlan(
  release: PullRelease,
  directory: string,
  options: PullOptions = {},
): Source<PlannedStep> {
  const { concurrency = 16 } = options
  const folder = wantedFolder(release.name, options)

  return source(async function* (context) {
    const manifest = openManifestCopy(directory)
    try {
      manifest.beginRelease(folder.key)
      const steps = pipe(
        wantedFiles(release.archive, options, () => {}),
        parallel((entry: ReleaseFile, open) => planItem(entry, directory, folder, manifest, options, open), {
          concurrency,
          ordered: false,
        }),
        flatMap((planned) => planned),
      )
      yield* inContext(steps, context)
      manifest.endRelease(folder.key)
      const remove = { step: "remove", bytes: undefined } as const
      for (const name of staleFiles(directory, manifest, folder)) {
        yield { ...remove, kind: "annotations", path: join(directory, name) }
      }
      if (!options.removeExtra) return
      for await (const name of extraMedia(directory, manifest, folder.key)) {
        yield { ...remove, kind: "media", path: join(directory, name) }
      }
    } finally {
      manifest.close()
    }
  })
}

async function planItem(
  { file, source, bytes = Buffer.from(writeAnnotationFile(file)) }: ReleaseFile,
  directory: string,
  folder: ReleaseFolder,
  manifest: Manifest,
  options: PullOptions,
  context: OpenContext,
): Promise<PlannedStep[]> {
  const step = async (
    kind: PlannedStep["kind"],
    name: string,
    known: Pick<KnownFile, "bytes" | "digest"> | undefined,
    replace = false,
    quick = true,
  ): Promise<PlannedStep> => {
    manifest.use(folder.key, name)
    const path = join(directory, name)
    const { state } = await checkFile(path, known, { quick, signal: context.signal })
    const bytes = known !== undefined && known.bytes >= 0 ? known.bytes : undefined
    if (state === "missing") return { path, kind, step: "new", bytes }
    return { path, kind, step: state === "whole" && !replace ? "keep" : "replace", bytes }
  }
  const onMissing = (place: string, reason: string) => {
    if (!options.onlyAnnotations) context.onEvent?.({ type: "skip", file: source, place, reason })
  }
  try {
    const planned = planMedia(file.item, manifest, options, onMissing)
    const name = manifest.claim(`${folder.annotations}/${annotationName(file.item)}`, source)
    const digest = createHash("sha256").update(bytes).digest("hex")
    const steps = [await step("annotations", name, { bytes: bytes.length, digest }, false, false)]
    for (const media of expectedMedia(planned, manifest)) {
      if (options.onlyAnnotations) manifest.use(folder.key, media.name)
      else steps.push(await step("media", media.name, media.known, options.forceReplace))
    }
    context.onEvent?.({ type: "file", task: "plan", path: source })
    return steps
  } catch (error) {
    if (context.signal.aborted) throw error
    context.onEvent?.({ type: "fail", file: source, error })
    return []
  }
}
