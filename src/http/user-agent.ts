import { createRequire } from "node:module"

// The package's own description lies two folders above, in the sources as in the built package.
const { name, version } = createRequire(import.meta.url)("../../package.json") as {
  readonly name: string
  readonly version: string
}

/** How this library names itself to servers. */
export const userAgent: string = `${name}/${version}`
