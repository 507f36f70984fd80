import { OptionError } from "../errors.ts"
import { isMaskSize } from "./rle.ts"

/** One label a pixel, row by row from the top left; 0 is background by custom. */
export type Labels = Uint8Array | Uint16Array

/**
 * Refuses labels that are not of an image's size.
 *
 * @throws OptionError (`option`)
 *
 * @example
 * checkSize(new Uint8Array(6), 3, 2)
 */
export function checkSize(labels: Labels, width: number, height: number): void {
  if (!isMaskSize(width, height) || labels.length !== width * height) {
    throw new OptionError("labels", `must have ${width} x ${height} entries, not ${labels.length}`)
  }
}

/**
 * Refuses a label that the array would not give back: it takes the low bits of a number that is too large for it.
 *
 * @throws OptionError (`option`)
 *
 * @example
 * checkLabel(new Uint8Array(6), 255)
 */
export function checkLabel(labels: Labels, label: number): void {
  const most = 2 ** (8 * labels.BYTES_PER_ELEMENT) - 1
  if (!Number.isInteger(label) || label < 0 || label > most) {
    throw new OptionError("label", `must be a whole number from 0 to ${most}, not ${label}`)
  }
}
