import type { Look } from "./work.ts"

/** What the pixels of a class hold: its number, a grey, or a colour. */
export type MaskStyle = "index" | "grey" | "rgb"

/** The values of all classes: background has the first, class n the one at n + 1. */
export interface Palette {
  readonly channels: 1 | 3
  /** The most that a sample can be. */
  readonly depth: 8 | 16
  /** The samples of each, `channels` in turn. */
  readonly samples: readonly number[]
}

// Above it 8 bits do not do.
const most8 = 256

/**
 * The values of so many classes and the background, by darwin-py's formulas: numbers; greys at equal steps up to white; colours of
 * equal steps in hue. Numbers and greys have 8 bits a sample, or 16 where there are more than 256 of them. No two are equal.
 */
export function paletteOf(style: MaskStyle, classes: number): Palette {
  const entries = classes + 1
  const depth = style === "rgb" || entries <= most8 ? 8 : 16
  if (style === "rgb") return { channels: 3, depth, samples: coloursOf(entries) }
  const white = depth === 8 ? 255 : 65_535
  const sampleOf = (entry: number) => (style === "index" ? entry : Math.floor((entry * white) / classes))
  return { channels: 1, depth, samples: [0, ...Array.from({ length: classes }, (_, i) => sampleOf(i + 1))] }
}

/** The look of labels of which label n + 1 is the class that `finals` has at n, and 0 background. */
export function lookOf({ channels, depth, samples }: Palette, finals: Uint32Array): Look {
  const length = (finals.length + 1) * channels
  const table = depth === 8 ? new Uint8Array(length) : new Uint16Array(length)
  for (let channel = 0; channel < channels; channel++) table[channel] = samples[channel] as number
  finals.forEach((final, number) => {
    for (let channel = 0; channel < channels; channel++) {
      table[(number + 1) * channels + channel] = samples[(final + 1) * channels + channel] as number
    }
  })
  return { channels, table }
}

// From some thousand classes on, hues are used up. Any odd number would do, and lead to all colours.
const step = 0x2b_3d_4f

/** Background is black, the others have the hues i / entries at saturation 0.8; where one is taken, the next that is free. */
function coloursOf(entries: number): number[] {
  const taken = new Set([0])
  const samples = [0, 0, 0]
  for (let i = 0; i + 1 < entries; i++) {
    let colour = hue(i / entries)
    while (taken.has(colour)) colour = (colour + step) % 2 ** 24
    taken.add(colour)
    samples.push(colour >> 16, (colour >> 8) & 255, colour & 255)
  }
  return samples
}

/** A hue from 0 to 1 at saturation 0.8 and value 1, as 0xRRGGBB. */
function hue(turn: number): number {
  const sector = Math.floor(turn * 6)
  const within = turn * 6 - sector
  const least = Math.floor(255 * (1 - 0.8))
  const falling = Math.floor(255 * (1 - 0.8 * within))
  const rising = Math.floor(255 * (1 - 0.8 * (1 - within)))
  const [red, green, blue] = (
    [
      [255, rising, least],
      [falling, 255, least],
      [least, 255, rising],
      [least, falling, 255],
      [rising, least, 255],
      [255, least, falling],
    ] as const
  )[sector] as readonly [number, number, number]
  return (red << 16) | (green << 8) | blue
}
