/**
 * Skips what can be numbers of a JSON list, four bytes at a time: most of a large document is such lists. Gives an index, at
 * most four bytes too early, such that from `from` up to it there stand no quote, bracket, brace, backslash or letter.
 *
 * @example
 * const bytes = Buffer.from("1.5,2,-3]")
 * skipNumbers(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0) // 8
 */
export function skipNumbers(words: DataView, from: number): number {
  let at = from
  for (; at + 4 <= words.byteLength; at += 4) {
    const word = words.getInt32(at)
    // Digits, signs, points, commas and white space have bit 6 clear, as quotes have; brackets and letters have it set.
    // A byte of `quotes` is zero where a quote stands, and taking 1 from it then sets its highest bit.
    const quotes = word ^ 0x22222222
    if (((word & 0x40404040) | ((quotes - 0x01010101) & ~quotes & 0x80808080)) !== 0) break
  }
  return at
}
