import { realpathSync } from "node:fs"
import { basename, join } from "node:path"
import { PathError } from "../errors.ts"
import {
  type SplitVideoAnnotationsOptions,
  type SplitVideoAnnotationsReport,
  splitVideoAnnotations,
} from "../sinks/split-videos.ts"
import { releaseFolder } from "../storage/dataset-directory.ts"

/** Which release's videos are split, and where to. */
export interface SplitDatasetVideosOptions extends SplitVideoAnnotationsOptions {
  /**
   * The name of a release that has been pulled.
   * @default the one that the dataset's identifier names, else the latest that has been pulled
   */
  readonly release?: string
  /**
   * The folder inside the release's for the new tree.
   * @default "frames"
   */
  readonly subsetFolderName?: string
  /**
   * Where datasets are kept.
   * @default that of the client's configuration, `~/.darwin/datasets`
   */
  readonly datasetsDirectory?: string
}

/** Splits the annotation files of videos of a release on disk; `directory` is the dataset's. */
export function splitDatasetVideos(
  directory: string,
  { release = "latest", subsetFolderName = "frames", ...options }: SplitDatasetVideosOptions,
): Promise<SplitVideoAnnotationsReport> {
  const name = release === "latest" ? latestOf(directory) : release
  const from = join(directory, releaseFolder(name).annotations)
  return splitVideoAnnotations(from, join(directory, releaseFolder(name, subsetFolderName).folder), options)
}

function latestOf(directory: string): string {
  const link = join(directory, "releases", "latest")
  try {
    return basename(realpathSync(link))
  } catch {
    throw new PathError(link, "there is no such release: pull the dataset first, or name one")
  }
}
