import type { IncomingHttpHeaders, Server } from "node:http"
import type { Socket } from "node:net"

import swagger from "@fastify/swagger"
import fastify, { type FastifyError } from "fastify"
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod"

import { authenticate } from "./auth.ts"
import { parseJsonBodies } from "./body-parser.ts"
import type { App, ServerContext } from "./context.ts"
import { ApiError, notFound } from "./errors.ts"
import { annotationRoutes } from "./routes/annotations.ts"
import { classRoutes } from "./routes/classes.ts"
import { commentRoutes } from "./routes/comments.ts"
import { datasetRoutes } from "./routes/datasets.ts"
import { exportRoutes } from "./routes/exports.ts"
import { fileRoutes } from "./routes/files.ts"
import { itemActionRoutes } from "./routes/item-actions.ts"
import { itemRoutes } from "./routes/items.ts"
import { pageRoutes } from "./routes/pages.ts"
import { propertyRoutes } from "./routes/properties.ts"
import { teamRoutes } from "./routes/teams.ts"
import { uploadRoutes } from "./routes/uploads.ts"
import { workflowRoutes } from "./routes/workflows.ts"
import { watchHandlers } from "./watch-handlers.ts"

/** What Node allows for all headers when it is not told otherwise. */
const HEADER_BYTES = 16 * 1024

/** A request as it arrived, for those who watch. */
export interface RequestRecord {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

export interface BuildAppOptions {
  readonly onRequest?: ((request: RequestRecord) => void) | undefined
}

/** The HTTP application over a store. */
export interface BuiltApp {
  readonly app: App
  /** Stops listening, cuts all connections, and returns when nothing of the application touches the store any more. */
  close(): Promise<void>
}

/** Builds the HTTP application over a store. */
export function buildApp(context: ServerContext, options: BuildAppOptions = {}): BuiltApp {
  const app = fastify<Server>({
    http: { maxHeaderSize: context.limits.addressBytes + HEADER_BYTES },
    clientErrorHandler: refuseUnreadable,
    // A base address that ends in a slash makes clients send `//api/…`.
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 1024 },
    forceCloseConnections: true,
  }).withTypeProvider<ZodTypeProvider>()
  const handlers = watchHandlers(app)
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request) => {
    throw notFound(`${request.method} ${request.url.split("?")[0]}`)
  })
  if (options.onRequest !== undefined) {
    const { onRequest } = options
    app.addHook("onRequest", async ({ method, url, headers }) => onRequest({ method, url, headers }))
  }
  app.addHook("onRequest", async ({ url }) => {
    if (url.length > context.limits.addressBytes) {
      throw new ApiError(413, {
        request: [`the address is longer than ${context.limits.addressBytes} bytes`],
      })
    }
  })
  authenticate(app, context)
  parseJsonBodies(app, context.limits.bodyBytes)
  app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Darwin API",
        description: "The Darwin API as the embedded server speaks it.",
        version: "2.0",
      },
      components: { securitySchemes: { apiKey: { type: "apiKey", in: "header", name: "Authorization" } } },
      security: [{ apiKey: [] }],
    },
    transform: jsonSchemaTransform,
  })
  // Routes go into a plugin of their own, after the one that collects them.
  app.register(async (scope) => {
    const routes = scope.withTypeProvider<ZodTypeProvider>()
    teamRoutes(routes, context)
    datasetRoutes(routes, context)
    classRoutes(routes, context)
    propertyRoutes(routes, context)
    itemRoutes(routes, context)
    itemActionRoutes(routes, context)
    workflowRoutes(routes, context)
    uploadRoutes(routes, context)
    annotationRoutes(routes, context)
    commentRoutes(routes, context)
    exportRoutes(routes, context)
    fileRoutes(routes, context)
    pageRoutes(routes)
    routes.get("/api/openapi.json", { config: { guests: true }, schema: { hide: true } }, async () =>
      app.swagger(),
    )
  })
  return {
    app,
    async close() {
      // First the connections, or a client that sends no more of its upload would hold its handler for good.
      await app.close()
      await handlers.end()
    },
  }
}

function answerError(
  error: FastifyError | ApiError,
  _request: unknown,
  reply: { code(status: number): { send(body: unknown): unknown } },
): unknown {
  if (error instanceof ApiError) return reply.code(error.status).send(error.body)
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors: Record<string, string[]> = {}
    for (const issue of error.validation) {
      const field = issue.instancePath.split("/").filter(Boolean).join(".") || "request"
      errors[field] = [...(errors[field] ?? []), issue.message ?? "is not valid"]
    }
    return reply.code(422).send({ errors })
  }
  // Who sent half a body and went away does not read the answer; nothing is wrong here.
  const gone = error.code === "ECONNRESET"
  const status = gone ? 400 : "statusCode" in error ? (error.statusCode ?? 500) : 500
  if (status >= 500) process.emitWarning(error)
  return reply
    .code(status)
    .send({ errors: { code: "code" in error ? error.code : "INTERNAL", detail: error.message } })
}

/** Answers what is not readable as a request; an address that is too long gets the status that clients know. */
function refuseUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return
  const tooLong = error.code === "HPE_HEADER_OVERFLOW"
  const status = tooLong ? "413 Payload Too Large" : "400 Bad Request"
  const body = JSON.stringify({
    errors: { request: [tooLong ? "address or headers are too long" : error.message] },
  })
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
