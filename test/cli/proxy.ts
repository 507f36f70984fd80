import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { onTestFinished } from "vitest"

/** Answers a request in place of the server behind; false lets it pass. */
export type Interceptor = (request: IncomingMessage, response: ServerResponse) => boolean

/**
 * A proxy in front of a server, on a port of its own, that ends with the test. It hands on the name that it was called by,
 * so that addresses which the server makes lead through it too.
 */
export async function startProxy(target: string, intercept: Interceptor): Promise<string> {
  const proxy = createServer((incoming, response) => {
    if (intercept(incoming, response)) {
      incoming.resume()
      return
    }
    const onward = request(
      new URL(incoming.url ?? "/", target),
      { method: incoming.method, headers: incoming.headers },
      (reply) => {
        response.writeHead(reply.statusCode ?? 502, reply.headers)
        reply.pipe(response)
      },
    )
    onward.on("error", () => response.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve))
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        proxy.close(() => resolve())
        proxy.closeAllConnections()
      }),
  )
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
}
