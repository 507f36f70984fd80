import { once } from "node:events"
import { Agent, request as ask, createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo, Socket } from "node:net"

import { acts, type Exchange, loopPath, passOn } from "./fault-acts.ts"
import { chanceOf, type FaultName, type FaultRule, type FaultTarget, faultOf } from "./faults.ts"

/** Which faults strike, and who hears of them. */
export interface FaultOptions {
  readonly rules: readonly FaultRule[]
  /**
   * Another seed is another run of bad luck.
   * @default 1
   */
  readonly seed?: number | undefined
  /**
   * The name by which a request is known: what strikes it depends on the name and on how often it has come.
   * @default its method and path, without the query
   */
  readonly nameOf?: ((method: string, path: string) => string) | undefined
  /** Is told of every answer when it is over. */
  readonly onAnswer?: ((answer: FaultAnswer) => void) | undefined
}

/** An answer that is over. */
export interface FaultAnswer {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly target: FaultTarget
  /** What struck it; undefined where it went well. */
  readonly fault: FaultName | undefined
  /** The `Range` that was asked for. */
  readonly range: string | undefined
  /** Undefined where no headers were sent. */
  readonly status: number | undefined
  /** How many bytes of a body were sent. */
  readonly bodyBytes: number
}

/** A running proxy. */
export interface FaultProxy {
  /** Without a slash at the end. */
  readonly url: string
  readonly port: number
  /** From now on these rules hold; counting begins anew. */
  setRules(rules: readonly FaultRule[], seed?: number): void
  /** Resolves when no answer is under way. */
  idle(): Promise<void>
  /** Ends all connections; every answer has been told of when it resolves. */
  close(): Promise<void>
}

/** Where a proxy listens, and which server it stands in front of. */
export interface FaultProxyOptions extends FaultOptions {
  /** The address of the server, or what gives it for each request. */
  readonly target: string
  /** 0 takes any free port. @default 0 */
  readonly port?: number | undefined
  /** @default "127.0.0.1" */
  readonly host?: string | undefined
}

/**
 * Starts a proxy in front of an embedded server that makes things go wrong, for tests of what has to survive it. It hands
 * on the name by which it was called, so that addresses which the server makes lead through it. Where the server names a
 * file by its SHA-256, the proxy gives it as `Repr-Digest` as well, so that wrong bytes can be found.
 *
 * @throws the system's own error when the port is in use.
 *
 * @example
 * ```ts
 * const proxy = await startFaultProxy({ target: server.url, rules: parseFaults("reset:0.1,503:0.2"), seed: 7 })
 * // ... pull from proxy.url ...
 * await proxy.close()
 * ```
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { target, port = 0, host = "127.0.0.1", onAnswer } = options
  const nameOf = options.nameOf ?? ((method, path) => `${method} ${path}`)
  let { rules, seed = 1 } = options
  // Grows with the number of addresses asked for: without it a second try would meet what the first one met.
  const counts = new Map<string, number>()
  const agent = new Agent({ keepAlive: true })
  const sockets = new Set<Socket>()
  const underWay = new Set<Promise<void>>()

  const server = createServer((incoming, response) => {
    const { method = "GET", url = "/" } = incoming
    const path = url.split("?")[0] ?? url
    const kind = targetOf(method, path)
    const name = nameOf(method, path)
    const count = counts.get(name) ?? 0
    counts.set(name, count + 1)
    const { range } = incoming.headers
    const fault = faultOf(rules, seed, { key: name, target: kind, ranged: range !== undefined }, count)

    let bodyBytes = 0
    let struck: FaultName | undefined
    let asked: Promise<IncomingMessage> | undefined
    const exchange: Exchange = {
      incoming,
      response,
      origin: () => {
        asked ??= forward(incoming, response, target, agent)
        return asked
      },
      onBytes: (bytes) => {
        bodyBytes += bytes
      },
      chance: chanceOf(seed, name, count, "place"),
      count,
    }
    const answer = async () => {
      struck = path === loopPath ? "redirect-loop" : fault
      if (struck !== undefined && (await acts[struck](exchange))) return
      struck = undefined
      await passOn(exchange)
    }
    // Where the client is gone nothing more is waited for, whatever the act still does. The response may never close by itself: not
    // when it waited for the one before it on the same connection.
    const { socket } = incoming
    let leave = (): void => {}
    const gone = new Promise<void>((resolve) => {
      leave = resolve
    })
    socket.once("close", leave)
    const work = Promise.race([answer().catch(() => response.destroy()), gone]).then(() => {
      socket.off("close", leave)
      underWay.delete(work)
      const status = response.headersSent ? response.statusCode : undefined
      onAnswer?.({ name, method, path, target: kind, fault: struck, range, status, bodyBytes })
    })
    underWay.add(work)
  })
  // Two faults are connections that nobody closes.
  server.on("connection", (socket: Socket) => {
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  server.listen(port, host)
  await once(server, "listening")
  const address = server.address() as AddressInfo

  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    setRules: (next, nextSeed = seed) => {
      rules = next
      seed = nextSeed
      counts.clear()
    },
    idle: async () => {
      while (underWay.size > 0) await Promise.all(underWay)
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      agent.destroy()
      await Promise.all([closed, ...underWay])
    },
  }
}

function targetOf(method: string, path: string): FaultTarget {
  if (method !== "GET" && method !== "HEAD") return "api"
  if (/\/exports\/[^/]+\/download$/.test(path)) return "zip"
  if (/\/uploads\/[^/]+$/.test(path) || /\/files\/[^/]+\/(?:sections\/\d+|thumbnail)$/.test(path))
    return "files"
  return "api"
}

/** Asks the server behind; gives its answer as soon as the headers are there. */
function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  target: string,
  agent: Agent,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, headers, url = "/" } = incoming
    const onward = ask(new URL(url, target), { method, headers, agent }, resolve)
    onward.once("error", reject)
    response.once("close", () => onward.destroy())
    incoming.pipe(onward)
  })
}
