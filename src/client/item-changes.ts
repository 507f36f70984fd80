import { fullPathOf, normalPath } from "../api/find-items.ts"
import { OptionError } from "../errors.ts"
import type { ItemOperation } from "./item-operations.ts"
import type { SelectedItem } from "./item-selection.ts"

/** Takes items out of the work; releases made later leave them out. */
export const archiving: ItemOperation = {
  task: "archive",
  action: { action: "archive" },
  wanted: "live",
  isAsWanted: ({ archived }) => archived,
  isDone: (item) => item?.archived === true,
}

/** Brings archived items back. */
export const restoring: ItemOperation = {
  task: "restore",
  action: { action: "restore" },
  wanted: "archived",
  isAsWanted: ({ archived }) => !archived,
  isDone: (item) => item?.archived === false,
  takes: fullPathOf,
}

/** Deletes items for good. An item and archived ones of its path are not told apart by the path. */
export const deleting: ItemOperation = {
  task: "delete",
  action: { action: "delete" },
  wanted: "any",
  isAsWanted: () => false,
  isDone: (item) => item === undefined,
}

/**
 * Moves items to a folder, `/` for the root.
 *
 * @throws OptionError (`option`) for an empty text and for parts that are `.` or `..`.
 */
export function movingTo(folder: string): ItemOperation {
  if (folder === "" || folder.split("/").some((part) => part === "." || part === "..")) {
    throw new OptionError("folder", `${JSON.stringify(folder)} is not a folder of a dataset`)
  }
  const path = normalPath(folder)
  const isThere = (item: SelectedItem) => normalPath(item.path) === path
  return {
    task: "move",
    action: { action: "path", path },
    wanted: "live",
    isAsWanted: isThere,
    isDone: (item) => item !== undefined && isThere(item),
    takes: ({ name, archived }) => (archived ? undefined : fullPathOf({ path, name })),
  }
}

/**
 * Sets the priority of items.
 *
 * @throws OptionError (`option`) when it is not a whole number.
 */
export function prioritising(priority: number): ItemOperation {
  if (!Number.isSafeInteger(priority)) throw new OptionError("priority", "must be a whole number")
  return {
    task: "set priority",
    action: { action: "priority", priority },
    wanted: "live",
    isAsWanted: (item) => item.priority === priority,
    isDone: (item) => item?.priority === priority,
  }
}
