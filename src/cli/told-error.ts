/** An error as it is told: a code to branch on, one sentence, and where it has them the fields of our error classes. */
export interface ToldError {
  readonly code: string
  readonly message: string
  readonly [field: string]: string | number
}

/** A wrong use of the command line, found by a command itself. */
export class UsageError extends Error {
  override readonly name = "UsageError"
  readonly code = "usage"
}

// Named one by one: an answer's body is left out, which may be long and hold anything.
const fields = [
  "option",
  "file",
  "path",
  "archive",
  "entry",
  "place",
  "rule",
  "program",
  "exitCode",
  "method",
  "url",
  "status",
  "attempts",
  "retryAfterMs",
]

const maxMessageCharacters = 1_000

/** What is told of a thrown value. */
export function tellError(error: unknown): ToldError {
  if (!(error instanceof Error)) return { code: "unexpected", message: String(error) }
  const told: Record<string, string | number> = {}
  for (const field of fields) {
    const value: unknown = Reflect.get(error, field)
    if ((typeof value === "string" && value !== "") || typeof value === "number") told[field] = value
  }
  const code: unknown = Reflect.get(error, "code")
  const coded = typeof code === "string"
  // Without a code it is no error of ours or of the platform: then its class says more than its words may.
  const text = coded || error.name === "Error" ? error.message : `${error.name}: ${error.message}`
  return { code: coded ? code : "unexpected", message: shortened(text), ...told }
}

function shortened(text: string): string {
  return text.length > maxMessageCharacters ? `${text.slice(0, maxMessageCharacters)}...` : text
}
