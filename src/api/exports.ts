import { z } from "zod"
import type { Context } from "../stream.ts"
import { callApi } from "./call.ts"
import type { Session } from "./session.ts"

/** A release as the API tells it. */
export interface ExportRecord {
  readonly name: string
  readonly version: number
  readonly status: string
  readonly inserted_at: Date
  readonly download_url?: string | null | undefined
  readonly latest?: boolean | null | undefined
  readonly format?: string | null | undefined
  /** Why it could not be made. */
  readonly error?: string | null | undefined
  readonly metadata?:
    | {
        readonly num_images?: number | null | undefined
        readonly annotation_classes?: readonly unknown[] | null | undefined
      }
    | null
    | undefined
}

// A time without a zone is UTC, as all times of the API are.
const time = z.string().transform((text, context) => {
  const date = new Date(/(z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`)
  if (Number.isNaN(date.getTime())) {
    context.addIssue({ code: "custom", message: "expected a date and time of ISO 8601" })
  }
  return date
})

const exportRecord: z.ZodType<ExportRecord> = z.looseObject({
  name: z.string().min(1),
  version: z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]),
  status: z.string(),
  inserted_at: time,
  download_url: z.string().nullish(),
  latest: z.boolean().nullish(),
  format: z.string().nullish(),
  // It only explains: another form of it must not hide the release.
  error: z.string().nullish().catch(null),
  metadata: z
    .looseObject({ num_images: z.number().nullish(), annotation_classes: z.array(z.unknown()).nullish() })
    .nullish(),
})

/** What a new release is to hold; the keys are the API's. */
export interface ExportRequest {
  readonly name: string
  readonly include_authorship: boolean
  readonly include_export_token: boolean
  readonly annotation_filters: Readonly<Record<string, never>>
  readonly format?: "json" | "darwin_json_2"
  readonly filters?: { readonly annotation_class_ids: readonly number[] }
}

/** All releases of a dataset, those under way included. */
export function listExports(session: Session, dataset: string, context?: Context): Promise<ExportRecord[]> {
  return callApi(session, { path: exportsPath(session, dataset), reply: z.array(exportRecord), context })
}

/** Starts the making of a release. */
export async function createExport(
  session: Session,
  dataset: string,
  request: ExportRequest,
  context?: Context,
): Promise<void> {
  await callApi(session, {
    method: "POST",
    path: exportsPath(session, dataset),
    body: request,
    reply: z.unknown(),
    context,
  })
}

function exportsPath({ team }: Session, dataset: string): string[] {
  return ["v2", "teams", team, "datasets", dataset, "exports"]
}
