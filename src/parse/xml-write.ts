/**
 * Text as the content of an XML element. What is not ASCII becomes a character reference, so that the result is the same
 * document in whatever encoding it is stored or read; a carriage return does too, since readers would make it a line feed.
 *
 * A character that XML cannot hold (`isXmlText` tells) becomes U+FFFD.
 *
 * @example
 * xmlText("a < b & é") // "a &lt; b &amp; &#233;"
 */
export function xmlText(text: string): string {
  return specialInText.test(text) ? text.replace(new RegExp(specialInText, "gu"), reference) : text
}

/**
 * Text as the value of an XML attribute in double quotes; as `xmlText`, with quotes, tabs and line feeds as references.
 *
 * @example
 * xmlAttribute('say "hi"') // "say &quot;hi&quot;"
 */
export function xmlAttribute(text: string): string {
  return specialInAttribute.test(text) ? text.replace(new RegExp(specialInAttribute, "gu"), reference) : text
}

/** Tells whether an XML document can hold a text: most control characters and half pairs it cannot. */
export function isXmlText(text: string): boolean {
  return !noCharacter.test(text)
}

/** What is not Char in XML 1.0 section 2.2; lone surrogates are among it. */
export const noCharacter: RegExp = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u

// All that is not plain ASCII, without & (26), < (3c), > (3e), and in attributes without " (22).
const specialInText = /[^\t\n -%'-;=?-~]/

const specialInAttribute = /[^ !#-%'-;=?-~]/

const named: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }

function reference(character: string): string {
  return named[character] ?? `&#${noCharacter.test(character) ? 0xfffd : character.codePointAt(0)};`
}
