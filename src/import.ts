import { accessSync, constants } from "node:fs"
import { dirname, resolve } from "node:path"
import type { DatasetHandle } from "./api/session.ts"
import type { Format, ReadOptions } from "./formats/format.ts"
import { type FormatId, loadFormat } from "./formats/registry.ts"
import type { AnnotationFile } from "./model/annotation-file.ts"
import { pipeline } from "./pipeline.ts"
import type { ImportOptions } from "./sinks/import/import-options.ts"
import { importTo } from "./sinks/import/import-to.ts"
import type { ImportReport } from "./sinks/import/report.ts"
import { parse } from "./sources/parse.ts"
import { definitionsBeside, type PropertyDefinition } from "./storage/property-definitions.ts"
import { type Context, inContext, source, type Transform } from "./stream.ts"

/** How annotation files are imported. */
export interface ImportAnnotationsOptions
  extends Omit<ImportOptions, "journal">,
    Pick<ReadOptions, "onInvalid">,
    Context {
  /**
   * Where it is noted what the service has confirmed, for a run that is repeated after a crash; `false` for nowhere.
   * @default the first input with `.import-journal` behind its name; a `warning` event where that cannot be written
   */
  readonly journal?: string | false
  /** What happens between reading and sending, such as `filter(…)`, in this order. */
  readonly transforms?: readonly Transform<AnnotationFile>[]
  /** Options of the format, such as `{ coordinates: "devkit" }`. */
  readonly reading?: Readonly<Record<string, unknown>>
}

/** What an import did: the sink's report, and what could not be read. */
export interface ImportAnnotationsReport extends ImportReport {
  /** How much was left out before the sink, as by breaking a rule of its format; each was told as a `skip` event. */
  readonly invalid: number
}

/**
 * Imports annotation files of any format into the items of a dataset: `importTo` fed by `parse`. Properties that the team lacks
 * are made by the definitions of the `.v7/metadata.json` beside the files, where the policy allows it.
 *
 * @throws OptionError (`option`) for options that contradict one another or an unknown format; UnsupportedError
 *   (`unsupported`) for a format that is only written; FormatError (`format`) for input that breaks the rules of its format,
 *   unless `onInvalid` is `"skip"`.
 *
 * @example
 * const dataset = await client.getRemoteDataset("acme/street-signs")
 * const report = await importAnnotations(dataset, "coco", ["instances.json"], { append: true, classPolicy: "create" })
 * console.log(report.items, report.annotations)
 */
export async function importAnnotations(
  dataset: DatasetHandle,
  format: FormatId | Format,
  filePaths: string | readonly string[],
  options: ImportAnnotationsOptions = {},
): Promise<ImportAnnotationsReport> {
  const {
    signal,
    onEvent,
    onInvalid = "throw",
    transforms = [],
    reading = {},
    journal,
    ...importing
  } = options
  const context: Context = { signal, onEvent }
  const { id } = await loadFormat(format)
  const [first] = [filePaths].flat()
  const kept = journal ?? (first === undefined || importing.dryRun ? false : journalBeside(first, context))
  const sink = importTo(dataset, {
    definitionsOf: id === "darwin" ? createDefinitions() : () => [],
    ...importing,
    ...(kept !== false && { journal: kept }),
  })
  let invalid = 0
  const before: Context = {
    signal,
    onEvent: (event) => {
      if (event.type === "skip") invalid++
      onEvent?.(event)
    },
  }
  const files = source(async function* () {
    const read = inContext(parse(format, filePaths, { onInvalid, ...reading }), before)
    yield* transforms.reduce<AsyncIterable<AnnotationFile>>(
      (stream, transform) => transform(stream, before),
      read,
    )
  })
  onEvent?.({ type: "start", task: "import" })
  const report = await pipeline(files, sink, context)
  onEvent?.({ type: "end", task: "import" })
  return { ...report, invalid }
}

function journalBeside(input: string, { onEvent }: Context): string | false {
  const path = `${resolve(input)}.import-journal`
  try {
    accessSync(dirname(path), constants.W_OK)
    return path
  } catch {
    const message = `no journal is kept: ${dirname(path)} cannot be written; a run after a crash asks for every item`
    onEvent?.({ type: "warning", message })
    return false
  }
}

/** The definitions beside files, of which those of one folder come together: the last ones are kept. */
function createDefinitions(): (file: AnnotationFile) => Promise<readonly PropertyDefinition[]> {
  let folder: string | undefined
  let definitions: Promise<readonly PropertyDefinition[]> = Promise.resolve([])
  return ({ path }) => {
    if (dirname(path) !== folder) {
      folder = dirname(path)
      definitions = definitionsBeside(path)
    }
    return definitions
  }
}
