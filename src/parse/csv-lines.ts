import { FormatError } from "../errors.ts"

/** The text of one row of a CSV file, without its line end. */
export interface CsvLine {
  /** The line it begins on, from 1. */
  readonly line: number
  readonly text: string
  /** It holds a quote. */
  readonly isQuoted: boolean
}

/** Cuts the text of a CSV file, which comes in pieces, into its rows. */
export interface CsvLines {
  /** The rows that the next text completes. */
  push(text: string): CsvLine[]
  /** Call it after the last text: what is left is the last row. */
  end(): CsvLine[]
}

/**
 * A row ends at LF, CRLF or CR, but for those inside a cell that begins with a quote.
 *
 * @throws FormatError (`format`) with the line, from `push` and `end`, for a row of more than `maxCharacters` and a quote that
 * is never closed.
 */
export function createCsvLines(file: string, maxCharacters: number): CsvLines {
  let rest = ""
  let line = 1

  const refuse = (rule: string) => new FormatError(file, `line ${line}`, rule)
  const cut = (text: string, isEnd: boolean): CsvLine[] => {
    const rows: CsvLine[] = []
    const add = (from: number, to: number, isQuoted: boolean) => {
      if (to - from > maxCharacters) throw refuse(`the row is longer than ${maxCharacters} characters`)
      rows.push({ line, text: text.slice(from, to), isQuoted })
    }
    let at = 0
    let quote = text.indexOf('"')
    while (at < text.length) {
      if (quote !== -1 && quote < at) quote = text.indexOf('"', at)
      let end = lineEnd(text, at)
      const isQuoted = quote !== -1 && (end === -1 || quote < end)
      if (isQuoted) end = endOfQuoted(text, at)
      if (end === unclosed && isEnd) throw refuse("a quote is not closed")
      // A CR that is last may be half of a CRLF.
      if (end < 0 || (end === text.length - 1 && text[end] === "\r")) {
        if (!isEnd) break
        if (end < 0) end = text.length
      }
      add(at, end, isQuoted)
      line += isQuoted ? countLines(text, at, end) : 1
      at = text[end] === "\r" && text[end + 1] === "\n" ? end + 2 : end + 1
    }
    rest = text.slice(at)
    if (rest.length > maxCharacters) {
      const isOpen = endOfQuoted(rest, 0) === unclosed
      throw refuse(
        isOpen
          ? `a quote is not closed within ${maxCharacters} characters`
          : `the row is longer than ${maxCharacters} characters`,
      )
    }
    return rows
  }
  return { push: (text) => cut(rest + text, false), end: () => cut(rest, true) }
}

const unclosed = -2
const lineFeed = 0x0a
const carriageReturn = 0x0d

/** Where the line ends that goes on at `from`, or -1. */
function lineEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === lineFeed || code === carriageReturn) return at
  }
  return -1
}

/** Where the row ends that begins at `from`: -1 where its end has not come, `unclosed` where that is for want of a quote. */
function endOfQuoted(text: string, from: number): number {
  for (let at = from; ; ) {
    while (text[at] === " " || text[at] === "\t") at++
    if (text[at] === '"') {
      at = afterQuoted(text, at + 1)
      if (at === -1) return unclosed
    }
    while (at < text.length && text[at] !== "," && text[at] !== "\n" && text[at] !== "\r") at++
    if (at === text.length) return -1
    if (text[at] !== ",") return at
    at++
  }
}

/** The place behind the quote that closes, in which doubled ones do not count; or -1. */
function afterQuoted(text: string, from: number): number {
  for (let at = from; ; at += 2) {
    at = text.indexOf('"', at)
    if (at === -1) return -1
    if (text[at + 1] !== '"') return at + 1
  }
}

function countLines(text: string, from: number, to: number): number {
  let count = 1
  for (let at = from; at < to; at++) {
    if (text[at] === "\n" || (text[at] === "\r" && text[at + 1] !== "\n")) count++
  }
  return count
}
