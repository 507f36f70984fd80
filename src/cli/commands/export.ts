import { setTimeout } from "node:timers/promises"
import type { RemoteDataset } from "../../index.ts"
import { repeated, wholeNumber } from "../arguments.ts"
import { exitCodes } from "../exit-codes.ts"
import { withClient } from "../open-client.ts"
import type { Perform, Program, Run } from "../run.ts"

/** `export`: has the service make a release. */
export function addExport(program: Program, perform: Perform): void {
  program
    .command("export")
    .description("ask the service for a new release of a dataset, of its completed items")
    .argument("<dataset>", "as team/dataset")
    .argument("<name>", "the name of the release")
    .option(
      "--class-id <id>",
      "only annotations of this class; may be given several times",
      repeated(wholeNumber(0)),
    )
    .option(
      "--include-url-token",
      "put tokens into the addresses of images, so that they are fetched without a key",
    )
    .option("--include-authorship", "tell who annotated and who reviewed")
    .option("--wait", "wait until the release can be pulled, or has failed")
    .addHelpText(
      "after",
      `
Examples:
  darwin-streams export acme/street-signs v3 --wait
  darwin-streams export acme/street-signs signs-only --class-id 41 --class-id 42`,
    )
    .action(
      (identifier, name, { classId, includeUrlToken = false, includeAuthorship = false, wait = false }) =>
        perform(async (run) => {
          const { parseIdentifier } = await import("../../index.ts")
          return withClient(parseIdentifier(identifier).team, run, async (client) => {
            const dataset = await client.getRemoteDataset(identifier, run)
            await dataset.export(name, {
              ...run,
              includeUrlToken,
              includeAuthorship,
              ...(classId !== undefined && { annotationClassIds: classId }),
            })
            const status = wait ? await finalStatus(dataset, name, run) : "pending"
            const release = `${dataset.team}/${dataset.slug}:${name}`
            const texts: Record<string, string> = {
              pending: `${release} is being made; \`darwin-streams releases ${dataset.team}/${dataset.slug}\` lists it when it is ready`,
              complete: `${release} is ready`,
            }
            return {
              report: { command: "export", identifier: release, name, status },
              text: texts[status] ?? `${release}: the service reports the status ${status}`,
              exitCode: status in texts ? exitCodes.done : exitCodes.failed,
            }
          })
        }),
    )
}

const firstDelayMs = 250
const maxDelayMs = 5_000

/** Asks for a release, less and less often, until it is `complete` and there, or anything but pending. */
async function finalStatus(dataset: RemoteDataset, name: string, run: Run): Promise<string> {
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, maxDelayMs)) {
    const releases = await dataset.getReleases({ ...run, includeUnavailable: true })
    const release = releases.find((one) => one.name === name)
    if (release?.available) return "complete"
    if (release !== undefined && release.status !== "pending" && release.status !== "complete")
      return release.status
    await setTimeout(delayMs, undefined, { signal: run.signal })
  }
}
