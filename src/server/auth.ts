import type { FastifyRequest } from "fastify"

import type { App, ServerContext } from "./context.ts"
import { forbidden, unauthorized } from "./errors.ts"
import { findTeamByKey, type Team } from "./store/teams.ts"

declare module "fastify" {
  interface FastifyRequest {
    /** The team of the request's key; `undefined` without a key. */
    team: Team | undefined
  }
  interface FastifyContextConfig {
    /** The route lets people in without a key, and decides itself what they may see. */
    readonly guests?: boolean
  }
}

/**
 * Reads `Authorization: ApiKey …` of every request. A key opens its own team and nothing else: a path that names
 * another team answers 403. A key that is not known is refused even where none is needed.
 */
export function authenticate(app: App, context: ServerContext): void {
  app.decorateRequest("team", undefined)
  app.addHook("onRequest", async (request) => {
    const { authorization } = request.headers
    const apiKey = authorization === undefined ? undefined : /^ApiKey (\S+)$/i.exec(authorization.trim())?.[1]
    if (authorization !== undefined) {
      request.team = apiKey === undefined ? undefined : findTeamByKey(context.db, apiKey)
      if (request.team === undefined) throw unauthorized("the API key is not known")
    }
    if (request.is404 || request.routeOptions.config.guests === true) return
    if (request.team === undefined) throw unauthorized("send an API key: Authorization: ApiKey …")
    const named = (request.params as { team?: string }).team
    if (named !== undefined && named !== request.team.slug) {
      throw forbidden(`the API key is of team ${request.team.slug}, not of ${named}`)
    }
  })
}

/** The team whose key the request carries. */
export function teamOf(request: FastifyRequest): Team {
  if (request.team === undefined) throw unauthorized("send an API key: Authorization: ApiKey …")
  return request.team
}
