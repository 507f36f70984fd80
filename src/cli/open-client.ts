import { existsSync } from "node:fs"
import type { Client } from "../index.ts"
import type { Run } from "./run.ts"

/**
 * Runs work with a client. A team that the configuration file has a login of is asked for with that; all others with
 * `DARWIN_API_KEY` where it is set, else by the file. A file for another service than `DARWIN_BASE_URL` names counts
 * as having no login: its keys are not meant for that one.
 */
export async function withClient<T>(
  team: string | undefined,
  run: Run,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await openClient(team, run)
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

async function openClient(team: string | undefined, { signal, onEvent }: Run): Promise<Client> {
  const { Client, defaultConfigPath, readEnvironment } = await import("../index.ts")
  const { apiKey, baseUrl } = readEnvironment()
  if (apiKey === undefined) return Client.local()
  if (team !== undefined && existsSync(defaultConfigPath())) {
    const local = Client.local()
    const sameService = !process.env.DARWIN_BASE_URL || local.baseUrl === baseUrl
    if (sameService && local.teams.includes(team)) return local
    await local.close()
  }
  return Client.fromApiKey(apiKey, { signal, onEvent })
}
