import { rmSync } from "node:fs"
import { resolve } from "node:path"
import type { DatasetHandle } from "../api/session.ts"
import { messageOf, OptionError, PathError } from "../errors.ts"
import type { RunEvent } from "../events.ts"
import { pipeline } from "../pipeline.ts"
import { folderPath } from "../sinks/push/folder-path.ts"
import { mergeFiles } from "../sinks/push/merge-files.ts"
import type { PushFile } from "../sinks/push/push-file.ts"
import { type PushToOptions, pushTo } from "../sinks/push/push-to.ts"
import { type PushProblem, type PushReport, withFound } from "../sinks/push/report.ts"
import { lookAt, type MediaInput, mediaFiles } from "../sources/media-files.ts"
import { type ItemMergeMode, mediaFolders } from "../sources/media-folders.ts"
import { openJournal } from "../storage/journal.ts"
import { type Context, inContext, type Source, source } from "../stream.ts"

/** What is pushed, and how. */
export interface PushDatasetOptions extends PushToOptions, Context {
  /**
   * The folder in the dataset that everything goes to, such as `/street`.
   * @default "/"
   */
  readonly path?: string | undefined
  /**
   * Whether the folders below a directory, or below where a pattern begins, become folders in the dataset.
   * @default false
   */
  readonly preserveFolders?: boolean | undefined
  /**
   * Frames per second to take from videos.
   * @default their own
   */
  readonly fps?: number | "native" | undefined
  /**
   * Whether videos become single frames.
   * @default false
   */
  readonly asFrames?: boolean | undefined
  /**
   * Whether the views of volumes become slots.
   * @default false
   */
  readonly extractViews?: boolean | undefined
  /**
   * Makes one item of the files of each directory; the item is called as the directory. `"slots"`: each file is a slot.
   * `"series"`: the DICOM files are one series. `"channels"`: up to 16 images are channels of one view.
   * @default each file is an item
   */
  readonly itemMergeMode?: ItemMergeMode | undefined
  /** Paths of files that are left out. */
  readonly filesToExclude?: readonly string[] | undefined
  /**
   * A file that notes what was registered and confirmed, so that a run that was killed goes on where it stood. It is
   * removed when nothing is open any more, unless it was named here.
   * @default `<first input>.push-journal`; none, with a `warning` event, where that cannot be written
   */
  readonly journal?: string | false | undefined
}

/** Pushes files, directories and patterns into a dataset. */
export async function pushDataset(
  dataset: DatasetHandle,
  files: string | readonly string[],
  options: PushDatasetOptions,
): Promise<PushReport> {
  const inputs = typeof files === "string" ? [files] : files
  check(inputs, options)
  const { concurrency, handleAsSlices, signal, onEvent } = options
  const known = await lookAt(inputs)
  const journal = options.journal === undefined ? defaultJournal(known[0], options) : options.journal
  try {
    const found = { files: 0, skipped: 0, failed: 0, problems: [] as PushProblem[] }
    // Patterns and directories are gone through while their files are sent: nobody knows how many there will be.
    const isCounted = known.every(({ kind }) => kind === "file" || (options.itemMergeMode && kind !== "glob"))
    onEvent?.({ type: "start", task: "push", ...(isCounted && { total: inputs.length }) })
    const sink = pushTo(dataset, { concurrency, handleAsSlices, journal })
    const report = await pipeline(counted(toPush(inputs, options, found), found), sink, { signal, onEvent })
    if (found.files === 0 && found.failed === 0) {
      throw new PathError(inputs.join(", "), "there is no file that Darwin takes")
    }
    onEvent?.({ type: "end", task: "push" })
    return withFound(report, found)
  } finally {
    if (options.journal === undefined && journal !== false) removeEmpty(journal)
  }
}

const mergeModes: readonly string[] = ["slots", "series", "channels"] satisfies ItemMergeMode[]
const singleOptions = ["preserveFolders", "asFrames", "extractViews"] as const

function check(inputs: readonly string[], options: PushDatasetOptions): void {
  const { itemMergeMode: mode, path = "/", fps, journal } = options
  if (inputs.length === 0) throw new OptionError("files", "must name one file, directory or pattern, or more")
  if (mode !== undefined) {
    if (!mergeModes.includes(mode)) {
      throw new OptionError("itemMergeMode", `must be one of ${mergeModes.join(", ")}`)
    }
    for (const option of singleOptions) {
      if (options[option]) throw new OptionError(option, "does not go together with itemMergeMode")
    }
  }
  if (fps !== undefined && fps !== "native" && !(Number.isFinite(fps) && fps > 0)) {
    throw new OptionError("fps", 'must be a number above 0, or "native"')
  }
  if (journal === "") throw new OptionError("journal", "must be a path, or false")
  folderPath(path)
}

/** What was come upon before the sink. */
interface Found {
  files: number
  skipped: number
  failed: number
  readonly problems: PushProblem[]
}

const maxProblems = 1_000

/** Counts what a stream gives and what it leaves out. */
function counted(files: Source<PushFile>, found: Found): Source<PushFile> {
  return source(async function* ({ signal, onEvent }) {
    const tell = (event: RunEvent) => {
      if (event.type === "skip") {
        found.skipped++
        note(found, { kind: "skipped", file: event.file, reason: event.reason })
      }
      onEvent?.(event)
    }
    for await (const file of inContext(files, { signal, onEvent: tell })) {
      found.files++
      yield file
    }
  })
}

function note({ problems }: Found, problem: PushProblem): void {
  if (problems.length < maxProblems) problems.push(problem)
}

function toPush(inputs: readonly string[], options: PushDatasetOptions, found: Found): Source<PushFile> {
  const { path: root = "/", preserveFolders, fps, asFrames, extractViews, itemMergeMode: mode } = options
  return source(async function* (context) {
    if (mode === undefined) {
      for await (const { path, folder } of inContext(mediaFiles(inputs, options), context)) {
        yield { path, folder: preserveFolders ? `${root}/${folder}` : root, fps, asFrames, extractViews }
      }
      return
    }
    for await (const files of inContext(mediaFolders(inputs, mode, options), context)) {
      try {
        yield { ...(await mergeFiles(files, mode, fps)), folder: root }
      } catch (error) {
        found.failed++
        note(found, { kind: "failed", file: files.name, stage: "register", reason: messageOf(error) })
        context.onEvent?.({ type: "fail", file: files.name, error })
      }
    }
  })
}

/** Beside the first input, where the next run with the same inputs looks for it. */
function defaultJournal(input: MediaInput | undefined, { onEvent }: Context): string | false {
  const path = `${resolve(input?.kind === "glob" ? input.glob.base : (input?.path ?? "."))}.push-journal`
  try {
    openJournal(path).close()
    return path
  } catch (error) {
    const message = `${path} cannot be written, so this push leaves no notes to go on by: ${messageOf(error)}`
    onEvent?.({ type: "warning", message })
    return false
  }
}

function removeEmpty(path: string): void {
  const journal = openJournal(path)
  const isEmpty = journal.isEmpty()
  journal.close()
  if (!isEmpty) return
  for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true })
}
