import { setTimeout as sleep } from "node:timers/promises"
import { expect } from "vitest"
import { type Child, childrenOf } from "./kill-children.ts"

/** A server that is killed, on a data directory that stays. */
export interface KilledServer {
  readonly url: string
  readonly apiKey: string
}

/** What is killed, and how often. */
export interface KillOptions {
  readonly dataDirectory: string
  readonly kills: number
  /** Numbers from 0 to 1. */
  readonly random: () => number
  /** What the client has to do in all, and how much of it is done, as its messages tell. */
  readonly total: number
  readonly done: () => number
  /** Starts the client, which says `start` when it begins. */
  readonly launch: (server: KilledServer) => Child
  /** Done with the server when it has come up for the first time. */
  readonly prepare?: (server: KilledServer) => Promise<void>
  /** The part of the kills that come soon after the start. */
  readonly early?: number
}

/**
 * Kills a client, its server, or both at one instant, so often, while the client works on a task: the kills are spread over
 * all of it. A server that was killed is started again on its data. Gives the last server, which runs.
 */
export async function killInTheMiddle(options: KillOptions): Promise<KilledServer> {
  const { dataDirectory, kills: wanted, random, total, done, launch, prepare, early = 0 } = options
  const launchServer = childrenOf("serve")
  const serve = async () => {
    // Started again on its data, it takes the port that it had.
    const child = launchServer({ dataDirectory })
    const { url, apiKey } = (await child.first("listening")) ?? { url: "", apiKey: "" }
    return { child, url, apiKey }
  }
  let server = await serve()
  await prepare?.(server)
  const kills = { client: 0, server: 0 }
  let client = launch(server)
  while (kills.client + kills.server < wanted) {
    if (client.hasEnded()) client = launch(server)
    await client.first("start")
    if (random() < early) await sleep(random() * 100)
    else {
      const each = (total - done()) / (wanted - kills.client - kills.server)
      const aim = done() + Math.floor(random() * each)
      await client.until(() => done() >= aim)
      await sleep(random() * 10)
    }
    // Seen to be done by itself, it was not killed.
    if (client.hasEnded()) continue
    // One of them, or both at one instant.
    const victims = random()
    const killed: Promise<void>[] = []
    if (victims < 0.65) killed.push(client.kill())
    if (victims > 0.35) killed.push(server.child.kill())
    await Promise.all(killed)
    if (victims < 0.65) kills.client++
    if (victims > 0.35) {
      kills.server++
      server = await serve()
    }
  }
  await client.kill()
  // They have hit it in the middle, all the way.
  expect(done()).toBeGreaterThan(total / 2)
  expect(done()).toBeLessThan(total)
  expect(Math.min(kills.client, kills.server)).toBeGreaterThan(wanted / 4)
  return server
}
