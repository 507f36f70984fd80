export type { Clock } from "./clock.ts"
export {
  type Credentials,
  createHttp,
  type Http,
  type HttpOptions,
  jsonTimeoutMs,
  type RequestOptions,
} from "./http.ts"
export { maskSecrets } from "./mask-secrets.ts"
export { maskUrl } from "./mask-url.ts"
export type { RequestBody } from "./redirect.ts"
export { type HttpReply, header, type ReplyHeaders } from "./reply.ts"
export { type HttpStream, isExpired, type StreamOptions } from "./resuming-stream.ts"
