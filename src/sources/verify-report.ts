import { pipeline } from "../pipeline.ts"
import type { Context, Source } from "../stream.ts"
import type { PullReport } from "./pull-report.ts"
import type { VerifiedFile } from "./verify.ts"

/** What a look at a release on disk has shown, in numbers. */
export interface VerifyReport {
  readonly release: string
  /** Where the dataset stands on disk. */
  readonly directory: string
  readonly files: Readonly<Record<VerifiedFile["state"], number>>
  /** Bytes of the files that are whole. */
  readonly bytes: number
  /** Annotation files of the release that cannot be read, and media without an address, each told as a `skip` event. */
  readonly invalid: number
  /** The first 1,000 files that are not whole, or should not be there; each was told as a `check` event. */
  readonly problems: readonly VerifiedFile[]
  /** What the pull has done that was to mend them. */
  readonly repaired?: PullReport
  /** Whether all is as it should be, after the repair where there was one. */
  readonly clean: boolean
}

const maxProblems = 1_000

/** Runs a verification to its end and gives the report. `onProblem` is told every file that is not as it should be. */
export async function reportVerify(
  verified: Source<VerifiedFile>,
  { release, directory }: Pick<VerifyReport, "release" | "directory">,
  onProblem: (file: VerifiedFile) => void,
  context: Context = {},
): Promise<VerifyReport> {
  const files = { whole: 0, missing: 0, changed: 0, partial: 0, extra: 0 }
  const problems: VerifiedFile[] = []
  let bytes = 0
  let invalid = 0
  const heard: Context = {
    ...context,
    onEvent: (event) => {
      if (event.type === "skip") invalid++
      context.onEvent?.(event)
    },
  }
  const count = async (input: AsyncIterable<VerifiedFile>) => {
    for await (const file of input) {
      files[file.state]++
      if (file.state === "whole") bytes += file.bytes
      else {
        onProblem(file)
        if (problems.length < maxProblems) problems.push(file)
      }
    }
  }
  await pipeline(verified, count, heard)
  return { release, directory, files, bytes, invalid, problems, clean: problems.length + invalid === 0 }
}
