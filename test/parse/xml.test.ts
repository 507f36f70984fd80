import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isError } from "../../src/errors.ts"
import { parseXml, type XmlElement, xmlEvents } from "../../src/parse/xml.ts"
import type { XmlEvent, XmlLimits } from "../../src/parse/xml-reader.ts"
import { isXmlText, xmlAttribute, xmlText } from "../../src/parse/xml-write.ts"
import { damaged } from "./damaged.ts"
import { pieces } from "./pieces.ts"

function parse(text: string): XmlElement {
  return parseXml(Buffer.from(text), "a.xml")
}

function fault(text: string): string {
  try {
    parse(text)
  } catch (error) {
    if (!isError(error, "format")) throw error
    return `${error.place}: ${error.rule}`
  }
  throw new Error("it was accepted")
}

async function read(bytes: Uint8Array, sizes: readonly number[], limits?: XmlLimits): Promise<XmlEvent[]> {
  const events: XmlEvent[] = []
  for await (const batch of xmlEvents(pieces(bytes, sizes), "a.xml", limits)) {
    for (const event of batch) {
      const last = events.at(-1)
      // Where a text is cut says nothing.
      if (event.type === "text" && last?.type === "text") {
        events[events.length - 1] = { type: "text", text: last.text + event.text }
      } else events.push(event)
    }
  }
  return events
}

const characters = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }).filter((text) => isXmlText(text)),
  fc.constantFrom("<", "&", "]]>", "]", '"', "'", "&amp;", "\n", "\t", "\r\n", "é", "🚗", " x "),
)
const names = fc.constantFrom("a", "b1", "_c", "x:y", "é", "images-1.2")

interface Tree {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly content: readonly (Tree | string)[]
}
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    name: names,
    attributes: fc.dictionary(fc.oneof(names, fc.constant("__proto__")), characters, { maxKeys: 3 }),
    content: fc.array(fc.oneof({ maxDepth: 4, withCrossShrink: true }, characters, tie("tree")), {
      maxLength: 4,
    }),
  }),
}))

function written({ name, attributes, content }: Tree): string {
  const values = Object.entries(attributes).map(([key, value]) => ` ${key}="${xmlAttribute(value)}"`)
  const inside = content.map((part) => (typeof part === "string" ? xmlText(part) : written(part)))
  return `<${name}${values.join("")}>${inside.join("")}</${name}>`
}

/** The events of a tree, with texts that touch joined. */
function expected({ name, attributes, content }: Tree): unknown[] {
  const events: unknown[] = [{ type: "open", name, attributes: { ...attributes } }]
  for (const part of content) {
    const last = events.at(-1) as { type: string; text: string }
    if (typeof part !== "string") events.push(...expected(part))
    else if (last.type === "text") last.text += part
    else if (part !== "") events.push({ type: "text", text: part })
  }
  return [...events, { type: "close", name }]
}

describe("xmlEvents", () => {
  it("reads back what is written, cut anywhere, in each encoding", async () => {
    await fc.assert(
      fc.asyncProperty(
        tree,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        fc.constantFrom<"utf8" | "utf16le" | "utf16be">("utf8", "utf16le", "utf16be"),
        async (tree, sizes, encoding) => {
          const text = `\ufeff<?xml version="1.0"?>\n<!-- ${tree.name} -->${written(tree)}\n`
          const bytes = Buffer.from(text, encoding === "utf8" ? "utf8" : "utf16le")
          if (encoding === "utf16be") bytes.swap16()
          const events = (await read(bytes, sizes)).map((event) => {
            if (event.type !== "open") return event
            const { line: _, ...rest } = event
            return { ...rest, attributes: { ...rest.attributes } }
          })
          expect(events).toEqual(expected(tree))
        },
      ),
      { numRuns: 500 },
    )
  })

  it("finds the same whether the document comes whole or in pieces", async () => {
    const outcome = async (text: string, sizes: readonly number[]) => {
      try {
        return await read(Buffer.from(text), sizes)
      } catch (error) {
        if (!isError(error, "format")) throw error
        return error.rule
      }
    }
    const documents = tree.map((tree) => `<?xml version='1.0'?><!-- c -->${written(tree)}<?p?>`)
    await fc.assert(
      fc.asyncProperty(damaged(damaged(documents)), fc.integer({ min: 1, max: 9 }), async (text, size) => {
        expect(await outcome(text, [size])).toEqual(await outcome(text, [1 << 20]))
      }),
      { numRuns: 2000 },
    )
  })

  it("closes its input when the consumer stops", async () => {
    let closed = false
    const endless = (async function* () {
      try {
        yield Buffer.from("<a>")
        for (;;) yield Buffer.from("<b/>")
      } finally {
        closed = true
      }
    })()
    let seen = 0
    for await (const batch of xmlEvents(endless, "a.xml")) {
      seen += batch.length
      if (seen > 10) break
    }
    expect(closed).toBe(true)
  })
})

describe("parseXml", () => {
  it("gives a tree with text, attributes and lines", () => {
    const root = parse("<a>\n <b c=\"1\" d='&lt;&#x1F697;'>x<!-- y -->z<![CDATA[<&]]></b>\n <b/></a>")
    expect(root).toEqual({
      name: "a",
      attributes: {},
      text: "\n \n ",
      line: 1,
      children: [
        { name: "b", attributes: { c: "1", d: "<🚗" }, text: "xz<&", line: 2, children: [] },
        { name: "b", attributes: {}, text: "", line: 3, children: [] },
      ],
    })
  })

  it("normalises line ends and white space in attributes as XML asks for", () => {
    expect(parse("<a>1\r\n2\r3&#13;</a>").text).toBe("1\n2\n3\r")
    expect(parse("<a b='1\r\n2\t3&#10;4'/>").attributes.b).toBe("1 2 3\n4")
  })

  it("keeps attributes and elements apart from what objects have", () => {
    const root = parse("<constructor __proto__='1' toString='2'><__proto__/></constructor>")
    expect(Object.entries(root.attributes)).toEqual([
      ["__proto__", "1"],
      ["toString", "2"],
    ])
    expect(root.children[0]?.name).toBe("__proto__")
  })

  it.each([
    ["UTF-8", '<?xml version="1.0" encoding="UTF-8"?><a>é</a>', "utf8"],
    ["ISO-8859-1", '<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>', "latin1"],
    ["latin1 in single quotes", "<?xml version='1.0' encoding='latin1' ?><a>é</a>", "latin1"],
    ["UTF-16 with a mark", '\ufeff<?xml version="1.0" encoding="UTF-16"?><a>é</a>', "utf16le"],
    ["UTF-16 without a mark", "<a>é</a>", "utf16le"],
    ["UTF-16 that is declared for UTF-8", '<?xml version="1.0" encoding="utf-16"?><a>é</a>', "utf8"],
    [
      "a mark that differs from the declaration",
      '\ufeff<?xml version="1.0" encoding="latin1"?><a>é</a>',
      "utf8",
    ],
  ] as const)("reads %s", (_, text, encoding) => {
    expect(parseXml(Buffer.from(text, encoding), "a.xml").text).toBe("é")
  })

  it("refuses encodings it does not read, and bytes that are not of the encoding", () => {
    expect(fault('<?xml version="1.0" encoding="Shift_JIS"?><a/>')).toMatch(/^line 1: the encoding Shift_JIS/)
    expect(fault('<?xml version="1.0" encoding="constructor"?><a/>')).toMatch(
      /^line 1: the encoding constructor/,
    )
    expect(() => parseXml(Buffer.from("<a>é</a>", "latin1"), "a.xml")).toThrow("byte 3: this is not UTF-8")
    expect(() => parseXml(Buffer.from("<a>é", "utf8").subarray(0, 4), "a.xml")).toThrow(
      "byte 3: this is not UTF-8",
    )
  })

  it.each([
    ["", "line 1, column 1: no root element"],
    [" \n", "line 2, column 1: no root element"],
    ["<a>", "line 1, column 3: unclosed root tag"],
    ["<a>\n<b></a>", "line 2, column 7: unexpected close tag: b is open"],
    ["<a/><b/>", "line 1, column 8: a second root element"],
    ["<a b='1' b='1'/>", "line 1, column 16: the attribute b twice in one tag"],
    ["<a b='<'/>", 'line 1, column 10: "<" in the attribute b'],
    ["<a>\n]]></a>", 'line 2, column 7: "]]>" in text'],
    ["<a>x\u0001</a>", "line 1, column 4: U+0001 is no character of XML"],
    ["<a>\ufffe</a>", "line 1, column 3: U+FFFE is no character of XML"],
    ["<!DOCTYPE a><a/>", "line 1, column 12: a DOCTYPE is not accepted"],
    ["<!DOCTYPE a [<a/>", "line 1, column 17: a DOCTYPE is not accepted"],
  ])("says where and what is wrong in %j", (text, expected) => {
    expect(fault(text)).toBe(expected)
  })

  it.each([
    "x<a/>",
    "<a/>x",
    "<a/>&#32;",
    "<a/><![CDATA[x]]>",
    "<![CDATA[]]><a/>",
    "\ufeff\ufeff<a/>",
    " <?xml version='1.0'?><a/>",
    "<a/><?xml version='1.0'?>",
    "<?xml encoding='UTF-8'?><a/>",
    "<?xml version='2.0'?><a/>",
    "<? p?><a/>",
    "<a><![cdata[x]]></a>",
    "<a><!ELEMENT a></a>",
    "<a><!-- -- --></a>",
    "<a><!-- x</a>",
    "<a b=1/>",
    "<a b/>",
    "<a b='1'c='2'/>",
    "<a hasOwnProperty='1' b='2'/>",
    "<1/>",
    "<a><</a>",
    "< a/>",
    "<a></ a>",
    "<a>< !-- x --></a>",
    "<a>< ?p?></a>",
    "<a>< ![CDATA[x]]></a>",
    "<a>&</a>",
    "<a>&amp</a>",
    "<a>&AMP;</a>",
    "<a>&foo;</a>",
    "<a>&constructor;</a>",
    "<a b='&toString;'/>",
    "<a>&#X41;</a>",
    "<a>&#0;</a>",
    "<a>&#xD800;</a>",
    "<a>&#x110000;</a>",
    "<a b='&#xFFFF;'/>",
    "<a b='&#99999999999;'/>",
    "<a",
    "<a/",
    "<a></a",
  ])("refuses %j", (text) => {
    expect(fault(text)).toMatch(/^line 1/)
  })

  it("never expands or fetches an entity", () => {
    const laughs = Array.from({ length: 20 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join(
      "",
    )
    expect(fault(`<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">${laughs}]><a>&l20;</a>`)).toMatch(
      /DOCTYPE/,
    )
    expect(fault('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>')).toMatch(/DOCTYPE/)
    expect(fault('<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>')).toMatch(/DOCTYPE/)
    expect(fault(`<a>${"&l20;".repeat(20_000)}</a>`)).toBe("line 1, column 8: invalid character entity")
  })

  it("bounds depth and size", async () => {
    expect(fault("<a>".repeat(100_000))).toBe("line 1, column 771: deeper than 256 elements")
    expect(parse("<a>".repeat(256) + "</a>".repeat(256)).name).toBe("a")
    expect(() => parseXml(Buffer.from("<a/>"), "a.xml", { maxBytes: 3 })).toThrow(
      "a.xml: larger than 3 bytes",
    )

    for (const beginning of ["<a b='", "<a>", "<a><!--", "", "<!DOCTYPE a [", "<a><![CDATA[", "<a><?p "]) {
      const endless = (function* () {
        yield Buffer.from(beginning)
        for (;;) yield Buffer.alloc(100, " ")
      })()
      const reading = (async () => {
        for await (const _ of xmlEvents(endless, "a.xml", { maxTokenCharacters: 1000 }));
      })()
      await expect(reading).rejects.toMatchObject({ rule: "a tag or text of more than 1000 characters" })
    }
  })

  it("reads attributes above 64 KB that come in pieces", async () => {
    const value = "1,2;".repeat(100_000)
    const [open] = await read(Buffer.from(`<a points="${value}"/>`), [1 << 14])
    expect(open).toMatchObject({ attributes: { points: value } })
  })
})

describe("xmlText and xmlAttribute", () => {
  it("write ASCII only", () => {
    expect(xmlText('a < b & "c" > é🚗\r\n')).toBe('a &lt; b &amp; "c" &gt; &#233;&#128663;&#13;\n')
    expect(xmlAttribute('"\t\n')).toBe("&quot;&#9;&#10;")
  })

  it("put U+FFFD where XML can hold no such character", () => {
    expect(isXmlText("a\u0000")).toBe(false)
    expect(isXmlText("\ud83d")).toBe(false)
    expect(isXmlText("🚗\t\r\n\u0085")).toBe(true)
    expect(xmlText("a\u0000\ud83db🚗")).toBe("a&#65533;&#65533;b&#128663;")
  })
})

it("refuses a long markup declaration after its first characters, where sax alone would be busy for hours", () => {
  const declaration = `<a>\n<![CD${"(".repeat(2_000_000)}`
  expect(() => parseXml(Buffer.from(declaration), "a.xml")).toThrow(
    expect.objectContaining({ code: "format", rule: "a markup declaration is not accepted" }),
  )
  // One that stands in a comment or a CDATA section is none.
  const harmless = "<a><!-- <!ELEMENT b> --><![CDATA[<!x]]></a>"
  expect(parseXml(Buffer.from(harmless), "a.xml").text).toBe("<!x")
})
