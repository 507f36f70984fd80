import { type Dirent, readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { digestOf } from "../pull/tree.ts"

/** Looks at the files below a directory again and again, until it is stopped. */
export interface FileWatch {
  /** Looks a last time, and gives every file that ever stood under its final name with another content than it must have. */
  stop(): Promise<string[]>
}

/**
 * Watches that no file below `<directory>/images` is ever wrong: each must have the digest that is expected of it from the
 * moment in which it has its name. A file that has not changed since is not read again.
 */
export function watchFiles(directory: string, expected: Readonly<Record<string, string>>): FileWatch {
  const wrong = new Set<string>()
  const right = new Map<string, string>()
  const look = () => {
    for (const name of filesBelow(directory, "images")) {
      const path = join(directory, name)
      try {
        const { ino, size, mtimeMs } = statSync(path)
        const version = `${ino} ${size} ${mtimeMs}`
        if (right.get(name) === version) continue
        if (digestOf(readFileSync(path)) === expected[name]) right.set(name, version)
        else wrong.add(name)
      } catch (error) {
        // Gone in between.
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
      }
    }
  }
  let stopped = false
  const watching = (async () => {
    while (!stopped) {
      look()
      await sleep(30)
    }
    look()
  })()
  return {
    stop: async () => {
      stopped = true
      await watching
      return [...wrong].sort()
    },
  }
}

function* filesBelow(directory: string, below: string): Generator<string> {
  let entries: Dirent[]
  try {
    entries = readdirSync(join(directory, below), { withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return
    throw error
  }
  for (const entry of entries) {
    const name = `${below}/${entry.name}`
    if (entry.isDirectory()) yield* filesBelow(directory, name)
    else if (!entry.name.endsWith(".part")) yield name
  }
}
