import { mkdirSync, readFileSync, realpathSync } from "node:fs"
import { dirname } from "node:path"
import { type Document, isMap, LineCounter, parseDocument } from "yaml"
import { ConfigError, OptionError } from "../errors.ts"
import { writeFileAtomic } from "../storage/atomic-file.ts"
import {
  apiEndpointOf,
  type ClientConfig,
  defaultBaseUrl,
  defaultDatasetsDirectory,
  expandHome,
  parseBaseUrl,
  type TeamConfig,
} from "./config.ts"

// The file's layout, which the Python SDK shares:
//
//   global:
//     api_endpoint: https://darwin.v7labs.com/api/
//     base_url: https://darwin.v7labs.com
//     default_team: acme
//   teams:
//     acme:
//       api_key: ABCDEFG.0123456789abcdefghijklmnopqrstuv
//       datasets_dir: /data/darwin

/**
 * Reads a configuration file.
 *
 * @throws ConfigError (`config`) naming the file and the key when it is missing, empty or lacks what is needed.
 *
 * @example
 * const { teams } = readConfigFile(defaultConfigPath())
 */
export function readConfigFile(file: string): ClientConfig {
  const text = readText(file)
  if (text === undefined) {
    throw new ConfigError(
      file,
      "does not exist: log in first, by `darwin-streams login` or `darwin authenticate`",
    )
  }
  const document = parse(file, text)
  const root: unknown = document.toJS()
  if (root === null || root === undefined) throw new ConfigError(file, "is empty: teams: is missing")

  const global = mapping(file, root, "global") ?? {}
  const baseUrl =
    address(file, "global/base_url", textAt(file, global, "global", "base_url")) ?? defaultBaseUrl
  const endpoint = address(file, "global/api_endpoint", textAt(file, global, "global", "api_endpoint"))
  const teams = mapping(file, root, "teams")
  if (teams === undefined) throw new ConfigError(file, "teams: is missing")
  return {
    source: file,
    baseUrl,
    apiEndpoint: endpoint === undefined ? apiEndpointOf(baseUrl) : `${endpoint}/`,
    defaultTeam: textAt(file, global, "global", "default_team"),
    teams: new Map(Object.keys(teams).map((slug) => [slug, readTeam(file, teams, slug)])),
    datasetsDirectory: defaultDatasetsDirectory(),
  }
}

/** What a login writes. */
export interface SaveLoginOptions {
  /** Without a `datasetsDirectory` the one that the file has is kept; a team that is new gets `~/.darwin/datasets`. */
  readonly team: Omit<TeamConfig, "datasetsDirectory"> & Partial<Pick<TeamConfig, "datasetsDirectory">>
  readonly baseUrl: string
  /**
   * Whether the team becomes the default one.
   * @default only where it is the file's first team
   */
  readonly asDefault?: boolean
}

/**
 * Puts a team with its key into a configuration file, made where it is missing: atomically, readable by its owner only,
 * and with all comments and other keys of the file kept. Gives what the file now says of the team.
 *
 * @throws ConfigError (`config`) when the file cannot be understood, or holds keys of other teams for another base
 * address: the file has one address for all its teams, and their keys would go to the new one.
 * @throws OptionError (`option`) when the team's slug is empty or holds a slash.
 *
 * @example
 * const team = { slug: "acme", apiKey, datasetsDirectory: "/data/darwin" }
 * saveLogin(defaultConfigPath(), { team, baseUrl: "https://darwin.v7labs.com" })
 */
export function saveLogin(file: string, options: SaveLoginOptions): TeamConfig {
  const { team, baseUrl } = options
  if (team.slug === "" || team.slug.includes("/")) {
    throw new OptionError("team", "must be a slug: not empty, and without a slash")
  }
  const document = parse(file, readText(file) ?? "")
  if (document.contents !== null && !isMap(document.contents)) {
    throw new ConfigError(file, "must be a mapping with the keys global and teams")
  }
  const others = otherTeams(document, team.slug)
  const stored = document.getIn(["global", "base_url"])
  if (others.length > 0 && typeof stored === "string" && stored.replace(/\/+$/, "") !== baseUrl) {
    throw new ConfigError(
      file,
      `global/base_url: is ${stored}, and the keys of ${others.join(", ")} would go to ${baseUrl}: use another file`,
    )
  }
  document.setIn(["global", "api_endpoint"], apiEndpointOf(baseUrl))
  document.setIn(["global", "base_url"], baseUrl)
  if (options.asDefault ?? others.length === 0) document.setIn(["global", "default_team"], team.slug)
  document.setIn(["teams", team.slug, "api_key"], team.apiKey)
  const directory = ["teams", team.slug, "datasets_dir"]
  if (team.datasetsDirectory !== undefined || !document.hasIn(directory)) {
    document.setIn(directory, team.datasetsDirectory ?? defaultDatasetsDirectory())
  }

  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileAtomic(targetOf(file), document.toString(), { mode: 0o600 })
  return { ...team, datasetsDirectory: expandHome(String(document.getIn(directory))) }
}

function otherTeams(document: Document.Parsed, slug: string): string[] {
  const teams: unknown = document.toJS()?.teams
  return typeof teams === "object" && teams !== null ? Object.keys(teams).filter((team) => team !== slug) : []
}

// A file that is a link stays one: what it points to is replaced.
function targetOf(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8")
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined
    throw new ConfigError(file, "cannot be read", { cause })
  }
}

// The parser's own messages quote lines of the file, and so keys: only the place and kind of the fault are told.
function parse(file: string, text: string): Document.Parsed {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false })
  const [fault] = document.errors
  if (fault === undefined) return document
  throw new ConfigError(file, `line ${lineCounter.linePos(fault.pos[0]).line}: is not YAML (${fault.code})`)
}

function readTeam(file: string, teams: Record<string, unknown>, slug: string): TeamConfig {
  const team = mapping(file, teams, slug, "teams/")
  const apiKey = team === undefined ? undefined : textAt(file, team, `teams/${slug}`, "api_key")
  if (team === undefined || apiKey === undefined)
    throw new ConfigError(file, `teams/${slug}/api_key: is missing`)
  const datasetsDirectory = textAt(file, team, `teams/${slug}`, "datasets_dir")
  return {
    slug,
    apiKey,
    datasetsDirectory:
      datasetsDirectory === undefined ? defaultDatasetsDirectory() : expandHome(datasetsDirectory),
  }
}

function mapping(
  file: string,
  holder: unknown,
  key: string,
  under = "",
): Record<string, unknown> | undefined {
  if (typeof holder !== "object" || holder === null || Array.isArray(holder)) {
    throw new ConfigError(file, "must be a mapping with the keys global and teams")
  }
  const value = (holder as Record<string, unknown>)[key]
  if (value === undefined || value === null) return undefined
  if (typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>
  throw new ConfigError(file, `${under}${key}: must be a mapping`)
}

// The Python SDK writes every value as a string; people who write the file by hand may not.
function textAt(
  file: string,
  holder: Record<string, unknown>,
  under: string,
  key: string,
): string | undefined {
  const value = holder[key]
  if (value === undefined || value === null) return undefined
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return String(value)
  throw new ConfigError(file, `${under}/${key}: must be a text`)
}

function address(file: string, place: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  try {
    return parseBaseUrl(text, place)
  } catch (cause) {
    throw new ConfigError(file, `${place}: must be an http or https address`, { cause })
  }
}
