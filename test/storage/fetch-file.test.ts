import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { brotliCompressSync, crc32, deflateSync, gzipSync } from "node:zlib"
import { describe, expect, onTestFinished, test } from "vitest"
import { TransferError } from "../../src/errors.ts"
import { createHttp, type Http } from "../../src/http/index.ts"
import { fetchFile } from "../../src/storage/fetch-file.ts"
import { openParts } from "../../src/storage/parts.ts"
import { createJumpingClock } from "../http/jumping-clock.ts"
import { rejection } from "../http/rejection.ts"
import { contentOf } from "../pull/release-zip.ts"
import { ranges } from "../servers/range-answers.ts"
import { type Answerer, type RecordedRequest, startRecordingServer } from "../servers/recording-server.ts"
import { tempDirectory } from "./temp-directory.ts"

const megabyte = 1 << 20
const large = contentOf("large", 3 * megabyte + 12_345)
const small = contentOf("small", 5_000)
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex")

interface Opened {
  readonly requests: readonly RecordedRequest[]
  readonly http: Http
  /** Brings the file that the server has. */
  readonly fetch: (name?: string) => ReturnType<typeof fetchFile>
  readonly path: (name?: string) => string
  readonly directory: string
  readonly parts: string
}

async function open(answer: Answerer, maxAttempts = 4): Promise<Opened> {
  const server = await startRecordingServer(answer)
  const http = createHttp({ maxAttempts, clock: createJumpingClock() })
  onTestFinished(async () => {
    await http.close()
    await server.close()
  })
  const directory = await tempDirectory()
  const parts = join(directory, "parts")
  const path = (name = "a.bin") => join(directory, "images", name)
  const fetch = async (name = "a.bin") => {
    const resume = { parts: openParts(parts), name, source: server.url }
    const file = await fetchFile(http, server.url, path(name), { resume })
    resume.parts.forget(name)
    return file
  }
  return { requests: server.requests, http, fetch, path, directory, parts }
}

const asked = ({ requests }: Opened) => requests.map(({ headers }) => headers.range)
const startOf = (range: string | undefined) => Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1])
const leftIn = ({ parts }: Opened) => (existsSync(parts) ? readdirSync(parts) : [])

async function expectWhole(opened: Opened, content = large, name = "a.bin"): Promise<void> {
  expect(await opened.fetch(name)).toEqual({ bytes: content.length, digest: sha256(content) })
  expect(readFileSync(opened.path(name)).equals(content)).toBe(true)
  expect(readdirSync(join(opened.directory, "images"))).toEqual([name])
  expect(leftIn(opened)).toEqual([])
}

describe("a large file that breaks off", () => {
  test("goes on where it stood, with Range and If-Range", async () => {
    const opened = await open(ranges(large, { cut: (count) => (count < 2 ? megabyte : undefined) }))
    await expectWhole(opened)
    const [first, second, third] = asked(opened)
    expect(first).toBeUndefined()
    expect(startOf(second)).toBeGreaterThan(megabyte / 2)
    expect(startOf(third)).toBeGreaterThan(startOf(second))
    expect(opened.requests.map(({ headers }) => headers["if-range"])).toEqual([undefined, '"one"', '"one"'])
  })

  test("has as many tries as it needs while it comes on", async () => {
    const opened = await open(ranges(large, { cut: () => megabyte / 2 }), 2)
    await expectWhole(opened)
    expect(opened.requests.length).toBeGreaterThan(5)
  })

  test("is given up where it does not come on, and the next call goes on where it stood", async () => {
    let cut: number | undefined = megabyte
    const opened = await open(
      ranges(large, { cut: (count) => (count === 0 ? megabyte : count < 4 ? 0 : cut) }),
    )
    cut = undefined
    const error = await rejection(opened.fetch())
    expect(error).toMatchObject({ code: "network" })
    expect(existsSync(opened.path())).toBe(false)
    expect(leftIn(opened)).toHaveLength(1)
    const before = opened.requests.length
    await expectWhole(opened)
    const range = asked(opened)[before]
    expect(startOf(range)).toBeGreaterThan(megabyte / 2)
    // All that the disk had of it was of use.
    expect(opened.requests).toHaveLength(before + 1)
  })

  const date = "Fri, 02 Jan 2026 10:00:00 GMT"
  test.each([
    ["an ETag", { etag: '"x"' }, true],
    ["a weak ETag", { etag: 'W/"x"' }, false],
    ["an old time of change", { "last-modified": "Thu, 01 Jan 2026 10:00:00 GMT", date }, true],
    [
      "a weak ETag and an old time",
      { etag: 'W/"x"', "last-modified": "Thu, 01 Jan 2026 10:00:00 GMT", date },
      true,
    ],
    ["a time of change of this second", { "last-modified": date, date }, false],
    ["nothing", {}, false],
  ])("with %s for its name", async (_, headers, resumes) => {
    const opened = await open(
      ranges(large, { headers, cut: (count) => (count === 0 ? megabyte : undefined) }),
    )
    await expectWhole(opened)
    expect(asked(opened)).toEqual([undefined, resumes ? expect.stringMatching(/^bytes=\d+-$/) : undefined])
  })

  test("without a length", async () => {
    const opened = await open(
      ranges(large, { length: false, cut: (count) => (count === 0 ? megabyte : undefined) }),
    )
    await expectWhole(opened)
    expect(startOf(asked(opened)[1])).toBeGreaterThan(0)
  })

  const other = contentOf("other", 2 * megabyte + 7)
  const cutFirst = { cut: (count: number) => (count === 0 ? megabyte : undefined) }
  const answersThen: readonly (readonly [what: string, then: Answerer, content: Buffer])[] = [
    ["200, for the server sends no ranges", ranges(large, { ranges: false }), large],
    ["200, for the file is another one by now", ranges(other, { headers: { etag: '"two"' } }), other],
    [
      "206 of another ETag, for the server does not know If-Range",
      ({ headers, ...request }, response, count) => {
        const { "if-range": _, ...without } = headers
        return ranges(other, { headers: { etag: '"two"' } })(
          { ...request, headers: without },
          response,
          count,
        )
      },
      other,
    ],
    [
      "206 from another place",
      inRange((first) => `bytes ${first - 1}-${large.length - 1}/${large.length}`),
      large,
    ],
    [
      "206 of another length",
      inRange((first) => `bytes ${first}-${large.length}/${large.length + 1}`),
      large,
    ],
    ["206 without a range", inRange(() => "nonsense"), large],
    [
      "206 that is packed",
      inRange((first) => `bytes ${first}-${large.length - 1}/${large.length}`, {
        "content-encoding": "gzip",
      }),
      large,
    ],
    ["416", inRange(() => "bytes */17", {}, 416), large],
  ]
  test.each(answersThen)("and is answered with %s: begins again", async (_, then, content) => {
    const first = ranges(large, cutFirst)
    const opened = await open((request, response, count) =>
      (count === 0 ? first : then)(request, response, count),
    )
    await expectWhole(opened, content)
  })

  // Sends a wrong answer to whoever asks for a range, and the whole file to others.
  function inRange(contentRange: (first: number) => string, headers = {}, status = 206): Answerer {
    return (request, response, count) => {
      const first = startOf(request.headers.range)
      if (Number.isNaN(first)) return ranges(large)(request, response, count)
      response.writeHead(status, { etag: '"one"', "content-range": contentRange(first), ...headers })
      response.end(large.subarray(first))
    }
  }

  test("and had come whole before: 416 says so, and no byte comes again", async () => {
    // The connection is reset behind the last byte: all is there, but the end of the answer is not.
    const opened = await open((request, response, count) => {
      if (count > 0) return ranges(large)(request, response, count)
      response.writeHead(200, { etag: '"one"' })
      response.write(large, () => response.destroy())
    })
    await expectWhole(opened)
    expect(asked(opened)).toEqual([undefined, `bytes=${large.length}-`])
  })

  test("and is sent in ranges shorter than asked for", async () => {
    const opened = await open((request, response, count) => {
      const first = startOf(request.headers.range)
      if (Number.isNaN(first)) return ranges(large, cutFirst)(request, response, 0)
      const last = Math.min(first + megabyte, large.length) - 1
      response.writeHead(206, { etag: '"one"', "content-range": `bytes ${first}-${last}/${large.length}` })
      response.end(large.subarray(first, last + 1))
      expect(count).toBeLessThan(10)
    })
    await expectWhole(opened)
  })

  test("and whose part another process takes over begins again, and is right", async () => {
    let taken = false
    const opened: Opened = await open((request, response, count) => {
      if (count === 1) {
        const [entry = ""] = readdirSync(opened.parts)
        renameSync(join(opened.parts, entry), join(opened.directory, "taken"))
        taken = true
      }
      return ranges(large, cutFirst)(request, response, count)
    })
    await expectWhole(opened)
    expect(taken).toBe(true)
    expect(opened.requests).toHaveLength(3)
  })

  test("is taken over by one of several that want it, and all end right", async () => {
    let cut = true
    const opened = await open(
      (request, response, count) =>
        ranges(large, { cut: () => (cut ? megabyte : undefined) })(request, response, count),
      1,
    )
    await rejection(opened.fetch())
    cut = false
    await Promise.all([opened.fetch(), opened.fetch(), opened.fetch()])
    expect(asked(opened).filter((range) => range !== undefined)).toHaveLength(1)
    await expectWhole(opened)
  })
})

test("a part whose note is gone, or that is of another source, is not gone on with", async () => {
  const opened = await open(ranges(large))
  const parts = openParts(opened.parts)
  const part = await parts.create({ name: "a.bin", source: "elsewhere", validator: '"one"' })
  await part.write(Buffer.alloc(megabyte))
  await part.rest()
  await expectWholeBut(1)
  const again = await parts.create({ name: "a.bin", source: "elsewhere", validator: '"one"' })
  await again.write(Buffer.alloc(megabyte))
  await again.rest()
  for (const entry of readdirSync(opened.parts)) writeFileSync(join(opened.parts, entry, "origin.json"), "{")
  expect(await openParts(opened.parts).claim("a.bin", "elsewhere")).toBeUndefined()
  openParts(opened.parts).sweep(() => true)
  expect(leftIn(opened)).toEqual([])

  async function expectWholeBut(left: number): Promise<void> {
    await opened.fetch()
    expect(asked(opened)).toEqual([undefined])
    expect(leftIn(opened)).toHaveLength(left)
  }
})

describe("a digest that the server declares", () => {
  const crcOf = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return bytes.toString("base64")
  }
  const hash = (name: string, bytes: Buffer) => createHash(name).update(bytes).digest()
  const headersOf: Readonly<Record<string, (bytes: Buffer) => Record<string, string>>> = {
    "Content-MD5": (bytes) => ({ "content-md5": hash("md5", bytes).toString("base64") }),
    "x-amz-checksum-sha256": (bytes) => ({
      "x-amz-checksum-sha256": hash("sha256", bytes).toString("base64"),
    }),
    "x-amz-checksum-sha1": (bytes) => ({ "x-amz-checksum-sha1": hash("sha1", bytes).toString("base64") }),
    "x-amz-checksum-crc32": (bytes) => ({ "x-amz-checksum-crc32": crcOf(crc32(bytes)) }),
    "Repr-Digest": (bytes) => ({
      "repr-digest": `md5=:AAAA:, sha-512=:${hash("sha512", bytes).toString("base64")}:`,
    }),
    Digest: (bytes) => ({ digest: `SHA-256=${hash("sha256", bytes).toString("base64")}` }),
    "x-goog-hash": (bytes) => ({ "x-goog-hash": `md5=${hash("md5", bytes).toString("base64")}` }),
    "the ETag of S3": (bytes) => ({
      etag: `"${hash("md5", bytes).toString("hex")}"`,
      server: "AmazonS3",
      "x-amz-server-side-encryption": "AES256",
    }),
  }
  for (const [name, headers] of Object.entries(headersOf)) {
    test.each([
      ["small", small],
      ["large", large],
    ])(`${name} of a %s file: what differs is fetched again, from its beginning`, async (_, content) => {
      const damaged = Buffer.from(content)
      damaged[content.length >> 1] = (damaged[content.length >> 1] ?? 0) ^ 1
      const declared = { etag: '"one"', ...headers(content) }
      const opened = await open((request, response, count) =>
        ranges(count === 0 ? damaged : content, { headers: declared })(request, response, count),
      )
      await expectWhole(opened, content)
      expect(asked(opened)).toEqual([undefined, undefined])
    })
  }

  test("CRC-32C is the one of RFC 3720", async () => {
    const digits = Buffer.from("123456789")
    const opened = await open(ranges(digits, { headers: { "x-goog-hash": `crc32c=${crcOf(0xe3069283)}` } }))
    await expectWhole(opened, digits)
  })

  test("is told when it differs each time, and nothing stands under the name", async () => {
    const opened = await open(
      ranges(large, { headers: { etag: '"one"', ...headersOf["Content-MD5"]?.(small) } }),
    )
    const error = await rejection(opened.fetch())
    expect(error).toBeInstanceOf(TransferError)
    expect(error.message).toMatch(/a\.bin: its md5 is [0-9a-f]{32} where [0-9a-f]{32} was declared$/)
    expect(existsSync(opened.path())).toBe(false)
    expect(leftIn(opened)).toEqual([])
  })

  test.each([
    ["of parts", { "x-amz-checksum-sha256": `${hash("sha256", large).toString("base64")}-3` }],
    ["of parts, by its type", { "x-amz-checksum-crc32": "AAAAAA==", "x-amz-checksum-type": "COMPOSITE" }],
    ["that is none", { "content-md5": "nonsense" }],
    ["in an ETag that nobody says is one", { etag: `"${"0".repeat(32)}"` }],
    [
      "in an ETag of a file with keys of its own",
      { etag: `"${"0".repeat(32)}"`, server: "AmazonS3", "x-amz-server-side-encryption": "aws:kms" },
    ],
  ])("%s is not taken for one of the file", async (_, headers) => {
    await expectWhole(await open(ranges(large, { headers })))
  })
})

describe("what is not the file", () => {
  const pages: readonly (readonly [what: string, type: string, body: string])[] = [
    ["a page", "text/html; charset=utf-8", "Sign in"],
    ["a page that says it is a picture", "image/png", "\n<!DOCTYPE html><html>"],
    [
      "an error in XML",
      "application/octet-stream",
      '<?xml version="1.0"?>\n<Error><Code>InternalError</Code></Error>',
    ],
  ]
  test.each(pages)(
    "%s with the status 200 is refused, and the file asked for again",
    async (_, type, body) => {
      for (const padding of [0, 2 * megabyte]) {
        const page = Buffer.from(body + " ".repeat(padding))
        const opened = await open((request, response, count) =>
          count === 0
            ? void response
                .writeHead(200, { "content-type": type, etag: '"p"', "content-length": page.length })
                .end(page)
            : ranges(large)(request, response, count),
        )
        await expectWhole(opened)
      }
    },
  )

  test("a page each time is an error that says so", async () => {
    const opened = await open(
      (_, response) => void response.writeHead(200, { "content-type": "text/html" }).end("x"),
    )
    expect((await rejection(opened.fetch())).message).toMatch(/a\.bin: a web page came in place of the file$/)
    expect(existsSync(opened.path())).toBe(false)
  })

  test("206 that nobody asked for", async () => {
    const opened = await open(
      (_, response) => void response.writeHead(206, { "content-range": "bytes 0-2/9" }).end("abc"),
    )
    expect((await rejection(opened.fetch())).message).toContain("206 came with the range bytes 0-2/9")
  })
})

describe("a file that comes packed though nobody asked for it", () => {
  const packers = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync }
  test.each(Object.entries(packers))("as %s is unpacked", async (encoding, pack) => {
    for (const content of [small, large]) {
      const packed = pack(content)
      const opened = await open((_, response) => {
        const headers = { "content-encoding": encoding, "content-length": packed.length, etag: '"one"' }
        response.writeHead(200, headers).end(packed)
      })
      await expectWhole(opened, content)
      expect(opened.requests[0]?.headers["accept-encoding"]).toBe("identity")
    }
  })

  test("and breaks off is asked for again", async () => {
    const packed = gzipSync(large)
    const opened = await open((_, response, count) => {
      response.writeHead(200, { "content-encoding": "gzip", "content-length": packed.length })
      if (count > 0) return void response.end(packed)
      response.write(packed.subarray(0, packed.length >> 1), () => response.destroy())
    })
    await expectWhole(opened)
  })

  test.each([
    ["unknown here", "zstd", small, "encoded as zstd"],
    ["damaged", "gzip", small, "encoded as gzip, and damaged"],
    ["cut short", "gzip", gzipSync(small).subarray(0, 2_000), "encoded as gzip, and damaged"],
  ])("but %s is refused", async (_, encoding, body, message) => {
    const opened = await open(
      (_, response) => void response.writeHead(200, { "content-encoding": encoding }).end(body),
    )
    const error = await rejection(opened.fetch())
    expect(error).toMatchObject({ code: "protocol" })
    expect(error.message).toContain(message)
    expect(readdirSync(join(opened.directory, "images"))).toEqual([])
  })
})

// Many servers of files say so of every file whose name ends in `.gz`, and send it as it lies there.
describe("a .gz that is said to come packed as gzip stays as it is", () => {
  const smallGz = gzipSync(small)
  const largeGz = gzipSync(large)
  const digest = { "content-md5": createHash("md5").update(largeGz).digest("base64") }

  test.each([
    ["gzip", "a.nii.gz"],
    ["x-gzip", "A.NII.GZ"],
  ])("%s, %s", async (encoding, name) => {
    for (const content of [smallGz, largeGz]) {
      for (const length of [true, false]) {
        await expectWhole(
          await open(ranges(content, { headers: { "content-encoding": encoding }, length })),
          content,
          name,
        )
      }
    }
  })

  test("goes on where it stood when it breaks off", async () => {
    const headers = { etag: '"one"', "content-encoding": "gzip", ...digest }
    const cut = (count: number) => (count === 0 ? megabyte : undefined)
    const opened = await open(ranges(largeGz, { headers, cut }))
    await expectWhole(opened, largeGz, "a.nii.gz")
    expect(asked(opened)).toHaveLength(2)
    expect(startOf(asked(opened)[1])).toBeGreaterThan(megabyte / 2)
  })

  test("its length and digest are those of the bytes that come", async () => {
    const headers = { "content-encoding": "gzip", ...digest }
    const opened = await open(ranges(gzipSync(large, { level: 1 }), { headers }))
    const error = await rejection(opened.fetch("a.nii.gz"))
    expect(error).toMatchObject({ code: "transfer" })
    expect(error.message).toContain("its md5 is")
  })

  test("another packing of it is taken off", async () => {
    const headers = { "content-encoding": "br" }
    await expectWhole(await open(ranges(brotliCompressSync(smallGz), { headers })), smallGz, "a.nii.gz")
  })
})

describe("a disk that does not take it", () => {
  for (const [size, content] of [
    ["small", small],
    ["large", large],
  ] as const) {
    test(`a directory stands where the ${size} file belongs`, async () => {
      const opened = await open(ranges(content))
      mkdirSync(join(opened.path(), "inside"), { recursive: true })
      const error = await rejection(opened.fetch())
      expect(error).toMatchObject({
        code: "transfer",
        path: opened.path(),
        rule: "a directory stands where the file belongs",
        passing: false,
      })
      expect(opened.requests).toHaveLength(1)
      expect(readdirSync(join(opened.directory, "images"))).toEqual(["a.bin"])
    })

    test(`a file stands where a directory of the ${size} one belongs`, async () => {
      const opened = await open(ranges(content))
      writeFileSync(join(opened.directory, "images"), "")
      expect(await rejection(opened.fetch())).toMatchObject({
        code: "transfer",
        rule: "a file stands where a directory of its path belongs",
      })
    })

    test(`the name of the ${size} file is too long`, async () => {
      const opened = await open(ranges(content))
      const error = await rejection(opened.fetch("n".repeat(300)))
      expect(error).toMatchObject({ code: "transfer" })
      expect(error.message).toContain("its name of 300 bytes")
      expect(readdirSync(join(opened.directory, "images"))).toEqual([])
    })
  }
})
