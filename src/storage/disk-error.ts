import { basename } from "node:path"
import { TransferError } from "../errors.ts"

/** The codes after which no other file of the run can be written either. */
const fatalCodes: ReadonlySet<string> = new Set([
  "ENOSPC",
  "EDQUOT",
  "EROFS",
  "SQLITE_FULL",
  "SQLITE_READONLY",
])

/** What the file system refused, in words; a code that is not here is told by the system's own message. */
const rules: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the user's share of the disk is used up",
  EROFS: "the file system is read-only",
  EACCES: "permission to write is missing",
  EPERM: "permission to write is missing",
  EISDIR: "a directory stands where the file belongs",
  ENOTDIR: "a file stands where a directory of its path belongs",
  EEXIST: "a file stands where a directory of its path belongs",
  ENOTEMPTY: "a directory stands where the file belongs",
  ELOOP: "its path leads through a circle of links",
  EMFILE: "this process has too many files open",
  ENFILE: "the system has too many files open",
  EIO: "the disk failed",
  SQLITE_FULL: "the disk is full",
  SQLITE_READONLY: "the file system is read-only",
  SQLITE_IOERR: "the disk failed",
  SQLITE_CANTOPEN: "it cannot be opened as a database file",
}

/**
 * What the file system refused while a file was written, as a TransferError (`transfer`) that names the file and the
 * reason. Anything else is given back as it is.
 */
export function diskError(path: string, error: unknown): unknown {
  if (!isSystemError(error)) return error
  const rule =
    error.code === "ENAMETOOLONG"
      ? `its name of ${Buffer.byteLength(basename(path))} bytes, or its path of ${Buffer.byteLength(path)}, is too long for the file system`
      : (rules[error.code] ?? error.message)
  return new TransferError(path, rule, { cause: error })
}

/** Whether an error tells of a disk that takes no file at all: going on would fetch what cannot be kept. */
export function isDiskFatal(error: unknown): boolean {
  const cause = error instanceof TransferError ? error.cause : error
  return isSystemError(cause) && fatalCodes.has(cause.code)
}

// Errors of the network have a code, too; those of the file system come from a system call on a path or a descriptor.
function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  if (!(error instanceof Error && "code" in error && typeof error.code === "string")) return false
  // What the disk does to a database is told by the database.
  if (error.name === "SqliteError") return Object.hasOwn(rules, error.code)
  return "syscall" in error && "errno" in error && !("address" in error) && !("hostname" in error)
}
