/** A pattern of paths, split into where the search begins and what is looked for below. */
export interface Glob {
  /** The folder that the pattern names before its first `*` or `?`; `.` where it names none. */
  readonly base: string
  /** Whether a path below the base, with `/` between its parts, is meant. */
  matches(below: string): boolean
  /** Whether something below this folder, given likewise, can be meant. */
  reaches(below: string): boolean
}

/** Whether a text is a pattern rather than a path. */
export function isGlob(text: string): boolean {
  return /[*?]/.test(text)
}

/**
 * Reads a pattern: `*` stands for any characters of one part of a path, `?` for one, and a part `**` for any number of
 * folders. As in a shell, none of them stands for a dot at the beginning of a part.
 *
 * @example
 * const glob = parseGlob("photos/**\/*.jpg")
 * glob.base // "photos"
 * glob.matches("2026/may/kerb.jpg") // true
 */
export function parseGlob(pattern: string): Glob {
  const parts = pattern.split("/")
  const first = parts.findIndex(isGlob)
  const before = parts.slice(0, first).join("/")
  const wanted = parts.slice(first).filter((part) => part !== "" && part !== ".")
  const whole = new RegExp(`^${wanted.map(partPattern).join("")}$`, "su")
  const folders = wanted.map((part) =>
    part === "**" ? undefined : new RegExp(`^${namePattern(part)}$`, "su"),
  )
  return {
    base: before !== "" ? before : first > 0 ? "/" : ".",
    matches: (below) => whole.test(`${below}/`),
    reaches: (below) => {
      const names = below.split("/")
      for (const [depth, name] of names.entries()) {
        const folder = folders[depth]
        // From the first `**` on, anything that is not hidden.
        if (folder === undefined) {
          return depth < folders.length && !names.slice(depth).some((one) => one.startsWith("."))
        }
        if (!folder.test(name)) return false
      }
      return names.length < folders.length
    },
  }
}

// Each part brings the slash that ends it, which `matches` adds to the last one.
function partPattern(part: string, at: number, parts: readonly string[]): string {
  if (part !== "**") return `${namePattern(part)}/`
  // At the end it stands for all files below.
  const anyFolders = "(?:(?!\\.)[^/]+/)"
  return at === parts.length - 1 ? `${anyFolders}+` : `${anyFolders}*`
}

function namePattern(part: string): string {
  const hidden = /^[*?]/.test(part) ? "(?!\\.)" : ""
  const text = part.replace(/[\\^$.+()[\]{}|/*?-]/g, (character) => {
    if (character === "*") return "[^/]*"
    if (character === "?") return "[^/]"
    return character === "-" ? "-" : `\\${character}`
  })
  return hidden + text
}
