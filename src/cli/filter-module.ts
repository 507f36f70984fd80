import type { SubsetFilter } from "../sources/index.ts"
import { loadModule } from "./load-module.ts"
import { tellError, UsageError } from "./told-error.ts"

/**
 * Loads a subset filter: the default export of an ES module. What it throws later is told with the names of the module
 * and of the annotation file it was asked about.
 */
export async function loadFilter(path: string): Promise<SubsetFilter> {
  const filter = await loadModule("--filter-module", path)
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
