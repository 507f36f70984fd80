import { homedir } from "node:os"
import { join } from "node:path"
import { OptionError } from "../errors.ts"

/** One team that the configuration knows. */
export interface TeamConfig {
  readonly slug: string
  /** Empty for a team of which only open datasets are read. */
  readonly apiKey: string
  /** Where its datasets are pulled to. */
  readonly datasetsDirectory: string
}

/** Where the API is and who uses it: the configuration file, or what stands for it in memory. */
export interface ClientConfig {
  /** The file it comes from, or words that say where else; for messages. */
  readonly source: string
  /** Without a trailing slash. */
  readonly baseUrl: string
  /** With a trailing slash. */
  readonly apiEndpoint: string
  readonly defaultTeam: string | undefined
  readonly teams: ReadonlyMap<string, TeamConfig>
  /** Where datasets of a team are pulled to that the configuration does not know. */
  readonly datasetsDirectory: string
}

/** The service of V7. */
export const defaultBaseUrl = "https://darwin.v7labs.com"

/** `~/.darwin/config.yaml`, which the Python SDK reads and writes too. */
export function defaultConfigPath(): string {
  return join(homedir(), ".darwin", "config.yaml")
}

/** `~/.darwin/datasets`, as in the Python SDK. */
export function defaultDatasetsDirectory(): string {
  return join(homedir(), ".darwin", "datasets")
}

/** A path with a leading `~` replaced by the home directory: the Python SDK stores it as it was typed. */
export function expandHome(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path
}

/**
 * An address without a trailing slash, query and fragment.
 *
 * @throws OptionError (`option`) naming `option` when it is not an http or https address.
 */
export function parseBaseUrl(text: string, option: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new OptionError(option, "must be an absolute http or https address")
  }
  return (url.origin + url.pathname).replace(/\/+$/, "")
}

/** Where the API of a base address is. */
export function apiEndpointOf(baseUrl: string): string {
  return `${baseUrl}/api/`
}
