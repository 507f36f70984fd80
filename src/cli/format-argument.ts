import type { Format } from "../formats/index.ts"
import { loadModule } from "./load-module.ts"
import { UsageError } from "./told-error.ts"

/**
 * A format by its id, or by the path of an ES module whose default export is one: what ends like a module or holds a slash
 * is a path. `name` is that of the argument or option.
 */
export async function loadFormatArgument(name: string, text: string): Promise<Format> {
  if (!/[/\\]|\.[cm]?[jt]s$/.test(text)) {
    const { loadFormat } = await import("../formats/index.ts")
    return loadFormat(text)
  }
  const format = await loadModule(name, text)
  if (isFormat(format)) return format
  throw new UsageError(
    `${name}: ${text} must have a format as its default export: an object with id and holds`,
  )
}

function isFormat(value: unknown): value is Format {
  const { id, holds } = (value ?? {}) as Partial<Format>
  return typeof id === "string" && Array.isArray(holds)
}
