import type { Session } from "../api/session.ts"
import { NotFound } from "../errors.ts"
import { maskUrl } from "../http/index.ts"

/** Something that the service was asked for by name is not there, although the call itself went well. */
export function nothingOfThatName(session: Session, rule: string): NotFound {
  return new NotFound(
    { method: "GET", url: maskUrl(session.apiEndpoint), attempts: 1, status: 404, body: undefined },
    rule,
  )
}
