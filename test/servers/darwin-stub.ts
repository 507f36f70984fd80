import {
  type RecordedRequest,
  type RecordingServer,
  sendJson,
  startRecordingServer,
} from "./recording-server.ts"

/** What one team of the stub holds. */
export interface StubTeam {
  readonly apiKey: string
  readonly datasets?: readonly Record<string, unknown>[]
  /** Releases by the slug of their dataset. */
  readonly exports?: Readonly<Record<string, readonly Record<string, unknown>[]>>
  /** Item pages of all datasets: the n-th page is reached by the cursor `cursors[n - 1]`. */
  readonly pages?: readonly (readonly Record<string, unknown>[])[]
  /** @default after-1, after-2 and so on, none after the last page */
  readonly cursors?: readonly (string | null)[]
}

/**
 * A server with just as much of the Darwin API as the client's tests need, so that they can have it answer what a real
 * one never would. It knows a team by its key and answers 401 to any other.
 */
export function startDarwinStub(teams: Readonly<Record<string, StubTeam>>): Promise<RecordingServer> {
  return startRecordingServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://stub")
    const path = decodeURI(pathname).replace(/^\/api\//, "")
    const key = request.headers.authorization?.replace(/^ApiKey /, "")
    const [slug, team] = Object.entries(teams).find(([, each]) => each.apiKey === key) ?? []
    const known = slug !== undefined && team !== undefined
    const [status, body] = known
      ? answer(request, { path, slug, team, query: searchParams })
      : answerGuest(path)
    sendJson(response, body, status)
  })
}

type Answer = readonly [status: number, body: unknown]

function answerGuest(path: string): Answer {
  return path === "community/open-set"
    ? [200, { id: 9, name: "Open set", slug: "open-set", num_images: 3, num_videos: null }]
    : [401, { errors: { message: "no such key" } }]
}

interface Call {
  readonly path: string
  readonly slug: string
  readonly team: StubTeam
  readonly query: URLSearchParams
}

function answer(request: RecordedRequest, { path, slug, team, query }: Call): Answer {
  if (path === "users/token_info") return [200, { selected_team: { slug, id: 1 } }]
  if (path === "datasets" && request.method === "GET") return [200, team.datasets ?? []]
  if (path === "datasets" && request.method === "POST") {
    const { name } = JSON.parse(request.body.toString())
    const taken = (team.datasets ?? []).some((dataset) => dataset.name === name)
    return taken
      ? [422, { errors: { name: ["has already been taken"] } }]
      : [201, { id: 77, name, slug: String(name).toLowerCase().replaceAll(" ", "-") }]
  }
  const exportsOf = path.match(/^v2\/teams\/([^/]+)\/datasets\/([^/]+)\/exports$/)
  if (exportsOf?.[1] === slug) {
    if (request.method === "POST") return [200, { queued: true }]
    const releases = team.exports?.[exportsOf[2] ?? ""]
    return releases === undefined ? [404, { errors: "none" }] : [200, releases]
  }
  if (path === `v2/teams/${slug}/items`) {
    const pages = team.pages ?? [[]]
    const cursors = team.cursors ?? pages.map((_, at) => (at + 1 < pages.length ? `after-${at + 1}` : null))
    const from = query.get("page[from]")
    const at = from === null ? 0 : cursors.indexOf(from) + 1
    const items = pages[at] ?? []
    return [200, { items, page: { count: items.length, next: cursors[at] ?? null } }]
  }
  return [404, { errors: "no such path" }]
}

/** An item as the service lists it. */
export function stubItem(name: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: `id-of-${name}`,
    name,
    path: "/",
    status: "new",
    archived: false,
    dataset_id: 7,
    slots: [{ slot_name: "0", type: "image", file_name: name, size_bytes: 4711 }],
    ...more,
  }
}

/** A release as the service lists it. */
export function stubExport(name: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name,
    version: 1,
    status: "complete",
    inserted_at: "2026-01-02T03:04:05Z",
    download_url: `https://storage.example/${name}.zip?token=s3cret`,
    latest: false,
    format: "darwin_json_2",
    metadata: { num_images: 3, annotation_classes: [{ id: 1 }, { id: 2 }] },
    ...more,
  }
}
