/** The digits of 0000 to 9999, one number behind the other: dividing for each digit takes twice as long. */
export const fourDigits: Uint8Array = Buffer.alloc(40_000)
for (let value = 0; value < 10_000; value++) {
  Buffer.from(String(value).padStart(4, "0"), "latin1").copy(fourDigits, 4 * value)
}
