import { createExport, type ExportRequest } from "../api/exports.ts"
import type { DatasetHandle } from "../api/session.ts"
import { OptionError } from "../errors.ts"
import type { Context } from "../stream.ts"

/** What a new release holds. */
export interface ExportOptions extends Context {
  /**
   * Only annotations of these classes.
   * @default those of all classes
   */
  readonly annotationClassIds?: readonly number[]
  /**
   * Whether the addresses of images in the release hold a token, so that they can be fetched without a key.
   * @default false
   */
  readonly includeUrlToken?: boolean
  /**
   * Whether annotations name those who drew and reviewed them.
   * @default false
   */
  readonly includeAuthorship?: boolean
  /**
   * The version of Darwin JSON.
   * @default that of the service
   */
  readonly version?: "1.0" | "2.0"
}

const formats = { "1.0": "json", "2.0": "darwin_json_2" } as const

/** Asks the service for a new release: see `RemoteDataset.export`. */
export async function exportRelease(
  { session, slug }: DatasetHandle,
  name: string,
  options: ExportOptions,
): Promise<void> {
  const { annotationClassIds, includeUrlToken = false, includeAuthorship = false, version } = options
  if (name === "") throw new OptionError("name", "must not be empty")
  const classIds = annotationClassIds === undefined ? undefined : checkClassIds(annotationClassIds)
  if (version !== undefined && !Object.hasOwn(formats, version)) {
    throw new OptionError("version", 'must be "1.0" or "2.0"')
  }
  const request: ExportRequest = {
    name,
    include_authorship: includeAuthorship,
    include_export_token: includeUrlToken,
    annotation_filters: {},
    ...(version !== undefined && { format: formats[version] }),
    ...(classIds !== undefined && { filters: { annotation_class_ids: classIds } }),
  }
  await createExport(session, slug, request, options)
}

function checkClassIds(ids: readonly number[]): readonly number[] {
  if (ids.length > 0 && ids.every((id) => Number.isSafeInteger(id))) return ids
  throw new OptionError("annotationClassIds", "must be a list of whole numbers, left out for all classes")
}
