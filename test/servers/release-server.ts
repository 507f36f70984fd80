import type { ServerResponse } from "node:http"
import { type Answerer, type RecordingServer, sendJson, startRecordingServer } from "./recording-server.ts"

/** What is sent at an address: bytes with their length, or whatever a function makes of the request. */
export type Served = Uint8Array | string | Answerer

/** A Darwin service whose one dataset, `acme/street`, has whatever releases and files a test puts there. */
export interface ReleaseServer extends RecordingServer {
  readonly apiKey: string
  /** Puts a file at a path of this server and gives its address. */
  serve(path: string, content: Served): string
  /**
   * Adds a release, newer than those before; it is the latest. `archive` is its zip, or the address of one. `more` wins
   * over the fields of its record.
   */
  addRelease(name: string, archive: Served | URL, more?: Readonly<Record<string, unknown>>): void
  /** Answers of the files put here that are being sent now. */
  readonly underWay: number
  /** The most there were of them at a time. */
  readonly mostUnderWay: number
  /** Answers that the other side broke off. */
  readonly brokenOff: number
}

export const apiKey = "AAAAAAA.0123456789abcdefghijklmnopqrstuv"

/** Starts the service on a free port of 127.0.0.1. It wants no key for files and archives. */
export async function startReleaseServer(): Promise<ReleaseServer> {
  const served = new Map<string, Served>()
  const releases: Record<string, unknown>[] = []
  let underWay = 0
  let mostUnderWay = 0
  let brokenOff = 0

  const follow = (response: ServerResponse) => {
    mostUnderWay = Math.max(mostUnderWay, ++underWay)
    response.once("close", () => {
      underWay--
      if (!response.writableFinished) brokenOff++
    })
  }
  const server = await startRecordingServer((request, response, count) => {
    const path = new URL(request.url, "http://server").pathname
    const content = served.get(path)
    if (content !== undefined) {
      if (path.startsWith("/files/")) follow(response)
      if (typeof content === "function") return content(request, response, count)
      const bytes = Buffer.from(content)
      response.writeHead(200, { "content-length": bytes.length }).end(bytes)
      return
    }
    if (path.startsWith("/files/")) return sendJson(response, { errors: "no such file" }, 404)
    if (request.headers.authorization !== `ApiKey ${apiKey}`)
      return sendJson(response, { errors: "key" }, 401)
    if (path === "/api/users/token_info") return sendJson(response, { selected_team: { slug: "acme" } })
    if (path === "/api/datasets") return sendJson(response, [{ id: 7, name: "Street", slug: "street" }])
    if (path === "/api/v2/teams/acme/datasets/street/exports") return sendJson(response, releases)
    sendJson(response, { errors: "no such path" }, 404)
  })

  return {
    ...server,
    apiKey,
    serve: (path, content) => {
      served.set(`/files/${path}`, content)
      return `${server.url}/files/${path}`
    },
    addRelease: (name, archive, more = {}) => {
      const path = `/archives/${releases.length}.zip`
      if (!(archive instanceof URL)) served.set(path, archive)
      for (const release of releases) release.latest = false
      releases.push({
        name,
        version: releases.length + 1,
        status: "complete",
        inserted_at: new Date(Date.UTC(2026, 0, releases.length + 1)).toISOString(),
        download_url: archive instanceof URL ? archive.href : `${server.url}${path}?token=s3cret`,
        latest: true,
        format: "darwin_json_2",
        metadata: { num_images: 1, annotation_classes: [] },
        ...more,
      })
    },
    get underWay() {
      return underWay
    },
    get mostUnderWay() {
      return mostUnderWay
    },
    get brokenOff() {
      return brokenOff
    },
  }
}

/** Sends the first half of a file, waits for the promise, and sends the rest. */
export function halfway(bytes: Uint8Array, goOn: Promise<unknown>): Answerer {
  const half = bytes.length >> 1
  return async (_, response) => {
    response.writeHead(200, { "content-length": bytes.length })
    response.write(bytes.subarray(0, half))
    await goOn
    response.end(bytes.subarray(half))
  }
}

/** Sends the first part of a file and breaks the connection. */
export function cutOff(bytes: Uint8Array, sentBytes: number): Answerer {
  return (_, response) => {
    response.writeHead(200, { "content-length": bytes.length })
    response.write(bytes.subarray(0, sentBytes), () => response.destroy())
  }
}

/** Answers with a redirect. */
export function redirectTo(url: string, status = 302): Answerer {
  return (_, response) => {
    response.writeHead(status, { location: url }).end()
  }
}
