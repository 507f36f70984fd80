// Damage as files meet it, from a seed: the same on every machine.

/** Numbers from 0 to before 1, the same ones for the same seed. */
export type Random = () => number

export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What is done to the bytes of a file, with those of another one and a number of levels for what is to be deep. */
type Damage = (bytes: Buffer, random: Random, other: Buffer, levels: number) => Buffer

const below = (random: Random, count: number) => Math.floor(random() * count)
const pick = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)] as T

function insert(bytes: Buffer, at: number, ...parts: (string | Buffer)[]): Buffer {
  return Buffer.concat([bytes.subarray(0, at), ...parts.map((part) => Buffer.from(part)), bytes.subarray(at)])
}

/** Replaces one of the places that a pattern finds; the bytes as they are where it finds none. */
function replaceOne(bytes: Buffer, random: Random, pattern: RegExp, values: readonly string[]): Buffer {
  const text = bytes.toString("latin1")
  const found = [...text.matchAll(pattern)]
  if (found.length === 0) return bytes
  const { 0: old, index } = pick(random, found)
  const changed = text.slice(0, index) + pick(random, values) + text.slice(index + old.length)
  return Buffer.from(changed, "latin1")
}

const oddValues = [
  "null",
  "true",
  '"text"',
  "1e999",
  "-1e308",
  "NaN",
  "-0",
  "9".repeat(400),
  "0.5",
  "[]",
  "{}",
  "-1",
]

const entities = [
  '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;"><!ENTITY z "&y;&y;&y;&y;&y;&y;&y;">]>',
  '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
  `<!DOCTYPE a [<!ENTITY x "${"x".repeat(50_000)}">]>`,
]

/** The kinds of damage by their names. */
export const damages: Readonly<Record<string, Damage>> = {
  truncated: (bytes, random) => bytes.subarray(0, below(random, bytes.length)),
  "bits flipped": (bytes, random) => {
    const copy = Buffer.from(bytes)
    for (let left = 1 + below(random, 8); left > 0; left--) {
      const at = below(random, copy.length)
      copy[at] = (copy[at] ?? 0) ^ (1 << below(random, 8))
    }
    return copy
  },
  "a run deleted": (bytes, random) => {
    const at = below(random, bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(random, 40))])
  },
  "a run doubled": (bytes, random) => {
    const at = below(random, bytes.length)
    return insert(bytes, at, bytes.subarray(at, at + 1 + below(random, 60)))
  },
  "spliced with another": (bytes, random, other) =>
    Buffer.concat([
      bytes.subarray(0, below(random, bytes.length)),
      other.subarray(below(random, other.length)),
    ]),
  "a number replaced": (bytes, random) => replaceOne(bytes, random, /-?\d+(?:\.\d+)?/g, oddValues),
  "a string replaced": (bytes, random) => replaceOne(bytes, random, /"[^"\\]*"/g, oddValues),
  "a value replaced": (bytes, random) =>
    replaceOne(bytes, random, /(?<=[:,>]\s*)[^\s:,<>[\]{}"]+|\[\]|\{\}/g, oddValues),
  "a key renamed": (bytes, random) =>
    replaceOne(bytes, random, /"[^"\\]*"(?=\s*:)/g, [
      '"__proto__"',
      '"constructor"',
      '""',
      '"toString"',
      '"0"',
    ]),
  "a key left out": (bytes, random) =>
    replaceOne(bytes, random, /"[^"\\]*"\s*:\s*(?:"[^"\\]*"|-?[\w.]+|\[[^[\]]*\])\s*,/g, [""]),
  "an element left out": (bytes, random) => replaceOne(bytes, random, /<(\w+)>[^<]*<\/\1>/g, [""]),
  "a cell left out": (bytes, random) => replaceOne(bytes, random, /[ ,][^\s,]*/g, [""]),
  "nested deeply": (bytes, random, _, levels) =>
    insert(
      bytes,
      below(random, bytes.length),
      pick(random, ["[", '{"a":', "<a>", '"', "(", ","]).repeat(levels),
    ),
  "a value nested deeply": (bytes, random, _, levels) => {
    const [open, close] = pick(random, [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const)
    return replaceOne(bytes, random, /-?\d+(?:\.\d+)?|"[^"\\]*"(?!\s*:)/g, [
      `${open.repeat(levels)}1${close.repeat(levels)}`,
    ])
  },
  "with entities": (bytes, random) => {
    const at = Math.max(0, bytes.indexOf("?>") + 2)
    const bomb = pick(random, entities)
    return replaceOne(insert(bytes, at < 2 ? 0 : at, bomb), random, />[^<>]+</g, [
      ">&z;<",
      ">&x;<",
      ">&undefined;<",
    ])
  },
  "control characters": (bytes, random) =>
    insert(
      bytes,
      below(random, bytes.length),
      pick(random, ["\0", "\x1b[2J", "\x07", "\r", "\n", "\t", "\u0085"]),
    ),
  "half a surrogate pair": (bytes, random) =>
    insert(
      bytes,
      below(random, bytes.length),
      pick(random, ["\\ud800", Buffer.from([0xed, 0xa0, 0x80]), "&#xD800;"]),
    ),
  "bytes of no encoding": (bytes, random) =>
    insert(bytes, below(random, bytes.length), Buffer.from([0xff, 0xfe, 0xc3, 0x28].slice(below(random, 4)))),
  "in another encoding": (bytes, random) => {
    const wide = Buffer.from(`\ufeff${bytes.toString("utf8")}`, "utf16le")
    return (random() < 0.5 ? wide : wide.swap16()).subarray(0, wide.length - below(random, 3))
  },
  "other line ends": (bytes, random) =>
    Buffer.from(
      bytes.toString("utf8").replaceAll("\n", () => pick(random, ["\r\n", "\r", "\n\n", "\u2028"])),
    ),
  "quotes strewn in": (bytes, random) => {
    let damaged = bytes
    for (let left = 1 + below(random, 4); left > 0; left--) {
      damaged = insert(
        damaged,
        below(random, damaged.length),
        pick(random, ['"', "'", '""', ",", "\\", "&", "<"]),
      )
    }
    return damaged
  },
  "nothing left": (_, random) =>
    Buffer.from(pick(random, ["", " ", "\n\n", "\ufeff", "null", "[]", "{}", "<a/>", "0"])),
}
