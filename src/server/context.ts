import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify"
import type { ZodTypeProvider } from "fastify-type-provider-zod"

import type { BlobStore } from "./blobs.ts"
import type { SettledLimits } from "./limits.ts"
import type { ReleaseRunner } from "./release-runner.ts"
import type { Database } from "./store/database.ts"

/** What all routes share. */
export interface ServerContext {
  readonly db: Database
  readonly blobs: BlobStore
  readonly releases: ReleaseRunner
  readonly limits: SettledLimits
}

/** The HTTP application, whose routes are typed by their zod schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>

/** What addresses begin with for whoever sent this request: the host by which it reached us. */
export function baseUrlOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.host}`
}
