import { mkdir } from "node:fs/promises"
import type { AddressInfo } from "node:net"
import path from "node:path"

import { buildApp, type RequestRecord } from "./app.ts"
import { openBlobStore } from "./blobs.ts"
import type { App } from "./context.ts"
import { type FaultOptions, startFaultProxy } from "./fault-proxy.ts"
import { type ServerLimits, settleLimits } from "./limits.ts"
import { lockDirectory } from "./lock.ts"
import { startReleaseRunner } from "./release-runner.ts"
import { type SeedOptions, type SeedSummary, seed } from "./seed.ts"
import { type SeedDemoOptions, seedDemo } from "./seed-demo.ts"
import { openDatabase } from "./store/database.ts"
import { getSetting, setSetting } from "./store/settings.ts"
import { slugOf } from "./store/slug.ts"
import { addTeam, findTeam, setApiKey } from "./store/teams.ts"

export interface StartServerOptions {
  /** Where database and files are kept; made if it is not there. */
  readonly dataDirectory: string
  /**
   * 0 takes any free port, that of the last start on this data directory before others: releases hold addresses with it.
   * @default 8700
   */
  readonly port?: number | undefined
  /** @default "127.0.0.1" */
  readonly host?: string | undefined
  /** Name of the first team. @default "demo" */
  readonly team?: string | undefined
  /** The first team's key. @default one made at the first start and kept */
  readonly apiKey?: string | undefined
  /** Fills the first team with the demo dataset, unless it has it. @default false */
  readonly demo?: boolean | SeedDemoOptions | undefined
  /** How much the server takes. @default what each of the limits says */
  readonly limits?: ServerLimits | undefined
  /** Makes answers go wrong: a proxy listens in the server's place. @default nothing goes wrong */
  readonly faults?: FaultOptions | undefined
  /** Sees every request before it is answered. */
  readonly onRequest?: ((request: RequestRecord) => void) | undefined
}

/** A running server. */
export interface DarwinServer {
  /** Without a slash at the end. The API is under `<url>/api/`. */
  readonly url: string
  /** The key of the first team. */
  readonly apiKey: string
  /** The first team, as it stands in addresses. */
  readonly team: string
  /** Makes another team; its key opens nothing of the other teams. */
  addTeam(name: string): { readonly slug: string; readonly apiKey: string }
  /** Fills a dataset with items and annotations, without going through HTTP. */
  seed(options: SeedOptions): Promise<SeedSummary>
  /** Returns when every release that was asked for is made. */
  idle(): Promise<void>
  /**
   * Stops listening, cuts all connections, and closes the files when the requests that had come whole are done with
   * them, though nobody hears of it. Releases being made go on at the next start.
   */
  close(): Promise<void>
}

/**
 * Starts an embedded server that speaks the Darwin API, on a database file and plain files in one directory. Whatever
 * it has answered with success is on disk, so the process may be killed at any moment.
 *
 * @throws an `Error` when another server is using the directory, and the system's own when the port is in use or the
 *   directory cannot be written.
 * @example
 * ```ts
 * const server = await startServer({ dataDirectory: "data", port: 0, demo: true })
 * const response = await fetch(`${server.url}/api/datasets`, { headers: { authorization: `ApiKey ${server.apiKey}` } })
 * console.log(await response.json())
 * await server.close()
 * ```
 */
export async function startServer(options: StartServerOptions): Promise<DarwinServer> {
  const { dataDirectory, host = "127.0.0.1", port = 8700, team: teamName = "demo" } = options
  await mkdir(dataDirectory, { recursive: true })
  const unlock = lockDirectory(dataDirectory)
  // What is open, to be closed in the opposite order.
  const cleanups: (() => unknown)[] = [unlock]
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => {
    closed ??= (async () => {
      for (const cleanup of cleanups.toReversed()) await cleanup()
    })()
    return closed
  }
  try {
    const blobs = await openBlobStore(dataDirectory)
    const db = openDatabase(path.join(dataDirectory, "darwin.db"))
    cleanups.push(() => db.close())
    const releases = startReleaseRunner(db, blobs)
    cleanups.push(() => releases.stop())
    const context = { db, blobs, releases, limits: settleLimits(options.limits) }
    const { app, close: closeApp } = buildApp(context, { onRequest: options.onRequest })
    cleanups.push(closeApp)
    const team = findTeam(db, slugOf(teamName)) ?? addTeam(db, teamName, { apiKey: options.apiKey })
    const apiKey = options.apiKey ?? team.api_key
    if (apiKey !== team.api_key) setApiKey(db, team.id, apiKey)
    const listening = await listen(
      await opener(app, options.faults, cleanups),
      host,
      port,
      getSetting(db, "port"),
    )
    setSetting(db, "port", String(listening))
    const url = `http://${host.includes(":") ? `[${host}]` : host}:${listening}`
    const server: DarwinServer = {
      url,
      apiKey,
      team: team.slug,
      addTeam(name) {
        const { slug, api_key: key } = addTeam(db, name)
        return { slug, apiKey: key }
      },
      seed: (seedOptions) => seed(context, url, { team: team.slug, ...seedOptions }),
      idle: () => releases.idle(),
      close,
    }
    if (options.demo !== undefined && options.demo !== false) {
      await seedDemo(server.seed, options.demo === true ? {} : options.demo)
    }
    return server
  } catch (error) {
    await close()
    throw error
  }
}

/** Begins to listen, and gives the port. */
type Open = (host: string, port: number) => Promise<number>

/** What listens: the application itself, or a proxy in front of it, which then is on a port of its own. */
async function opener(
  app: App,
  faults: FaultOptions | undefined,
  cleanups: (() => unknown)[],
): Promise<Open> {
  const open: Open = async (host, port) => {
    await app.listen({ host, port })
    return (app.server.address() as AddressInfo).port
  }
  if (faults === undefined) return open
  const target = `http://127.0.0.1:${await open("127.0.0.1", 0)}`
  return async (host, port) => {
    const proxy = await startFaultProxy({ ...faults, target, host, port })
    cleanups.push(() => proxy.close())
    return proxy.port
  }
}

async function listen(open: Open, host: string, port: number, lastPort: string | undefined): Promise<number> {
  if (port === 0 && lastPort !== undefined) {
    try {
      return await open(host, Number(lastPort))
    } catch {
      // Somebody else has it now.
    }
  }
  return open(host, port)
}
