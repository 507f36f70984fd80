import { once } from "node:events"
import { homedir } from "node:os"
import { join, resolve } from "node:path"
import { wholeNumber } from "../arguments.ts"
import type { Perform, Program } from "../run.ts"
import { summary } from "../text.ts"
import { UsageError } from "../told-error.ts"

/** `serve`: the embedded Darwin server, until it is interrupted. */
export function addServe(program: Program, perform: Perform): void {
  program
    .command("serve")
    .description("run an embedded Darwin server for development, tests and demos, until interrupted")
    .option("--demo", "begin with a small dataset of drawn street scenes")
    .option("--port <n>", "the port to listen on; 0 for any that is free", wholeNumber(0, 65_535), 8700)
    .option("--host <address>", "the address to listen on", "127.0.0.1")
    .option(
      "--data <dir>",
      "where it keeps all it knows (default: ~/.darwin/server; with --demo ~/.darwin/demo-server)",
    )
    .option("--fault <spec>", "let answers go wrong: <fault>[@api|@zip|@files]:<share>, several with commas")
    .option("--fault-seed <n>", "which requests are struck (default: 1)", wholeNumber(0))
    .addHelpText(
      "after",
      `
Prints its URL and an API key, then serves until SIGINT or SIGTERM; ending so counts as done (0).

Examples:
  darwin-streams serve --demo
  darwin-streams serve --port 0 --data /tmp/darwin --json
  darwin-streams serve --demo --fault reset:0.1,stall-body@files:0.02,503:0.1 --fault-seed 7

docs/faults.md names all faults.`,
    )
    .action(({ demo = false, port, host, data, fault, faultSeed: seed }) =>
      perform(async (run) => {
        const { parseFaults, startServer } = await import("../../server/index.ts")
        const faults = fault === undefined ? undefined : { rules: rulesOf(fault, parseFaults), seed }
        const dataDirectory = resolve(data ?? join(homedir(), ".darwin", demo ? "demo-server" : "server"))
        const server = await startServer({
          dataDirectory,
          port,
          host,
          demo,
          faults,
        })
        try {
          const { url, apiKey, team } = server
          run.say(
            { type: "listening", url, apiKey, team, dataDirectory },
            summary("darwin-streams server is listening; stop it with Ctrl-C", [
              ["URL", url],
              ["API key", apiKey],
              ["team", team],
              ["data", dataDirectory],
            ]),
          )
          if (!run.signal.aborted) await once(run.signal, "abort")
        } finally {
          await server.close()
        }
        return { report: { command: "serve" }, text: "" }
      }),
    )
}

function rulesOf<Rule>(spec: string, parse: (spec: string) => Rule[]): Rule[] {
  try {
    return parse(spec)
  } catch (error) {
    throw new UsageError(`--fault ${error instanceof Error ? error.message : error}`)
  }
}
