import fc from "fast-check"

const cuts = fc.constantFrom(
  "",
  '"',
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "\\",
  " ",
  "0",
  "-",
  ".",
  "e",
  "t",
  "<",
  ">",
  "&",
  "\u0000",
  "é",
)

/** Texts with one span replaced by something that matters to parsers, or by nothing. */
export function damaged(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(texts, fc.nat(), fc.nat(3), cuts).map(([text, at, length, cut]) => {
    const from = at % (text.length + 1)
    return text.slice(0, from) + cut + text.slice(from + length)
  })
}
