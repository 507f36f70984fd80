import { z } from "zod"

import { unprocessable } from "./errors.ts"

/** Versions 1 and 2 list slots, version 3 has a grid of columns, of rows, of layers that lie upon each other. */
const layoutSchema = z.discriminatedUnion("version", [
  z.looseObject({ version: z.literal(1), slots: z.array(z.string()).optional() }),
  z.looseObject({ version: z.literal(2), slots: z.array(z.string()).optional() }),
  z.looseObject({ version: z.literal(3), slots_grid: z.array(z.array(z.array(z.string()))) }),
])

/** The names of the slots that a layout shows; one that clients could not read is refused. */
export function slotsOfLayout(layout: unknown): string[] {
  const { success, data } = layoutSchema.safeParse(layout)
  if (!success) {
    throw unprocessable("layout", "must be of version 1 or 2 with slots, or of version 3 with slots_grid")
  }
  return data.version === 3 ? data.slots_grid.flat(2) : (data.slots ?? [])
}
