import { resolve } from "node:path"
import type { Perform, Program, Run } from "../run.ts"
import { promptSecret } from "../secret-prompt.ts"
import { summary } from "../text.ts"
import { UsageError } from "../told-error.ts"

/** `login`: checks an API key and keeps it. */
export function addLogin(program: Program, perform: Perform): void {
  program
    .command("login")
    .description("check an API key and keep it in ~/.darwin/config.yaml")
    .option("--api-key <key>", "the key (default: DARWIN_API_KEY, else asked for on the terminal)")
    .option("--base-url <url>", "the service (default: DARWIN_BASE_URL, else https://darwin.v7labs.com)")
    .option(
      "--datasets-dir <dir>",
      "where datasets are kept (default: DARWIN_DATASETS_DIR, else ~/.darwin/datasets)",
    )
    .option("--default", "make the key's team the default one")
    .addHelpText(
      "after",
      `
Examples:
  darwin-streams login
  darwin-streams login --base-url http://127.0.0.1:8700 --default`,
    )
    .action((options) =>
      perform(async (run) => {
        const { Client, defaultConfigPath, readEnvironment, saveLogin } = await import("../../index.ts")
        const environment = readEnvironment()
        const apiKey = (options.apiKey ?? environment.apiKey ?? (await askForKey(run))).trim()
        const client = await Client.fromApiKey(apiKey, {
          ...run,
          ...(options.baseUrl !== undefined && { baseUrl: options.baseUrl }),
        })
        await client.close()
        const { baseUrl, defaultTeam: slug = "" } = client

        const file = defaultConfigPath()
        const datasets = options.datasetsDir ?? environment.datasetsDirectory
        const asDefault = options.default ?? (environment.team === slug || undefined)
        const { datasetsDirectory } = saveLogin(file, {
          team: { slug, apiKey, ...(datasets !== undefined && { datasetsDirectory: resolve(datasets) }) },
          baseUrl,
          ...(asDefault !== undefined && { asDefault }),
        })
        return {
          report: {
            command: "login",
            team: slug,
            baseUrl,
            datasetsDirectory,
            configFile: file,
          },
          text: summary(`logged in to ${baseUrl} as team ${slug}`, [
            ["datasets", datasetsDirectory],
            ["saved in", file],
          ]),
        }
      }),
    )
}

async function askForKey({ signal }: Run): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new UsageError("no API key: give --api-key or DARWIN_API_KEY, or log in on a terminal")
  }
  const key = await promptSecret("API key (not shown): ", signal)
  if (key === undefined || key.trim() === "") throw new UsageError("no API key given")
  return key
}
