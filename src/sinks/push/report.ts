/** What became of a push, in numbers and problem by problem. */
export interface PushReport {
  /** `team/dataset`. */
  readonly dataset: string
  readonly items: {
    /** Items that this run has brought. */
    readonly done: number
    /** Items that were in the dataset before. */
    readonly present: number
    /** Items that the service refused. */
    readonly blocked: number
    readonly failed: number
  }
  /** Files uploaded: an item has one for each slot. */
  readonly files: number
  /** Bytes of the files uploaded. */
  readonly bytes: number
  /** What was found and left out, such as files that Darwin does not take; each was told as a `skip` event. */
  readonly skipped: number
  /** What failed, was refused or left out, with the reason: the first 1,000 of them. */
  readonly problems: readonly PushProblem[]
}

/** What was being done when something failed. Files are looked at as a part of `register`. */
export type PushStage = "register" | "sign" | "upload" | "confirm"

/** Something that did not come through. */
export interface PushProblem {
  readonly kind: "failed" | "blocked" | "skipped"
  /** The file on disk, or the name of a generated one. */
  readonly file: string
  /** Folder and name in the dataset, where it had come that far. */
  readonly item?: string
  readonly stage?: PushStage
  /** In the service's own words where it is the service that says no. */
  readonly reason: string
}

const maxProblems = 1_000

/** A report in the making. */
export interface PushTally {
  count(outcome: keyof PushReport["items"]): void
  uploaded(bytes: number): void
  problem(problem: PushProblem): void
  report(): PushReport
}

/** A report with nothing in it yet. */
export function createTally(dataset: string): PushTally {
  const items = { done: 0, present: 0, blocked: 0, failed: 0 }
  const problems: PushProblem[] = []
  let files = 0
  let bytes = 0
  return {
    count: (outcome) => {
      items[outcome]++
    },
    uploaded: (sizeBytes) => {
      files++
      bytes += sizeBytes
    },
    problem: (problem) => {
      if (problems.length < maxProblems) problems.push(problem)
    },
    report: () => ({ dataset, items, files, bytes, skipped: 0, problems }),
  }
}

/** What became of files before they reached the sink. */
export interface FoundTally {
  readonly skipped: number
  readonly failed: number
  readonly problems: readonly PushProblem[]
}

/** A report with what the search for files has left out. */
export function withFound(report: PushReport, { skipped, failed, problems }: FoundTally): PushReport {
  return {
    ...report,
    items: { ...report.items, failed: report.items.failed + failed },
    skipped,
    problems: [...report.problems, ...problems].slice(0, maxProblems),
  }
}
