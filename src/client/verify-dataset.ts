import { relative, sep } from "node:path"
import type { PullOptions } from "../sources/pull.ts"
import { type VerifyOptions, verify } from "../sources/verify.ts"
import { reportVerify, type VerifyReport } from "../sources/verify-report.ts"
import { openDatasetManifest, removeDatasetLeftovers } from "../storage/dataset-directory.ts"
import type { Manifest } from "../storage/manifest/manifest.ts"
import type { Context } from "../stream.ts"
import { archiveOf } from "./archive-of.ts"
import { pullDataset } from "./pull-dataset.ts"
import { directoryOf, type PlaceOptions, type PullableDataset, releaseOf } from "./pullable.ts"

/** Which release is verified, and how. */
export interface VerifyDatasetOptions
  extends VerifyOptions,
    PlaceOptions,
    Pick<PullOptions, "durable" | "ffmpeg">,
    Context {
  /**
   * Pulls the release where files are missing, changed or partial: these are fetched, and all others stay as they are.
   * @default false
   */
  readonly repair?: boolean
}

/** Compares a release on disk with the one of the service, and mends it where that is asked for. */
export async function verifyDataset(
  dataset: PullableDataset,
  options: VerifyDatasetOptions,
): Promise<VerifyReport> {
  const { repair = false, quick: _, concurrency: __, ...pulling } = options
  const release = await releaseOf(dataset, options)
  const directory = directoryOf(dataset, options)
  const { onEvent, signal } = options
  const { name, latest, imageCount } = release
  onEvent?.({ type: "start", task: "verify", ...(imageCount !== undefined && { total: imageCount }) })
  let manifest: Manifest | undefined
  let report: VerifyReport
  try {
    const files = verify({ name, latest, archive: archiveOf(release) }, directory, options)
    report = await reportVerify(
      files,
      { release: name, directory },
      ({ path, state }) => {
        // A pull looks at lengths only: it has to be told. Of all else it finds itself that it is not there or not whole.
        if (!repair || state !== "changed") return
        manifest ??= openDatasetManifest(directory)
        manifest.distrust(relative(directory, path).split(sep).join("/"))
      },
      { signal, onEvent },
    )
  } finally {
    manifest?.close()
  }
  onEvent?.({ type: "end", task: "verify" })
  const { missing, changed, partial } = report.files
  if (!repair || missing + changed + partial === 0) return report
  removeDatasetLeftovers(directory)
  const repaired = await pullDataset(dataset, { ...pulling, release })
  // Lengths will do: what has come was compared with its digest.
  const second = verify({ name, latest, archive: archiveOf(release) }, directory, { ...options, quick: true })
  const { clean } = await reportVerify(second, { release: name, directory }, () => {}, { signal })
  return { ...report, repaired, clean: clean && repaired.items.failed === 0 }
}
