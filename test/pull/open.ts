import { onTestFinished } from "vitest"
import { Client, type RemoteDataset } from "../../src/client/index.ts"
import { type ReleaseServer, startReleaseServer } from "../servers/release-server.ts"
import { tempDirectory } from "../storage/temp-directory.ts"

/** A service, a dataset of it as a client sees it, and where it is pulled to. */
export interface OpenDataset {
  readonly server: ReleaseServer
  readonly dataset: RemoteDataset
  /** The dataset's own directory. */
  readonly directory: string
  /** The directory of all datasets. */
  readonly datasetsDirectory: string
}

/** Starts a service without releases and opens its dataset; all is gone when the test is over. */
export async function openDataset(identifier = "acme/street"): Promise<OpenDataset> {
  const server = await startReleaseServer()
  onTestFinished(() => server.close())
  const datasetsDirectory = await tempDirectory()
  const dataset = await openDatasetAt(server, datasetsDirectory, identifier)
  return { server, dataset, datasetsDirectory, directory: `${datasetsDirectory}/acme/street` }
}

/** Opens a dataset of any service. */
export async function openDatasetAt(
  service: { readonly url: string; readonly apiKey: string },
  datasetsDirectory: string,
  identifier: string,
): Promise<RemoteDataset> {
  const client = await Client.fromApiKey(service.apiKey, {
    baseUrl: service.url,
    datasetsDirectory,
    http: { initialRetryDelayMs: 1, maxAttempts: 2 },
  })
  onTestFinished(() => client.close())
  return client.getRemoteDataset(identifier)
}
