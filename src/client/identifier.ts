import { OptionError } from "../errors.ts"

/** What a dataset identifier names. */
export interface DatasetIdentifier {
  readonly team: string | undefined
  readonly dataset: string
  readonly release: string | undefined
}

const grammar = /^(?:(?<team>[\w.-]+)\/)?(?<dataset>[\w.-]+)(?::(?<release>[\w.:-]+))?$/

/**
 * Takes `[team/]dataset[:release]` apart. Each part is made of letters and digits of ASCII, `_`, `.` and `-`; a release
 * may also hold `:`.
 *
 * @throws OptionError (`option`) when it is written otherwise.
 *
 * @example
 * parseIdentifier("acme/street-signs:v3") // { team: "acme", dataset: "street-signs", release: "v3" }
 */
export function parseIdentifier(identifier: string): DatasetIdentifier {
  const parts = grammar.exec(identifier)?.groups
  if (parts?.dataset === undefined) {
    throw new OptionError(
      "identifier",
      `${JSON.stringify(identifier)} is not of the form [team/]dataset[:release]`,
    )
  }
  return { team: parts.team, dataset: parts.dataset, release: parts.release }
}
