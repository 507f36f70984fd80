import { ApiError, unprocessable } from "../errors.ts"
import { slotsOfLayout } from "../layouts.ts"
import type { Database, SqlValue } from "./database.ts"
import { checkedPath, type ItemFilters, itemCondition, statusOfStage } from "./item-filters.ts"
import { getWorkflow } from "./workflows.ts"

/** Which items an action is for: it must name items or datasets, so that a lost filter never means "all". */
function actionCondition(teamId: number, filters: ItemFilters): { sql: string; values: readonly SqlValue[] } {
  const named =
    filters.item_ids !== undefined || (filters.dataset_ids !== undefined && filters.dataset_ids !== "all")
  if (!named) throw unprocessable("filters", "must name item_ids or dataset_ids")
  return itemCondition(teamId, filters)
}

function update(
  db: Database,
  teamId: number,
  filters: ItemFilters,
  set: string,
  values: readonly SqlValue[],
  only = "1",
): number {
  const condition = actionCondition(teamId, filters)
  try {
    return db.run(`UPDATE items SET ${set}, updated_at = ? WHERE ${condition.sql} AND ${only}`, [
      ...values,
      Date.now(),
      ...condition.values,
    ]).changes
  } catch (error) {
    if (error instanceof Error && /UNIQUE constraint failed/.test(error.message)) {
      throw new ApiError(422, { items: ["an item with that name and path is there already"] })
    }
    throw error
  }
}

/** Archives items; returns how many changed. So do all functions below. */
export function archiveItems(db: Database, teamId: number, filters: ItemFilters): number {
  return update(db, teamId, filters, "archived = 1", [], "NOT archived")
}

/** Takes items out of the archive; refused when another item has taken the place of one. */
export function restoreItems(db: Database, teamId: number, filters: ItemFilters): number {
  return update(db, teamId, filters, "archived = 0", [], "archived")
}

/**
 * Deletes items for every reader of the API. Their files stay on disk: releases made before are immutable, and the
 * addresses in them must go on working.
 */
export function deleteItems(db: Database, teamId: number, filters: ItemFilters): number {
  return update(db, teamId, filters, "deleted = 1", [])
}

/** Moves items to a stage of a workflow, which sets their status. Items of other workflows and archived ones stay. */
export function moveToStage(
  db: Database,
  teamId: number,
  filters: ItemFilters,
  stage: { readonly workflowId: string; readonly stageId: string },
): number {
  const workflow = getWorkflow(db, teamId, stage.workflowId)
  const type = workflow.stages.find((candidate) => candidate.id === stage.stageId)?.type
  const status = type === undefined ? undefined : statusOfStage[type]
  if (status === undefined) throw unprocessable("stage_id", "is not a stage of this workflow")
  return update(
    db,
    teamId,
    filters,
    "stage = ?",
    [status],
    `NOT archived AND processing_status = 'complete' AND dataset_id = ${workflow.dataset?.id ?? 0}`,
  )
}

export function moveToFolder(db: Database, teamId: number, filters: ItemFilters, path: string): number {
  return update(db, teamId, filters, "path = ?", [checkedPath(path)])
}

export function setPriority(db: Database, teamId: number, filters: ItemFilters, priority: number): number {
  return update(db, teamId, filters, "priority = ?", [priority])
}

/** Changes how slots are laid out; refused when an item lacks one of the slots that the layout shows. */
export function setLayout(db: Database, teamId: number, filters: ItemFilters, layout: unknown): number {
  if (layout !== null) {
    const condition = actionCondition(teamId, filters)
    const lacking = db.one<{ name: string }>(
      `SELECT name FROM items WHERE ${condition.sql} AND EXISTS (SELECT 1 FROM json_each(?)
         WHERE value NOT IN (SELECT slot_name FROM slots WHERE item_id = items.id)) LIMIT 1`,
      [...condition.values, JSON.stringify(slotsOfLayout(layout))],
    )
    if (lacking !== undefined) throw unprocessable("layout", `${lacking.name} lacks a slot that it shows`)
  }
  return update(db, teamId, filters, "layout = ?", [layout === null ? null : JSON.stringify(layout)])
}
