import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** One request as it arrived, body included. */
export interface RecordedRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** A real HTTP server that keeps what was asked of it. */
export interface RecordingServer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  readonly requests: readonly RecordedRequest[]
  close(): Promise<void>
}

/** Answers a request; `count` tells how many came for the same method and path before it. */
export type Answerer = (
  request: RecordedRequest,
  response: ServerResponse,
  count: number,
) => void | Promise<void>

/** Starts a server on a free port, or on the one named. */
export async function startRecordingServer(answer: Answerer, port = 0): Promise<RecordingServer> {
  const requests: RecordedRequest[] = []
  const counts = new Map<string, number>()
  const server = createServer((incoming, response) => {
    record(incoming).then(
      (request) => {
        const key = `${request.method} ${request.url}`
        const count = counts.get(key) ?? 0
        counts.set(key, count + 1)
        requests.push(request)
        return answer(request, response, count)
      },
      () => response.destroy(),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** Sends a value as JSON. */
export function sendJson(response: ServerResponse, value: unknown, status = 200, headers = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(JSON.stringify(value))
}

async function record(incoming: IncomingMessage): Promise<RecordedRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const { method = "", url = "", headers } = incoming
  return { method, url, headers, body: Buffer.concat(chunks) }
}
