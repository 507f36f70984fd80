import { createRequire } from "node:module"
import { Command, Option } from "@commander-js/extra-typings"
import { addConvert } from "./commands/convert.ts"
import { addDatasets } from "./commands/datasets.ts"
import { addExport } from "./commands/export.ts"
import { addFormats } from "./commands/formats.ts"
import { addImport } from "./commands/import.ts"
import { addItems } from "./commands/items.ts"
import { addLogin } from "./commands/login.ts"
import { addPull } from "./commands/pull.ts"
import { addPush } from "./commands/push.ts"
import { addReleases } from "./commands/releases.ts"
import { addServe } from "./commands/serve.ts"
import { addSplit } from "./commands/split.ts"
import { addSplitVideos } from "./commands/split-videos.ts"
import { addVerify } from "./commands/verify.ts"
import type { Perform, Program } from "./run.ts"

const { version } = createRequire(import.meta.url)("../../package.json") as { readonly version: string }

/** The whole command line. Usage errors are thrown as CommanderErrors, and printed by who catches them. */
export function createProgram(perform: Perform): Program {
  const program = new Command("darwin-streams")
    .description("Pulls releases of V7 Darwin datasets as streams, and converts annotation files.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print the help of the program or of a command")
    .option("--json", "print events and a final report on stdout, one JSON object a line")
    .addOption(
      new Option(
        "--log-format <format>",
        "of stderr: text for people (default), or one JSON object a line",
      ).choices(["text", "json"] as const),
    )
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .addHelpText(
      "after",
      `
Examples:
  darwin-streams serve --demo
  darwin-streams login --base-url http://127.0.0.1:8700
  darwin-streams pull acme/street-signs
  darwin-streams push acme/street-signs photos/
  darwin-streams convert coco coco/ ~/.darwin/datasets/acme/street-signs/releases/latest/annotations

Environment:
  DARWIN_API_KEY, DARWIN_BASE_URL  whom to ask, for teams without a login
  DARWIN_TEAM, DARWIN_DATASETS_DIR for \`login\`: the default team, where datasets are kept
  DARWIN_RETRY_INITIAL_WAIT, DARWIN_RETRY_MAX_WAIT (seconds), DARWIN_RETRY_MAX_ATTEMPTS
  DARWIN_DOWNLOAD_FILES_CONCURRENCY`,
    )
    .addHelpText(
      "afterAll",
      `
Exit codes: 0 all done, 1 failed, 2 wrong usage, 3 done with skips under --strict, 130 interrupted.`,
    )
  for (const add of [
    addServe,
    addLogin,
    addDatasets,
    addReleases,
    addItems,
    addExport,
    addPull,
    addVerify,
    addSplit,
    addImport,
    addPush,
    addConvert,
    addSplitVideos,
    addFormats,
  ]) {
    add(program, perform)
  }
  return program
}
