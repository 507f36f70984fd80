import { z } from "zod"
import { ProtocolError } from "../errors.ts"
import { maskUrl } from "../http/index.ts"
import type { Context } from "../stream.ts"
import { callApi } from "./call.ts"
import type { DatasetItem } from "./dataset-item.ts"
import type { Session } from "./session.ts"

const slot = z.looseObject({
  slot_name: z.string(),
  type: z.string().nullish(),
  file_name: z.string().nullish(),
  size_bytes: z.number().nullish(),
})

const item = z.looseObject({
  id: z.string().min(1),
  name: z.string(),
  path: z.string(),
  status: z.string(),
  archived: z.boolean(),
  dataset_id: z.number().int(),
  slots: z.array(slot),
})

const page = z.looseObject({
  items: z.array(item as unknown as z.ZodType<DatasetItem>),
  page: z.looseObject({ next: z.string().nullish() }),
})

/** The items of one dataset that match a query, page by page, each page asked for when the one before is used up. */
export async function* fetchItems(
  session: Session,
  datasetId: number,
  filters: URLSearchParams,
  pageSize: number,
  context: Context,
): AsyncGenerator<DatasetItem, void, undefined> {
  // A server that repeats a cursor would keep us for ever. One short text for every page of items is held for that.
  const seen = new Set<string>()
  const path = ["v2", "teams", session.team, "items"]
  for (let from: string | undefined; ; ) {
    const query = new URLSearchParams(filters)
    query.set("page[size]", String(pageSize))
    query.set("include_workflow_data", "true")
    if (from !== undefined) query.set("page[from]", from)
    query.set("dataset_ids[]", String(datasetId))
    const reply = await callApi(session, { path, query, reply: page, context })
    yield* reply.items
    from = reply.page.next ?? ""
    if (from === "") return
    if (seen.has(from)) {
      const url = maskUrl(new URL(path.map(encodeURIComponent).join("/"), session.apiEndpoint))
      throw new ProtocolError(
        { method: "GET", url, attempts: 1 },
        `page.next: ${JSON.stringify(from)} comes again`,
      )
    }
    seen.add(from)
  }
}
