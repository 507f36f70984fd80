import { type ItemPropertyPayload, postAnnotations } from "../../api/annotations.ts"
import type { Session } from "../../api/session.ts"
import { ImportError, isError } from "../../errors.ts"
import type { Context } from "../../stream.ts"
import { fetchHeld, type Held, holdsValue, isSame } from "./held.ts"
import type { ItemPayload, LeaveOut, Unit } from "./payload.ts"
import { isUncertain } from "./uncertain.ts"

/** How annotations get into an item. */
export interface DeliverOptions {
  /** Everything that the item holds is replaced; else it is added to, by what it does not hold already. */
  readonly replaces: boolean
  /** What the item is known to hold; asked for where it has to be known. */
  readonly held?: Held | undefined
  /** The most bytes of one request, as JSON. */
  readonly maxBytes: number
}

/** What is sent of a payload. */
type Sendable = Pick<ItemPayload, "units" | "properties">

/** What became of the annotations of an item. */
export interface Delivered {
  readonly sent: number
  /** The item held them already. */
  readonly present: number
  /** Whether anything was sent: annotations, values of properties, or the wish that there be none. */
  readonly isChanged: boolean
}

/** How often the rest is sent anew after a connection that broke, or a server that failed, in the middle. */
const maxRounds = 3

/**
 * Puts a payload into an item, in as many requests as its size calls for. Each request is done by the service as a whole or
 * not at all. Where it cannot be known which (the connection broke), the item is asked what it holds, and what it lacks is
 * sent: nothing comes twice, and nothing is left out.
 */
export async function deliver(
  session: Session,
  itemId: string,
  payload: ItemPayload,
  options: DeliverOptions,
  leaveOut: LeaveOut,
  context: Context,
): Promise<Delivered> {
  const withProperties = payload.properties.length > 0
  let { replaces, held, maxBytes } = options
  let rest: Sendable = replaces ? payload : lackedBy(held, payload)
  let sent = 0
  let isChanged = false
  for (let round = 1; replaces || rest.units.length > 0 || rest.properties.length > 0; ) {
    const parts = partsOf(rest.units, maxBytes)
    let part: Part | undefined
    try {
      for (part of parts) {
        await postAnnotations(session, itemId, bodyOf(part, rest.properties, replaces), replaces, context)
        sent += part.annotations
        isChanged = true
        replaces = false
        rest = { units: rest.units.slice(part.units), properties: [] }
      }
    } catch (error) {
      if (isError(error, "payload-too-large") && part !== undefined && part.units > 1) {
        // Refused as a whole, so nothing of it is there.
        maxBytes = Math.floor(part.bytes / 2)
      } else if (round < maxRounds && isUncertain(error) && !replaces) {
        round++
        held = await fetchHeld(session, itemId, { withProperties }, context)
        const lacked = lackedBy(held, rest)
        sent += count(rest.units) - count(lacked.units)
        rest = lacked
      } else throw error
    }
  }
  const total = count(payload.units)
  if (options.held !== undefined && !options.replaces) tellOthers(options.held, payload, leaveOut)
  return { sent, present: total - sent, isChanged: isChanged || sent > 0 }
}

/** A unit is sent anew when the item lacks any part of it: a mask without its layer would have no pixels. */
export function lackedBy(held: Held | undefined, { units, properties }: Sendable): Sendable {
  if (held === undefined) return { units, properties }
  return {
    units: units.filter((unit) => unit.some(({ id }) => !held.annotations.has(id))),
    properties: properties.filter((value) => !holdsValue(held, value)),
  }
}

/**
 * Refuses to complete a unit of which the item holds a part that is another: to send it anew would replace that part.
 *
 * @throws ImportError (`import`).
 */
export function refuseOtherLayers(held: Held, { units }: Sendable, path: string): void {
  for (const unit of units) {
    if (unit.every(({ id }) => held.annotations.has(id))) continue
    const [other] = othersOf(held, unit)
    if (other === undefined) continue
    const rule = `the item holds another mask or raster layer ${other.id}, to which no masks can be added`
    throw new ImportError(path, "", rule)
  }
}

function tellOthers(held: Held, { units }: ItemPayload, leaveOut: LeaveOut): void {
  for (const unit of units) {
    for (const { id } of othersOf(held, unit)) {
      leaveOut("detail", id, "the item holds another annotation of that id, which stays as it is")
    }
  }
}

/** Annotations of which the item holds another one under their id. */
function othersOf(held: Held, unit: Unit): Unit {
  return unit.filter((annotation) => {
    const there = held.annotations.get(annotation.id)
    return there !== undefined && !isSame(there, annotation)
  })
}

/** How many annotations there are in units. */
export function count(units: readonly Unit[]): number {
  return units.reduce((sum, unit) => sum + unit.length, 0)
}

/** What goes into one request. */
interface Part {
  readonly json: string
  readonly bytes: number
  /** How many units and annotations it holds. */
  readonly units: number
  readonly annotations: number
}

function partsOf(units: readonly Unit[], maxBytes: number): Part[] {
  const parts: Part[] = []
  let texts: string[] = []
  let bytes = 0
  let annotations = 0
  const close = () => {
    parts.push({ json: texts.join(","), bytes, units: texts.length, annotations })
    texts = []
    bytes = 0
    annotations = 0
  }
  for (const unit of units) {
    const text = unit.map((annotation) => JSON.stringify(annotation)).join(",")
    const size = Buffer.byteLength(text) + 1
    if (texts.length > 0 && bytes + size > maxBytes) close()
    texts.push(text)
    bytes += size
    annotations += unit.length
  }
  // Properties alone, or the wish to have nothing, are a request as well.
  if (texts.length > 0 || parts.length === 0) close()
  return parts
}

function bodyOf({ json }: Part, properties: readonly ItemPropertyPayload[], replaces: boolean): string {
  const selected = properties.length === 0 ? "" : `"properties":${JSON.stringify(properties)},`
  // The API wants a text here.
  return `{"annotations":[${json}],${selected}"overwrite":"${replaces}"}`
}
