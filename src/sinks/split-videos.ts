import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, posix } from "node:path"
import { setImmediate as turn } from "node:timers/promises"
import { PathError } from "../errors.ts"
import type { AnnotationFile } from "../model/annotation-file.ts"
import { type ReadAnnotationFileOptions, readAnnotationFile, writeAnnotationFile } from "../model/read.ts"
import { partialPath } from "../storage/atomic-file.ts"
import { createClassLists } from "../storage/class-lists.ts"
import { documents } from "../storage/documents.ts"
import { part, stemOf } from "../storage/names.ts"
import { metadataEntry } from "../storage/property-definitions.ts"
import { type Context, inContext } from "../stream.ts"
import { hasFrames, imagesOf, noPicture } from "../transforms/images.ts"

/** How annotations of videos are split. */
export interface SplitVideoAnnotationsOptions extends Context, Pick<ReadAnnotationFileOptions, "onInvalid"> {}

/** What was split. */
export interface SplitVideoAnnotationsReport {
  /** Where the new tree stands. */
  readonly directory: string
  /** Annotation files of videos, and those that were made of them, one a frame. */
  readonly videos: number
  readonly frames: number
  /** Files of other items, which are in the new tree as they are. */
  readonly others: number
  /** Annotations in the files of frames. */
  readonly annotations: number
  /** How much belongs to no frame, or breaks the rules and was left out; each was told as a `skip` event. */
  readonly skipped: number
}

// How many files are written before other work gets its turn, and an abort is heard.
const filesAtOnce = 100

/**
 * Splits the annotation files of videos into one a frame, into a new tree: `annotations/<file's stem>/0000000.json` and so on
 * below `outputDirectory`, and the class lists in `lists/`. Files of other items are copied. Nothing of the old tree changes,
 * and the new one appears as a whole, in one rename.
 *
 * A frame's item is named `<stem of the video's name>/0000000.png`, and its folder is the video's with that stem behind it,
 * as darwin-py has it. Unlike there all types of annotations are kept, with their sub-annotations and properties, and an item
 * of several slots is split in all of them, into `annotations/<file's stem>/<slot>/`. What belongs to no frame is told as a
 * `skip` event.
 *
 * @param annotations A folder with annotation files, such as `releases/v1/annotations`.
 *
 * @throws PathError (`path`) where `outputDirectory` exists, or `annotations` does not.
 * @throws FormatError (`format`) for a file that breaks the rules, unless `onInvalid` is `"skip"`.
 *
 * @example
 * const { frames } = await splitVideoAnnotations("releases/v1/annotations", "releases/v1/frames")
 */
export async function splitVideoAnnotations(
  annotations: string,
  outputDirectory: string,
  options: SplitVideoAnnotationsOptions = {},
): Promise<SplitVideoAnnotationsReport> {
  const { signal, onInvalid = "throw" } = options
  if (existsSync(outputDirectory)) throw new PathError(outputDirectory, "is there already")
  const counts = { videos: 0, frames: 0, others: 0, annotations: 0, skipped: 0 }
  const onEvent: NonNullable<Context["onEvent"]> = (event) => {
    if (event.type === "skip") counts.skipped++
    options.onEvent?.(event)
  }
  const lists = createClassLists()
  const made = partialPath(outputDirectory)
  let written = 0
  const write = async (name: string, content: string | Uint8Array) => {
    // Where two files would have one name, none replaces the other.
    writeFileSync(inside(join(made, "annotations"), name), content, { flag: "wx" })
    if (++written % filesAtOnce === 0) await turn()
    signal?.throwIfAborted()
  }

  try {
    mkdirSync(join(made, "annotations"), { recursive: true })
    const input = documents(annotations, { extensions: [".json"] })
    for await (const document of inContext(input, { signal, onEvent })) {
      const content = await document.bytes()
      const file = readAnnotationFile(content, document.path, { onInvalid, onEvent })
      if (file === undefined) continue
      if (!isVideo(file)) {
        lists.add(file)
        await write(document.name, content)
        counts.others++
        continue
      }
      counts.videos++
      let count = 0
      const onSkip = ({ type }: { readonly type: string }, place: string, reason: string) =>
        onEvent({ type: "skip", file: file.path, place, reason: `${type}: ${reason}` })
      for (const { file: picture } of imagesOf(file, onSkip)) {
        lists.add(picture)
        await write(
          `${stemOf(document.name)}/${nameBelow(picture)}`,
          writeAnnotationFile(inOwnFolder(picture)),
        )
        counts.annotations += picture.annotations.length
        count++
      }
      counts.frames += count
      if (count === 0) onEvent(noPicture(file))
    }
    const metadata = join(annotations, metadataEntry)
    if (existsSync(metadata)) copyFileSync(metadata, inside(join(made, "annotations"), metadataEntry))
    lists.write(join(made, "lists"))
    renameSync(made, outputDirectory)
  } catch (error) {
    rmSync(made, { recursive: true, force: true })
    throw signal?.aborted ? signal.reason : error
  }
  return { directory: outputDirectory, ...counts }
}

function isVideo({ item, annotations }: AnnotationFile): boolean {
  return (item.slots ?? []).some((slot) => hasFrames(slot, annotations))
}

/** The path of a file below a folder, whose folders are made. */
function inside(folder: string, name: string): string {
  const path = join(folder, ...name.split("/").map((one) => (one === ".v7" ? one : part(one))))
  mkdirSync(dirname(path), { recursive: true })
  return path
}

/** Where a picture's file stands in the folder of its video: `0000000.json`, or `<slot>/0000000.json`. */
function nameBelow({ item }: AnnotationFile): string {
  const [, ...names] = item.name.split("/")
  return `${stemOf(names.join("/"))}.json`
}

function inOwnFolder(picture: AnnotationFile): AnnotationFile {
  const { item } = picture
  return { ...picture, item: { ...item, path: posix.join("/", item.path, posix.dirname(item.name)) } }
}
