import { z } from "zod"
import type { Context } from "../stream.ts"
import { callApi } from "./call.ts"
import type { Session } from "./session.ts"

const tokenInfo = z.looseObject({ selected_team: z.looseObject({ slug: z.string().min(1) }) })

/** The slug of the team that the session's key belongs to. */
export async function fetchTeamOfKey(session: Session, context?: Context): Promise<string> {
  const info = await callApi(session, { path: ["users", "token_info"], reply: tokenInfo, context })
  return info.selected_team.slug
}
