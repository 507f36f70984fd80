/**
 * Compares texts by code point, for sort: the same order on every machine, and that of Python. The default order of sort
 * is by UTF-16 code unit, which parts from it above U+FFFF.
 *
 * @example
 * ["b", "a"].sort(byCodePoint) // ["a", "b"]
 */
export function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  let at = 0
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at++
  if (at === length) return a.length - b.length
  const one = a.charCodeAt(at)
  const other = b.charCodeAt(at)
  // Code units are in the order of code points but for surrogates, which stand for what is above all others.
  return isSurrogate(one) === isSurrogate(other) ? one - other : isSurrogate(one) ? 1 : -1
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}
