import type { DatasetItem } from "../../api/dataset-item.ts"

/** Where annotations of an item can go. */
export interface ItemSlots {
  readonly names: readonly string[]
  /** Where annotations go that name no slot. */
  readonly main: string
  /** An item of channels takes annotations in its first one alone. */
  readonly isChannels: boolean
}

/**
 * The slots of a remote item. Where its layout is a grid (version 3) whose first cell holds several layers, the item is one
 * of channels, and its first layer is the one that annotations belong to.
 */
export function itemSlots(item: DatasetItem): ItemSlots {
  const layers = firstCell(item.layout)
  const listed = item.slots.map(({ slot_name }) => slot_name)
  const names = listed.length > 0 ? listed : layers.length > 0 ? layers : ["0"]
  const isChannels = layers.length > 1
  return { names, main: (isChannels ? layers[0] : names[0]) ?? "0", isChannels }
}

/** Why annotations cannot go into these slots; undefined where they can. */
export function slotFault(wanted: readonly string[], slots: ItemSlots): string | undefined {
  const unknown = wanted.find((name) => !slots.names.includes(name))
  if (unknown !== undefined) return `the item has no slot ${JSON.stringify(unknown)}`
  const beside = slots.isChannels ? wanted.find((name) => name !== slots.main) : undefined
  if (beside === undefined) return undefined
  return `the item has channels, of which ${JSON.stringify(slots.main)} alone takes annotations, not ${JSON.stringify(beside)}`
}

function firstCell(layout: DatasetItem["layout"]): readonly string[] {
  if (layout?.version !== 3 || !Array.isArray(layout.slots_grid)) return []
  const [column] = layout.slots_grid as unknown[]
  const [cell] = Array.isArray(column) ? (column as unknown[]) : []
  return Array.isArray(cell) ? cell.filter((name) => typeof name === "string") : []
}
