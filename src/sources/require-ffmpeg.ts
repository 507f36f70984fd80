import { isError } from "../errors.ts"
import type { Item } from "../model/annotation-file.ts"
import { longVideoTargets, type MediaTargetsOptions } from "../storage/names.ts"
import { inContext, type OpenContext } from "../stream.ts"
import type { BringMediaOptions } from "../transforms/media-options.ts"
import { findFfmpeg } from "../video/ffmpeg.ts"
import type { ReleaseArchive } from "./release-entries.ts"
import { annotationFiles } from "./release-files.ts"

/**
 * Refuses a release that has long videos whose frames are wanted, where ffmpeg is missing. Only then is the archive read for
 * it, up to the first such video; nothing is written.
 *
 * @throws ProgramError (`program`) that says how to get it.
 */
export async function requireFfmpeg(
  archive: ReleaseArchive,
  options: MediaTargetsOptions & Pick<BringMediaOptions, "ffmpeg">,
  { signal }: OpenContext,
): Promise<void> {
  try {
    await findFfmpeg(options.ffmpeg, signal)
  } catch (error) {
    if (!isError(error, "program")) throw error
    const files = inContext(annotationFiles(archive, { onInvalid: "skip" }), { signal })
    for await (const { item } of files) if (hasLongVideo(item, options)) throw error
  }
}

function hasLongVideo(item: Item, options: MediaTargetsOptions): boolean {
  try {
    return longVideoTargets(item, options).length > 0
  } catch {
    // A name that no file can have: the item fails in its turn.
    return false
  }
}
