import { Option } from "@commander-js/extra-typings"
import type { ClassPolicy, HeldItem, ImportAnnotationsReport, MissingDefinition } from "../../index.ts"
import { assignment, wholeNumber } from "../arguments.ts"
import { confirm } from "../confirm.ts"
import { exitCodes } from "../exit-codes.ts"
import { loadFormatArgument } from "../format-argument.ts"
import { counted, formatCount, listCounts } from "../numbers.ts"
import { withClient } from "../open-client.ts"
import type { Perform, Program, Run } from "../run.ts"
import { summary } from "../text.ts"

/** `import`: annotation files into the items of a dataset. */
export function addImport(program: Program, perform: Perform): void {
  program
    .command("import")
    .description("import annotation files into the items of a dataset")
    .argument("<dataset>", "as team/dataset")
    .argument(
      "<format>",
      "the format of the files: one that `darwin-streams formats` lists, or a module with one",
    )
    .argument("<files...>", "files, directories and zip archives")
    .option("--append", "add to the annotations that items hold")
    .addOption(new Option("--overwrite", "replace what items hold").conflicts("append"))
    .addOption(
      new Option("--delete-for-empty", "empty the items of files without annotations").conflicts("append"),
    )
    .option("--import-annotators", "say who drew the annotations")
    .option("--import-reviewers", "say who reviewed the annotations")
    .addOption(
      new Option(
        "--classes <policy>",
        "for classes and properties that are missing: create them, add those of the team to the dataset, or fail the files that need them (default: ask on a terminal, else fail)",
      ).choices(["create", "add", "fail"] as const),
    )
    .option("--concurrency <n>", "items worked on at a time (default: 16)", wholeNumber(1, 1024))
    .option("--dry-run", "change nothing, print what would be done")
    .option("--fail-fast", "end with the first file that fails")
    .option("--journal <file>", "where to note what is done (default: beside the first input)")
    .option("--no-journal", "note nothing: a run after a crash asks for every item")
    .option("--read-option <name=value>", "an option of the format; may be repeated", assignment)
    .option("--skip-invalid", "leave out what breaks the rules of the format, and go on, in place of failing")
    .option("--strict", "exit with 3 when anything was left out")
    .addHelpText(
      "after",
      `
Without --append and --overwrite items that hold annotations are left as they are: on a terminal you are asked.

Examples:
  darwin-streams import acme/street-signs darwin annotations/ --append
  darwin-streams import acme/street-signs coco instances.json --append --classes create
  darwin-streams import acme/street-signs coco instances.json --overwrite --dry-run --json`,
    )
    .action((identifier, formatArgument, files, options) =>
      perform(async (run) => {
        const { importAnnotations, parseIdentifier } = await import("../../index.ts")
        const { team } = parseIdentifier(identifier)
        const format = await loadFormatArgument("<format>", formatArgument)
        const { concurrency, journal, readOption, strict = false } = options
        const report = await withClient(team, run, async (client) => {
          const dataset = await client.getRemoteDataset(identifier, run)
          return importAnnotations(dataset, format, files, {
            ...run,
            append: options.append ?? false,
            overwrite: options.overwrite ?? (options.append || !isTerminal() ? false : askToReplace(run)),
            deleteForEmpty: options.deleteForEmpty ?? false,
            importAnnotators: options.importAnnotators ?? false,
            importReviewers: options.importReviewers ?? false,
            classPolicy: options.classes ?? (isTerminal() ? askToGive(run) : "fail"),
            dryRun: options.dryRun ?? false,
            failFast: options.failFast ?? false,
            onInvalid: options.skipInvalid ? "skip" : "throw",
            ...(concurrency !== undefined && { concurrency }),
            ...(journal === false ? { journal } : typeof journal === "string" && { journal }),
            ...(readOption !== undefined && { reading: readOption }),
          })
        })
        const { items, annotations, details, invalid } = report
        const failed = items.failed + items.missing + items.refused
        const skipped = annotations.skipped + details + invalid
        return {
          report: { command: "import", format: format.id, ...report },
          text: textOf(report),
          exitCode: failed > 0 ? exitCodes.failed : strict && skipped > 0 ? exitCodes.skips : exitCodes.done,
        }
      }),
    )
}

function isTerminal(): boolean {
  return process.stdin.isTTY === true
}

function askToReplace({ signal }: Run): (held: HeldItem) => Promise<boolean> {
  return ({ item, annotations }) => {
    const path = `${item.path === "/" ? "" : item.path}/${item.name}`
    return confirm(`${path} holds ${counted(annotations, "annotation")}. Replace them?`, signal)
  }
}

function askToGive({ signal }: Run): ClassPolicy {
  return (missing) => confirm(`${missing.map(nameOf).join("\n")}\nGive the dataset these?`, signal)
}

function nameOf(missing: MissingDefinition): string {
  const verb = missing.action === "create" ? "make" : "switch on"
  if (missing.kind === "class") return `${verb} class ${JSON.stringify(missing.name)} of type ${missing.type}`
  const of = missing.of === undefined ? "of items" : `of class ${JSON.stringify(missing.of)}`
  if (missing.kind === "property") return `${verb} property ${JSON.stringify(missing.name)} ${of}`
  return `${verb} value ${JSON.stringify(missing.value)} of property ${JSON.stringify(missing.name)} ${of}`
}

function textOf(report: ImportAnnotationsReport): string {
  const { dataset, dryRun, items, annotations, types, details, invalid, given, replaced } = report
  const would = dryRun ? "would be " : ""
  const byType = Object.entries(types).map(([type, count]) => `${formatCount(count)} ${type}`)
  return summary(dryRun ? `would import into ${dataset}` : `imported into ${dataset}`, [
    [
      "items",
      listCounts(
        [items.imported, `${would}imported`],
        [items.unchanged, "unchanged"],
        [items.empty, "without annotations"],
        [items.missing, "not in the dataset"],
        [items.refused, "hold annotations, left as they are"],
        [items.failed, "failed"],
      ),
    ],
    [
      "annotations",
      listCounts(
        [annotations.sent, `${would}sent`],
        [annotations.present, "there before"],
        [annotations.skipped, "left out"],
        [annotations.failed, "of items that failed"],
      ),
    ],
    ...(byType.length > 0 ? [["types", byType.join(", ")] as const] : []),
    ...(replaced.items > 0
      ? [
          [
            "replaced",
            `${counted(replaced.annotations, "annotation")} of ${counted(replaced.items, "item")}`,
          ] as const,
        ]
      : []),
    ...given.map((one) => ["definitions", nameOf(one)] as const),
    ...(details > 0 ? [["left out", counted(details, "detail")] as const] : []),
    ...(invalid > 0 ? [["left out", counted(invalid, "invalid record")] as const] : []),
  ])
}
