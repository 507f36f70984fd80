import { OptionError } from "../errors.ts"
import type { HttpOptions } from "../http/index.ts"
import { defaultBaseUrl, expandHome, parseBaseUrl } from "./config.ts"

/** What the environment's variables say; the names are those of the Python SDK. */
export interface DarwinEnvironment {
  /** `DARWIN_BASE_URL`, without a trailing slash; that of V7 where it is not set. A configuration file overrules it. */
  readonly baseUrl: string
  /** `DARWIN_API_KEY`. */
  readonly apiKey: string | undefined
  /** `DARWIN_TEAM`: the default team of a login. */
  readonly team: string | undefined
  /** `DARWIN_DATASETS_DIR`. */
  readonly datasetsDirectory: string | undefined
  /** `DARWIN_RETRY_INITIAL_WAIT`, `DARWIN_RETRY_MAX_WAIT` (seconds) and `DARWIN_RETRY_MAX_ATTEMPTS`. */
  readonly retry: Pick<HttpOptions, "initialRetryDelayMs" | "maxRetryDelayMs" | "maxAttempts">
  /** `DARWIN_DOWNLOAD_FILES_CONCURRENCY`. */
  readonly downloadConcurrency: number | undefined
}

/**
 * Reads the variables that this library knows. One that is set to nothing counts as not set.
 *
 * @throws OptionError (`option`) naming the variable when its value is out of its range.
 *
 * @example
 * const { apiKey } = readEnvironment()
 * const client = apiKey === undefined ? Client.local() : await Client.fromApiKey(apiKey)
 */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): DarwinEnvironment {
  const text = (name: string) => (variables[name] === "" ? undefined : variables[name])
  const number = (name: string, least: number) => {
    const value = text(name)
    if (value === undefined) return undefined
    if (/^\d+(\.\d+)?$/.test(value) && Number(value) >= least) return Number(value)
    throw new OptionError(name, `must be a number, ${least} or more`)
  }
  const datasetsDirectory = text("DARWIN_DATASETS_DIR")
  const initialWait = number("DARWIN_RETRY_INITIAL_WAIT", 0)
  const maxWait = number("DARWIN_RETRY_MAX_WAIT", 0)
  const maxAttempts = number("DARWIN_RETRY_MAX_ATTEMPTS", 1)
  return {
    baseUrl: parseBaseUrl(text("DARWIN_BASE_URL") ?? defaultBaseUrl, "DARWIN_BASE_URL"),
    apiKey: text("DARWIN_API_KEY"),
    team: text("DARWIN_TEAM"),
    datasetsDirectory: datasetsDirectory === undefined ? undefined : expandHome(datasetsDirectory),
    retry: {
      ...(initialWait !== undefined && { initialRetryDelayMs: initialWait * 1000 }),
      ...(maxWait !== undefined && { maxRetryDelayMs: maxWait * 1000 }),
      ...(maxAttempts !== undefined && { maxAttempts }),
    },
    downloadConcurrency: number("DARWIN_DOWNLOAD_FILES_CONCURRENCY", 1),
  }
}
