import { createDataset, fetchOpenDataset, listDatasets } from "../api/datasets.ts"
import type { Session } from "../api/session.ts"
import { fetchTeamOfKey } from "../api/users.ts"
import { ConfigError, OptionError } from "../errors.ts"
import { createHttp, type Http, type HttpOptions } from "../http/index.ts"
import type { Context } from "../stream.ts"
import {
  apiEndpointOf,
  type ClientConfig,
  defaultConfigPath,
  defaultDatasetsDirectory,
  expandHome,
  parseBaseUrl,
} from "./config.ts"
import { readConfigFile } from "./config-file.ts"
import { readEnvironment } from "./environment.ts"
import { parseIdentifier } from "./identifier.ts"
import { nothingOfThatName } from "./nothing-of-that-name.ts"
import { defaultTeamOf, openSession } from "./open-session.ts"
import { RemoteDataset } from "./remote-dataset.ts"

/** How a client that reads a configuration file is made. */
export interface ClientOptions {
  /**
   * The slug of the team that calls are made for which name none.
   * @default that of the file
   */
  readonly team?: string
  /**
   * How requests are made; wins over the `DARWIN_RETRY_…` variables.
   * @default those of `createHttp`
   */
  readonly http?: HttpOptions
}

/** How a client without a configuration file is made. */
export interface DirectClientOptions {
  /**
   * The address of the service, without `/api`.
   * @default `DARWIN_BASE_URL`, else https://darwin.v7labs.com
   */
  readonly baseUrl?: string
  /**
   * Where datasets are pulled to.
   * @default ~/.darwin/datasets
   */
  readonly datasetsDirectory?: string
  /**
   * How requests are made; wins over the `DARWIN_RETRY_…` variables.
   * @default those of `createHttp`
   */
  readonly http?: HttpOptions
}

/** What a call of the client takes. */
export interface ClientCallOptions extends Context {
  /**
   * The slug of the team to make it for.
   * @default the client's default team
   */
  readonly team?: string
}

/**
 * The way to the Darwin service: who asks, of which teams, and where. Every call carries the key of its own team, and
 * keys go to the API's own origin only.
 *
 * All calls reject as those of Http do: `unauthorized`, `not-found`, `http` and so on for what the service refuses,
 * `network` when it cannot be reached, `protocol` when its answer cannot be right.
 *
 * @example
 * const client = Client.local()
 * const dataset = await client.getRemoteDataset("acme/street-signs")
 * console.log(dataset.name, dataset.itemCount)
 * await client.close()
 */
export class Client {
  readonly #config: ClientConfig
  readonly #http: Http

  private constructor(config: ClientConfig, http: Http) {
    this.#config = config
    this.#http = http
  }

  /**
   * A client from `~/.darwin/config.yaml`, the file of `darwin-streams login` and of the Python SDK.
   *
   * @throws ConfigError (`config`) as `Client.fromConfig` does.
   *
   * @example
   * const client = Client.local({ team: "acme" })
   */
  static local(options: ClientOptions = {}): Client {
    return Client.fromConfig(defaultConfigPath(), options)
  }

  /**
   * A client from a configuration file.
   *
   * @throws ConfigError (`config`) naming file and key when it is missing, empty or lacks what is needed.
   *
   * @example
   * const client = Client.fromConfig("/etc/darwin/config.yaml")
   */
  static fromConfig(path: string, options: ClientOptions = {}): Client {
    const config = readConfigFile(path)
    if (options.team !== undefined && !config.teams.has(options.team)) {
      throw new ConfigError(path, `teams/${options.team}: is missing`)
    }
    return new Client({ ...config, defaultTeam: options.team ?? config.defaultTeam }, openHttp(options))
  }

  /**
   * A client from an API key alone; the service is asked which team it belongs to. Nothing is written to disk.
   *
   * @throws Unauthorized (`unauthorized`) when the service does not know the key.
   *
   * @example
   * const client = await Client.fromApiKey(process.env.DARWIN_API_KEY ?? "", { baseUrl: "http://127.0.0.1:8700" })
   */
  static async fromApiKey(apiKey: string, options: DirectClientOptions & Context = {}): Promise<Client> {
    if (apiKey === "") throw new OptionError("apiKey", "must not be empty")
    const http = openHttp(options)
    try {
      const config = directConfig(options)
      const { origin } = new URL(config.apiEndpoint)
      const guest = openSession(http, config, "")
      const slug = await fetchTeamOfKey({ ...guest, credentials: { origin, apiKey } }, options)
      const { datasetsDirectory } = config
      const teams = new Map([[slug, { slug, apiKey, datasetsDirectory }]])
      return new Client({ ...config, defaultTeam: slug, teams }, http)
    } catch (error) {
      await http.close()
      throw error
    }
  }

  /**
   * A client without a key, for datasets that are open to everyone.
   *
   * @example
   * const dataset = await Client.fromGuest().getRemoteDataset("v7-labs/open-set")
   */
  static fromGuest(options: DirectClientOptions = {}): Client {
    return new Client(directConfig(options), openHttp(options))
  }

  /** The address of the service, without a trailing slash. */
  get baseUrl(): string {
    return this.#config.baseUrl
  }

  /** The slugs of the teams that the client has a key of, or that its configuration names. */
  get teams(): readonly string[] {
    return [...this.#config.teams.keys()]
  }

  /** The slug of the team that calls are made for which name none; undefined where each call must name one. */
  get defaultTeam(): string | undefined {
    return defaultTeamOf(this.#config)
  }

  /**
   * What calls for a team need.
   *
   * @throws ConfigError (`config`) when no team is named and there is no default one.
   * @internal
   */
  session(team?: string): Session {
    return openSession(this.#http, this.#config, team)
  }

  /**
   * All datasets of a team that are not archived.
   *
   * @example
   * for (const dataset of await client.listRemoteDatasets()) console.log(dataset.slug, dataset.itemCount)
   */
  async listRemoteDatasets(options: ClientCallOptions = {}): Promise<RemoteDataset[]> {
    const session = this.session(options.team)
    const records = await listDatasets(session, options)
    return records.map((record) => new RemoteDataset(session, record))
  }

  /**
   * The dataset of an identifier `[team/]dataset[:release]`. For a team without a key it is looked for among the
   * datasets that are open to everyone.
   *
   * @throws OptionError (`option`) when the identifier is written otherwise.
   * @throws NotFound (`not-found`) when there is no such dataset.
   *
   * @example
   * const dataset = await client.getRemoteDataset("acme/street-signs:v3")
   */
  async getRemoteDataset(identifier: string, context: Context = {}): Promise<RemoteDataset> {
    const { team, dataset: slug, release } = parseIdentifier(identifier)
    const session = this.session(team)
    const record =
      session.credentials === undefined
        ? await fetchOpenDataset(session, slug, context)
        : (await listDatasets(session, context)).find((dataset) => dataset.slug === slug)
    if (record === undefined) throw nothingOfThatName(session, `team ${session.team} has no dataset ${slug}`)
    return new RemoteDataset(session, record, release)
  }

  /**
   * Makes an empty dataset. Not repeated after a broken connection, which may have come after it was made.
   *
   * @throws NameTaken (`name-taken`) when the team has one of that name.
   *
   * @example
   * const dataset = await client.createDataset("Road works")
   */
  async createDataset(name: string, options: ClientCallOptions = {}): Promise<RemoteDataset> {
    if (name === "") throw new OptionError("name", "must not be empty")
    const session = this.session(options.team)
    return new RemoteDataset(session, await createDataset(session, name, options))
  }

  /** Ends all connections; calls under way reject. A client that is idle keeps no process alive without it too. */
  async close(): Promise<void> {
    await this.#http.close()
  }
}

function openHttp({ http }: { readonly http?: HttpOptions }): Http {
  return createHttp({ ...readEnvironment().retry, ...http })
}

function directConfig(options: DirectClientOptions): ClientConfig {
  const baseUrl =
    options.baseUrl === undefined ? readEnvironment().baseUrl : parseBaseUrl(options.baseUrl, "baseUrl")
  return {
    source: baseUrl,
    baseUrl,
    apiEndpoint: apiEndpointOf(baseUrl),
    defaultTeam: undefined,
    teams: new Map(),
    datasetsDirectory:
      options.datasetsDirectory === undefined
        ? defaultDatasetsDirectory()
        : expandHome(options.datasetsDirectory),
  }
}
