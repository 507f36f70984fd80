/**
 * What a run tells while it goes, discriminated by `type`. Events are to watch, never to steer; a listener that throws
 * ends the run.
 */
export type RunEvent =
  | StartEvent
  | PlanEvent
  | FileEvent
  | TransferEvent
  | RetryEvent
  | WaitEvent
  | SkipEvent
  | FilterEvent
  | FailEvent
  | RemoveEvent
  | CheckEvent
  | WarningEvent
  | ProgressEvent
  | EndEvent

/** A task begins. `total` counts its items, where it is known beforehand. */
export interface StartEvent {
  readonly type: "start"
  readonly task: string
  readonly total?: number
}

/**
 * What a conversion will lose, told before it reads anything: the annotation types that its input can hold, and that its
 * output has as something else (`becomes`) or not at all (`leftOut`).
 */
export interface PlanEvent {
  readonly type: "plan"
  readonly format: string
  readonly becomes: readonly { readonly type: string; readonly as: string }[]
  readonly leftOut: readonly string[]
}

/** One annotation file has passed: read, pulled or written, as `task` says. */
export interface FileEvent {
  readonly type: "file"
  readonly task: string
  readonly path: string
}

/** One file has come whole: it is on disk under its final name, or the service has confirmed it. */
export interface TransferEvent {
  readonly type: "transfer"
  readonly path: string
  readonly bytes: number
}

/** A request failed and will be made again after `delayMs`. */
export interface RetryEvent {
  readonly type: "retry"
  readonly url: string
  readonly attempt: number
  readonly delayMs: number
  readonly error: unknown
}

/** What is asked for is not ready: it is looked at again after `delayMs`, and waited for `leftMs` at most from now on. */
export interface WaitEvent {
  readonly type: "wait"
  readonly what: string
  readonly delayMs: number
  readonly leftMs: number
}

/** Something was left out. `file` and `place` (line, JSON path or record) say where, `reason` which rule. */
export interface SkipEvent {
  readonly type: "skip"
  readonly file: string
  readonly place?: string
  readonly reason: string
}

/** The subset function did not want a file. */
export interface FilterEvent {
  readonly type: "filter"
  readonly file: string
}

/** An item could not be brought whole; the run goes on with the others. */
export interface FailEvent {
  readonly type: "fail"
  readonly file: string
  readonly error: unknown
}

/** A file that nothing needs any more has been removed; in a dry run, would be. */
export interface RemoveEvent {
  readonly type: "remove"
  readonly path: string
  readonly dryRun: boolean
}

/** A file on disk is not what it should be; `reason` says in which way. */
export interface CheckEvent {
  readonly type: "check"
  readonly path: string
  readonly state: "missing" | "changed" | "partial" | "extra"
  readonly reason: string
}

/** Something worth knowing that changes no result. */
export interface WarningEvent {
  readonly type: "warning"
  readonly message: string
}

/** How far the bytes of a task have come. `totalBytes` where it is known. */
export interface ProgressEvent {
  readonly type: "progress"
  readonly task: string
  readonly bytes: number
  readonly totalBytes?: number
}

/** A task has ended well. */
export interface EndEvent {
  readonly type: "end"
  readonly task: string
}
