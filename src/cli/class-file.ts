import { readFileSync } from "node:fs"
import { tellError, UsageError } from "./told-error.ts"

/** The names of classes in a file: a JSON list in one that ends in `.json`, else one a line; empty lines do not count. */
export function readClassFile(path: string): string[] {
  let text: string
  try {
    text = readFileSync(path, "utf8").replace(/^\ufeff/, "")
  } catch (cause) {
    throw new UsageError(`--classes: ${tellError(cause).message}`, { cause })
  }
  const names = path.toLowerCase().endsWith(".json") ? namesOf(path, text) : text.split(/\r?\n/)
  const classes = names.map((name) => name.trim()).filter((name) => name !== "")
  if (classes.length === 0) throw new UsageError(`--classes: ${path} has no name of a class`)
  return classes
}

function namesOf(path: string, text: string): string[] {
  let names: unknown
  try {
    names = JSON.parse(text)
  } catch (cause) {
    throw new UsageError(`--classes: ${path} is not JSON`, { cause })
  }
  if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names
  throw new UsageError(`--classes: ${path} must be a list of names`)
}
