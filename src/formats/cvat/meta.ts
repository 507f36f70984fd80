import { xmlText } from "../../parse/xml-write.ts"
import type { Labels } from "./labels.ts"

/** What a document says of itself. */
export interface Meta {
  readonly mode: "annotation" | "interpolation"
  /** Images, or frames of the video. */
  readonly size: number
  readonly labels: Labels
  /** Of a video: its full name, and its size in pixels where that is known. */
  readonly source?: string
  readonly width?: number | null | undefined
  readonly height?: number | null | undefined
}

/**
 * A document up to its first image or track. Ids, people and dates are none of an export's: they are the same ones in each
 * file, so that the same input gives the same bytes.
 */
export function documentStart({ mode, size, labels, source, width, height }: Meta): string {
  const last = Math.max(0, size - 1)
  const hasSize = typeof width === "number" && typeof height === "number"
  return (
    '<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version><meta><task>' +
    `<id>1</id><name>exported_task_from_darwin</name><size>${size}</size><mode>${mode}</mode><overlap>0</overlap>` +
    `<bugtracker></bugtracker><start_frame>0</start_frame><stop_frame>${last}</stop_frame><frame_filter></frame_filter>` +
    `<labels>${labels.text()}</labels>` +
    `<segments><segment><id>1</id><start>0</start><stop>${last}</stop><url></url></segment></segments>` +
    "<owner><username></username><email></email></owner><assignee></assignee>" +
    (hasSize ? `<original_size><width>${width}</width><height>${height}</height></original_size>` : "") +
    `</task>${source === undefined ? "" : `<source>${xmlText(source)}</source>`}</meta>\n`
  )
}

export const documentEnd = "</annotations>\n"
