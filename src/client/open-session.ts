import type { Session } from "../api/session.ts"
import { ConfigError } from "../errors.ts"
import type { Http } from "../http/index.ts"
import type { ClientConfig } from "./config.ts"

/**
 * The session of one team.
 *
 * @throws ConfigError (`config`) when no team is named and there is no default one.
 */
export function openSession(http: Http, config: ClientConfig, named: string | undefined): Session {
  const slug = named ?? defaultTeamOf(config)
  if (slug === undefined) {
    const teams = [...config.teams.keys()].join(", ")
    throw new ConfigError(
      config.source,
      teams === ""
        ? "holds no team: name one, as in team/dataset"
        : `global/default_team: is missing, name one of the teams ${teams}`,
    )
  }
  const team = config.teams.get(slug)
  const apiKey = team?.apiKey ?? ""
  return {
    http,
    apiEndpoint: config.apiEndpoint,
    team: slug,
    credentials: apiKey === "" ? undefined : { origin: new URL(config.apiEndpoint).origin, apiKey },
    datasetsDirectory: team?.datasetsDirectory ?? config.datasetsDirectory,
  }
}

/** The team that calls are made for which name none: the one set as default, or the only one. */
export function defaultTeamOf({ defaultTeam, teams }: ClientConfig): string | undefined {
  return defaultTeam ?? (teams.size === 1 ? teams.keys().next().value : undefined)
}
