import { createHash } from "node:crypto"

/** What a request is for. */
export type FaultTarget = "api" | "zip" | "files"

/** A fault by its name. */
export type FaultName =
  | "reset"
  | "reset-headers"
  | "reset-body"
  | "stall"
  | "stall-body"
  | "half-open"
  | "drip"
  | "truncated"
  | "cut-chunks"
  | "no-length"
  | "short-length"
  | "long-length"
  | "wrong-bytes"
  | "html"
  | "gzip"
  | "429"
  | "500"
  | "502"
  | "503"
  | "504"
  | "401"
  | "403"
  | "no-range"
  | "416"
  | "wrong-range"
  | "new-etag"
  | "redirect-loop"
  | "dns"
  | "tls"

/** What a fault is, and what it can strike. */
export interface FaultTraits {
  readonly what: string
  /** What it strikes where a rule does not say. */
  readonly on: readonly FaultTarget[]
  /** Whether it is one only where a range was asked for. @default false */
  readonly ranges?: boolean
}

const everywhere: readonly FaultTarget[] = ["api", "zip", "files"]
const downloads: readonly FaultTarget[] = ["zip", "files"]

/** Every fault that the proxy can produce. */
export const faults: Readonly<Record<FaultName, FaultTraits>> = {
  reset: { what: "the connection is reset before anything is answered", on: everywhere },
  "reset-headers": { what: "the connection is reset behind the headers", on: everywhere },
  "reset-body": { what: "the connection is reset in the middle of the body", on: everywhere },
  stall: { what: "no answer comes", on: everywhere },
  "stall-body": { what: "the body stops in the middle", on: everywhere },
  drip: { what: "the body comes in small pieces with pauses between them", on: everywhere },
  "half-open": {
    what: "the other side is gone in the middle of the body and says nothing more",
    on: everywhere,
  },
  truncated: { what: "the body ends early, its full length announced", on: everywhere },
  "cut-chunks": { what: "a body without a length ends early", on: everywhere },
  "no-length": { what: "the body's length is not announced", on: everywhere },
  "short-length": { what: "fewer bytes are announced than there are", on: downloads },
  "long-length": { what: "more bytes are announced than there are", on: everywhere },
  "wrong-bytes": { what: "one byte of the body is another", on: downloads },
  html: { what: "a web page comes with 200", on: downloads },
  gzip: { what: "the body comes gzipped, which nobody asked for", on: downloads },
  429: { what: "429 with Retry-After", on: everywhere },
  500: { what: "500 with Retry-After", on: everywhere },
  502: { what: "502 with Retry-After", on: everywhere },
  503: { what: "503 with Retry-After", on: everywhere },
  504: { what: "504 with Retry-After", on: everywhere },
  401: { what: "401, as for a token that has expired", on: downloads },
  403: { what: "403, as for a token that has expired", on: downloads },
  "no-range": { what: "200 and the whole file where a range was asked for", on: downloads, ranges: true },
  416: { what: "416 where a range was asked for that is there", on: downloads, ranges: true },
  "wrong-range": { what: "206 with another range than the one asked for", on: downloads, ranges: true },
  "new-etag": { what: "another ETag for each try", on: downloads },
  "redirect-loop": { what: "redirects that lead nowhere else", on: downloads },
  dns: { what: "a redirect to a host whose name does not resolve", on: downloads },
  tls: { what: "a redirect to https on a port that speaks plain HTTP", on: downloads },
}

/** All of them. */
export const faultNames: readonly FaultName[] = Object.keys(faults) as FaultName[]

/** How often a fault strikes. */
export interface FaultRule {
  readonly fault: FaultName
  /** The share of the requests that it strikes, 0 to 1. */
  readonly ratio: number
  /** @default those that the fault names in `faults` */
  readonly on?: readonly FaultTarget[]
}

/** What of a request decides which fault strikes it. */
export interface Strikable {
  readonly key: string
  readonly target: FaultTarget
  /** Whether it asks for a range. */
  readonly ranged: boolean
}

/**
 * Reads `reset:0.1,429@api:0.2`: faults with the share of requests that each strikes, and with what it is to be confined
 * to (`api`, `zip` or `files`).
 *
 * @throws RangeError saying what is wrong.
 *
 * @example
 * parseFaults("reset:0.1,stall:0.02") // [{ fault: "reset", ratio: 0.1 }, { fault: "stall", ratio: 0.02 }]
 */
export function parseFaults(spec: string): FaultRule[] {
  return spec.split(",").map((text) => {
    const [, fault = "", on, share = ""] = /^([^:@]+)(?:@([^:]+))?:([^:]+)$/.exec(text.trim()) ?? []
    if (!isFault(fault)) throw new RangeError(`${text}: a fault is one of ${faultNames.join(", ")}`)
    if (on !== undefined && !isTarget(on))
      throw new RangeError(`${text}: it is confined to api, zip or files`)
    const ratio = /^\d*\.?\d+$/.test(share) ? Number(share) : Number.NaN
    if (!(ratio >= 0 && ratio <= 1)) throw new RangeError(`${text}: the share is a number from 0 to 1`)
    return { fault, ratio, ...(on !== undefined && { on: [on] }) }
  })
}

function isFault(text: string): text is FaultName {
  return Object.hasOwn(faults, text)
}

function isTarget(text: string): text is FaultTarget {
  return everywhere.includes(text as FaultTarget)
}

/**
 * Says which fault strikes a request, if any. It depends on the seed, the request's key and how often that key has come
 * before, and on nothing else: not on the order in which requests arrive, so a run is the same one each time.
 */
export function faultOf(
  rules: readonly FaultRule[],
  seed: number,
  { key, target, ranged }: Strikable,
  count: number,
): FaultName | undefined {
  const chance = chanceOf(seed, key, count)
  let reached = 0
  for (const { fault, ratio, on = faults[fault].on } of rules) {
    const { ranges = false } = faults[fault]
    if (!on.includes(target) || (ranges && !ranged)) continue
    reached += ratio
    if (chance < reached) return fault
  }
  return undefined
}

/** A number from 0 to 1 that follows from what is given, and looks like chance. */
export function chanceOf(seed: number, ...words: readonly (string | number)[]): number {
  const hash = createHash("sha256")
    .update([seed, ...words].join("\n"))
    .digest()
  return hash.readUIntBE(0, 6) / 2 ** 48
}
