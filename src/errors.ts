/** How many problems of a selection stand in a message. */
const shownProblems = 10

/** Base of every error this library throws. `code` is literal and stable: branch on it, not on the message. */
abstract class CodedError extends Error {
  abstract readonly code: string
}

/** An option or argument is out of its range. Thrown at the call, before anything has started. */
export class OptionError extends CodedError {
  override readonly name = "OptionError"
  readonly code = "option"
  /** The option's name. */
  readonly option: string

  constructor(option: string, rule: string) {
    super(`${option}: ${rule}`)
    this.option = option
  }
}

/** A file does not hold what its format calls for. */
export class FormatError extends CodedError {
  override readonly name = "FormatError"
  readonly code = "format"
  readonly file: string
  /** Line, JSON path or record; empty where the file as a whole is meant. */
  readonly place: string
  readonly rule: string

  constructor(file: string, place: string, rule: string, options?: ErrorOptions) {
    super(place === "" ? `${file}: ${rule}` : `${file}: ${place}: ${rule}`, options)
    this.file = file
    this.place = place
    this.rule = rule
  }
}

/** An archive cannot be read, or an entry of it breaks a limit. `entry` is empty where the archive as a whole is meant. */
export class ZipError extends CodedError {
  override readonly name = "ZipError"
  readonly code = "zip"
  readonly archive: string
  readonly entry: string
  readonly rule: string

  constructor(archive: string, entry: string, rule: string, options?: ErrorOptions) {
    super(entry === "" ? `${archive}: ${rule}` : `${archive}: ${entry}: ${rule}`, options)
    this.archive = archive
    this.entry = entry
    this.rule = rule
  }
}

/** A name from outside would leave its directory, or no file system takes it. */
export class PathError extends CodedError {
  override readonly name = "PathError"
  readonly code = "path"
  readonly path: string
  readonly rule: string

  constructor(path: string, rule: string) {
    super(`${JSON.stringify(path)}: ${rule}`)
    this.path = path
    this.rule = rule
  }
}

/** A writer has neither written nor reported some of the annotations that it was given: a mistake in the format's module. */
export class ConservationError extends CodedError {
  override readonly name = "ConservationError"
  readonly code = "conservation"
  /** Annotations that came in. */
  readonly annotations: number
  readonly written: number
  readonly skipped: number

  constructor(annotations: number, written: number, skipped: number) {
    super(`of ${annotations} annotations ${written} were written and ${skipped} reported as left out`)
    this.annotations = annotations
    this.written = written
    this.skipped = skipped
  }
}

/** One of the items named for an operation, and why it cannot be told which one is meant, or what is in its way. */
export interface SelectionProblem {
  /** The path, name or id as it was given. */
  readonly item: string
  readonly rule: string
}

/** Items that were named for an operation are not there, or it cannot be told which are meant. Nothing has been changed. */
export class SelectionError extends CodedError {
  override readonly name = "SelectionError"
  readonly code = "selection"
  readonly problems: readonly SelectionProblem[]

  constructor(problems: readonly SelectionProblem[]) {
    const shown = problems.slice(0, shownProblems).map(({ item, rule }) => `${JSON.stringify(item)}: ${rule}`)
    const more = problems.length - shown.length
    super(`nothing was changed: ${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""}`)
    this.problems = problems
  }
}

/** Something asked for exists in the field but is not offered here. */
export class UnsupportedError extends CodedError {
  override readonly name = "UnsupportedError"
  readonly code = "unsupported"
}

/** The configuration file is missing, unreadable or lacks what a call needs. */
export class ConfigError extends CodedError {
  override readonly name = "ConfigError"
  readonly code = "config"
  readonly file: string

  constructor(file: string, rule: string, options?: ErrorOptions) {
    super(`${file}: ${rule}`, options)
    this.file = file
  }
}

/** An observable gave more than the bound allows to wait. */
export class OverflowError extends CodedError {
  override readonly name = "OverflowError"
  readonly code = "overflow"
  readonly capacity: number

  constructor(capacity: number) {
    super(`more than ${capacity} values wait: the consumer is slower than the observable`)
    this.capacity = capacity
  }
}

/** A file could not be brought whole onto the disk. */
export class TransferError extends CodedError {
  override readonly name = "TransferError"
  readonly code = "transfer"
  /** Where the file was to stand. */
  readonly path: string
  readonly rule: string
  /** Whether another try may bring it: bytes that came wrong may come right, a full disk stays full. */
  readonly passing: boolean

  constructor(path: string, rule: string, options: ErrorOptions & { readonly passing?: boolean } = {}) {
    super(`${path}: ${rule}`, options)
    this.path = path
    this.rule = rule
    this.passing = options.passing ?? false
  }
}

/** A program of the user's, such as ffmpeg, is missing or has failed. */
export class ProgramError extends CodedError {
  override readonly name = "ProgramError"
  readonly code = "program"
  /** Its path, or its name on PATH. */
  readonly program: string
  /** What is wrong, and where it ran its last words. */
  readonly rule: string
  /** Undefined where it did not run, or was ended by a signal. */
  readonly exitCode: number | undefined

  constructor(program: string, rule: string, exitCode?: number) {
    super(`${program}: ${rule}`)
    this.program = program
    this.rule = rule
    this.exitCode = exitCode
  }
}

/** An item's annotations cannot go into the dataset: it lacks a class, a slot or the like. Nothing of the item was sent. */
export class ImportError extends CodedError {
  override readonly name = "ImportError"
  readonly code = "import"
  /** Folder and name of the item. */
  readonly item: string
  /** JSON path in the item's annotation file; empty where the item as a whole is meant. */
  readonly place: string
  readonly rule: string

  constructor(item: string, place: string, rule: string) {
    super(place === "" ? `${item}: ${rule}` : `${item}: ${place}: ${rule}`)
    this.item = item
    this.place = place
    this.rule = rule
  }
}

/** What every failed exchange carries. `url` holds no secrets: values of tokens and signatures are masked. */
export interface Exchange {
  readonly method: string
  readonly url: string
  /** How often it was tried. */
  readonly attempts: number
}

/** The server could not be reached, or the connection broke or fell silent. */
export class NetworkError extends CodedError implements Exchange {
  override readonly name = "NetworkError"
  readonly code = "network"
  readonly method: string
  readonly url: string
  readonly attempts: number

  constructor(exchange: Exchange, rule: string, options?: ErrorOptions) {
    super(`${exchange.method} ${exchange.url}: ${rule}${tries(exchange.attempts)}`, options)
    this.method = exchange.method
    this.url = exchange.url
    this.attempts = exchange.attempts
  }
}

/** The server's answer is not what the API promises. */
export class ProtocolError extends CodedError implements Exchange {
  override readonly name = "ProtocolError"
  readonly code = "protocol"
  readonly method: string
  readonly url: string
  readonly attempts: number

  constructor(exchange: Exchange, rule: string, options?: ErrorOptions) {
    super(`${exchange.method} ${exchange.url}: ${rule}`, options)
    this.method = exchange.method
    this.url = exchange.url
    this.attempts = exchange.attempts
  }
}

/** What an HTTP error status carries besides the exchange. */
export interface FailedExchange extends Exchange {
  readonly status: number
  /** The answer's body: parsed where it is JSON, else the first 2,000 characters. */
  readonly body: unknown
  /** How long the server asks to wait before another try; there when it said so by `Retry-After`. */
  readonly retryAfterMs?: number | undefined
}

/** How much of an answer's body stands in a message. */
const shownCharacters = 500

/** The codes of HttpError and its kinds. */
export type HttpErrorCode =
  | "http"
  | "unauthorized"
  | "not-found"
  | "payload-too-large"
  | "name-taken"
  | "validation"
  | "insufficient-storage"

/** The server refused with a status that has no class of its own. */
export class HttpError extends CodedError implements FailedExchange {
  override readonly name: string = "HttpError"
  readonly code: HttpErrorCode = "http"
  readonly method: string
  readonly url: string
  readonly attempts: number
  readonly status: number
  readonly body: unknown
  readonly retryAfterMs: number | undefined

  constructor(exchange: FailedExchange, rule?: string) {
    const said = rule ?? (typeof exchange.body === "string" ? exchange.body : JSON.stringify(exchange.body))
    const shown = (said ?? "").slice(0, shownCharacters)
    super(`${exchange.method} ${exchange.url}: ${exchange.status} ${shown}${tries(exchange.attempts)}`)
    this.method = exchange.method
    this.url = exchange.url
    this.attempts = exchange.attempts
    this.status = exchange.status
    this.body = exchange.body
    this.retryAfterMs = exchange.retryAfterMs
  }
}

/** 401: no API key, or one the server does not know. */
export class Unauthorized extends HttpError {
  override readonly name = "Unauthorized"
  override readonly code = "unauthorized"
}

/** 404, or a team, dataset or release of that name does not exist. */
export class NotFound extends HttpError {
  override readonly name = "NotFound"
  override readonly code = "not-found"
}

/** 413, 414 or 431: the request, its address or its headers are larger than the server takes. */
export class PayloadTooLarge extends HttpError {
  override readonly name = "PayloadTooLarge"
  override readonly code = "payload-too-large"
}

/** 422: something of that name exists already. */
export class NameTaken extends HttpError {
  override readonly name = "NameTaken"
  override readonly code = "name-taken"
}

/** 422: the server finds a value invalid; `body` says which. */
export class ValidationError extends HttpError {
  override readonly name = "ValidationError"
  override readonly code = "validation"
}

/** 429 with `INSUFFICIENT_REMAINING_STORAGE`: the team's storage is full. */
export class InsufficientStorage extends HttpError {
  override readonly name = "InsufficientStorage"
  override readonly code = "insufficient-storage"
}

/** Every error class by its code. */
export interface ErrorByCode {
  option: OptionError
  conservation: ConservationError
  format: FormatError
  zip: ZipError
  path: PathError
  selection: SelectionError
  unsupported: UnsupportedError
  config: ConfigError
  overflow: OverflowError
  transfer: TransferError
  program: ProgramError
  import: ImportError
  network: NetworkError
  protocol: ProtocolError
  http: HttpError
  unauthorized: Unauthorized
  "not-found": NotFound
  "payload-too-large": PayloadTooLarge
  "name-taken": NameTaken
  validation: ValidationError
  "insufficient-storage": InsufficientStorage
}

/** The literal `code` of an error class. */
export type ErrorCode = keyof ErrorByCode

const codes: ReadonlySet<string> = new Set<ErrorCode>([
  "option",
  "conservation",
  "format",
  "zip",
  "path",
  "selection",
  "unsupported",
  "config",
  "overflow",
  "transfer",
  "program",
  "import",
  "network",
  "protocol",
  "http",
  "unauthorized",
  "not-found",
  "payload-too-large",
  "name-taken",
  "validation",
  "insufficient-storage",
])

/**
 * Tells whether an error is ours, or of the codes named. It compares codes, so it also holds between two copies of
 * this package.
 *
 * @example
 * try {
 *   await dataset.pull()
 * } catch (error) {
 *   if (isError(error, "not-found")) console.error(error.url)
 *   else throw error
 * }
 */
export function isError<Code extends ErrorCode = ErrorCode>(
  error: unknown,
  ...wanted: readonly Code[]
): error is ErrorByCode[Code] {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return false
  return wanted.length === 0 ? codes.has(error.code) : (wanted as readonly string[]).includes(error.code)
}

/** What a thrown value says, whatever it is. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function tries(attempts: number): string {
  return attempts > 1 ? ` (after ${attempts} tries)` : ""
}
