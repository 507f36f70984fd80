import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { tellError, UsageError } from "./told-error.ts"

/** The default export of an ES module that an argument or option (`name`) names by its path. */
export async function loadModule(name: string, path: string): Promise<unknown> {
  if (!existsSync(path)) throw new UsageError(`${name}: ${path}: no such file`)
  const { href } = pathToFileURL(resolve(path))
  try {
    const module = (await import(href)) as { readonly default?: unknown }
    return module.default
  } catch (cause) {
    throw new UsageError(`${name}: ${path} cannot be loaded: ${tellError(cause).message}`, { cause })
  }
}
