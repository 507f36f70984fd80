import { z } from "zod"
import type { Context } from "../stream.ts"
import { callApi } from "./call.ts"
import type { Session } from "./session.ts"

/** A dataset as the API tells it. */
export interface DatasetRecord {
  readonly id: number
  readonly name: string
  readonly slug: string
  readonly progress?: number | null | undefined
  readonly num_items?: number | null | undefined
  readonly num_images?: number | null | undefined
  readonly num_videos?: number | null | undefined
}

const count = z.number().nullish()

const dataset: z.ZodType<DatasetRecord> = z.looseObject({
  id: z.number().int(),
  name: z.string(),
  slug: z.string().min(1),
  progress: z.number().nullish(),
  num_items: count,
  num_images: count,
  num_videos: count,
})

/** All datasets of the session's team. */
export function listDatasets(session: Session, context?: Context): Promise<DatasetRecord[]> {
  return callApi(session, { path: ["datasets"], reply: z.array(dataset), context })
}

/** A dataset that is open to everyone, asked for without a key. */
export function fetchOpenDataset(session: Session, slug: string, context?: Context): Promise<DatasetRecord> {
  return callApi(session, { path: [session.team, slug], reply: dataset, context })
}

/** Makes an empty dataset. */
export function createDataset(session: Session, name: string, context?: Context): Promise<DatasetRecord> {
  return callApi(session, { method: "POST", path: ["datasets"], body: { name }, reply: dataset, context })
}
