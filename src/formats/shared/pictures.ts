import type { AnnotationFile } from "../../model/annotation-file.ts"
import type { Context } from "../../stream.ts"
import type { FileImage } from "../../transforms/file-image.ts"
import { imagesOf, noPicture, type Videos } from "../../transforms/images.ts"
import type { Tally } from "./tally.ts"

/** A picture to be written. */
export interface Picture extends FileImage {
  /** The annotation file it comes from, for reports. */
  readonly path: string
}

/**
 * The pictures of the files that come in, for writers of one record an image: each slot, and each frame of a video. Their
 * annotations are counted as having come; what belongs to no picture is counted as skipped. A file's event follows its
 * last picture. For a format that has tracks, `videos` is `"whole"`: a video then comes as one picture, with `isVideo`.
 *
 * @example
 * for await (const picture of pictures(input, tally, context)) write(picture)
 */
export async function* pictures(
  input: AsyncIterable<AnnotationFile>,
  tally: Tally,
  context: Context | undefined,
  videos: Videos = "frames",
): AsyncGenerator<Picture> {
  for await (const file of input) {
    const { path } = file
    const images = imagesOf(
      file,
      (annotation, place, reason) => {
        tally.came(1)
        tally.skipped(annotation, path, place, reason)
      },
      videos,
    )
    let count = 0
    for (const image of images) {
      count++
      tally.came(image.file.annotations.length)
      yield { ...image, path }
    }
    if (count === 0) context?.onEvent?.(noPicture(file))
    context?.onEvent?.({ type: "file", task: "write", path })
  }
}
