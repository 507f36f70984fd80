import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import type { SubsetFilter } from "../sources/index.ts"
import { tellError, UsageError } from "./told-error.ts"

/**
 * Loads a subset filter: the default export of an ES module. What it throws later is told with the names of the module
 * and of the annotation file it was asked about.
 */
export async function loadFilter(path: string): Promise<SubsetFilter> {
  if (!existsSync(path)) throw new UsageError(`--filter-module: ${path}: no such file`)
  const { href } = pathToFileURL(resolve(path))
  let module: { readonly default?: unknown }
  try {
    module = (await import(href)) as typeof module
  } catch (cause) {
    throw new UsageError(`--filter-module: ${path} cannot be loaded: ${tellError(cause).message}`, { cause })
  }
  const filter = module.default
  if (typeof filter !== "function") {
    throw new UsageError(
      `--filter-module: ${path} must have a function as its default export, not ${typeof filter}`,
    )
  }
  return async (file) => {
    try {
      return await (filter as SubsetFilter)(file)
    } catch (cause) {
      throw new Error(`${path}: ${file.path}: ${tellError(cause).message}`, { cause })
    }
  }
}
