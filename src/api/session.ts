import type { Credentials, Http } from "../http/index.ts"

/** What the calls made for one team need: each is given its own, so none can be made with another team's key. */
export interface Session {
  readonly http: Http
  /** The address that all paths of the API are relative to; ends in `/`. */
  readonly apiEndpoint: string
  /** The team's slug; empty for a guest who names none. */
  readonly team: string
  /** Undefined for a guest, who sees open datasets only. */
  readonly credentials: Credentials | undefined
  /** Where datasets of this team are pulled to. */
  readonly datasetsDirectory: string
}

/** What of a dataset the calls about it need; a RemoteDataset is one. */
export interface DatasetHandle {
  readonly id: number
  readonly slug: string
  /** The slug of its team, whose key the session carries. */
  readonly team: string
  readonly session: Session
}
