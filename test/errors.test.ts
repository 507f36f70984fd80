import { describe, expect, test } from "vitest"
import * as errors from "../src/errors.ts"
import {
  type ErrorByCode,
  type ErrorCode,
  FormatError,
  HttpError,
  isError,
  NetworkError,
  NotFound,
  OptionError,
  ZipError,
} from "../src/errors.ts"

const exchange = { method: "GET", url: "https://darwin.example/api", attempts: 1 }
const failed = { ...exchange, status: 404, body: { errors: "none" } }

/** One of every class, by its code: a class that is missing here does not compile. */
const examples: { readonly [Code in ErrorCode]: ErrorByCode[Code] } = {
  option: new OptionError("count", "must be whole"),
  conservation: new errors.ConservationError(3, 1, 1),
  format: new FormatError("a.json", "annotations[3]", "has no name"),
  zip: new ZipError("release.zip", "a.json", "is too long"),
  path: new errors.PathError("../a", "leaves its directory"),
  selection: new errors.SelectionError([{ item: "/a.png", rule: "is not in the dataset" }]),
  unsupported: new errors.UnsupportedError("no such format"),
  config: new errors.ConfigError("config.yaml", "has no team"),
  overflow: new errors.OverflowError(3),
  program: new errors.ProgramError("ffmpeg", "was not found"),
  transfer: new errors.TransferError("a.png", "is shorter than announced"),
  import: new errors.ImportError("/a.png", "annotations[0]", "the dataset has no class"),
  network: new NetworkError(exchange, "was reset"),
  protocol: new errors.ProtocolError(exchange, "is not JSON"),
  http: new HttpError(failed),
  unauthorized: new errors.Unauthorized(failed),
  "not-found": new NotFound(failed),
  "payload-too-large": new errors.PayloadTooLarge(failed),
  "name-taken": new errors.NameTaken(failed),
  validation: new errors.ValidationError(failed),
  "insufficient-storage": new errors.InsufficientStorage(failed),
}

describe("every error class", () => {
  test("has an example here", () => {
    const classes = Object.values(errors).filter((each) => each.prototype instanceof Error)
    const shown = Object.values(examples).map((error) => error.constructor)
    expect(new Set(shown)).toEqual(new Set(classes))
  })

  test.each(Object.entries(examples))("%s has its code and its name, and is an Error", (code, error) => {
    expect(error).toBeInstanceOf(Error)
    expect(error.code).toBe(code)
    expect(error.name).toBe(error.constructor.name)
    expect(String(error.stack)).toContain(error.message)
  })

  test.each(Object.entries(examples))("%s is told by isError from all others", (code, error) => {
    expect(isError(error)).toBe(true)
    for (const other of Object.keys(examples) as ErrorCode[])
      expect(isError(error, other)).toBe(other === code)
    expect(isError(error, "option", code as ErrorCode)).toBe(true)
  })
})

describe("messages", () => {
  test("name the file, the place where there is one, and the rule", () => {
    expect(examples.format.message).toBe("a.json: annotations[3]: has no name")
    expect(new FormatError("a.json", "", "is empty").message).toBe("a.json: is empty")
    expect(examples.zip.message).toBe("release.zip: a.json: is too long")
    expect(new ZipError("release.zip", "", "is cut off").message).toBe("release.zip: is cut off")
    expect(examples.option.message).toBe("count: must be whole")
    expect(new errors.PathError("a\n\u0000b", "has a NUL").message).toBe(String.raw`"a\n\u0000b": has a NUL`)
  })

  test("of selections name the items, the first ten of them", () => {
    expect(examples.selection.message).toBe('nothing was changed: "/a.png": is not in the dataset')
    const many = Array.from({ length: 12 }, (_, at) => ({ item: String(at), rule: "is gone" }))
    const { message, problems } = new errors.SelectionError(many)
    expect(message).toMatch(/^nothing was changed: "0": is gone; .*"9": is gone; and 2 more$/)
    expect(problems).toHaveLength(12)
  })

  test("of exchanges name the method, the address, the status and the tries", () => {
    expect(examples.http.message).toBe('GET https://darwin.example/api: 404 {"errors":"none"}')
    expect(new HttpError({ ...failed, body: "gone", attempts: 3 }).message).toBe(
      "GET https://darwin.example/api: 404 gone (after 3 tries)",
    )
    expect(new NotFound(failed, "no such dataset").message).toBe(
      "GET https://darwin.example/api: 404 no such dataset",
    )
    expect(new HttpError({ ...failed, body: undefined }).message).toBe("GET https://darwin.example/api: 404 ")
    expect(new NetworkError({ ...exchange, attempts: 2 }, "was reset").message).toBe(
      "GET https://darwin.example/api: was reset (after 2 tries)",
    )
  })

  test("keep the cause", () => {
    const cause = new SyntaxError("position 3")
    expect(new FormatError("a.json", "", "is no JSON", { cause }).cause).toBe(cause)
    expect(new NetworkError(exchange, "was reset", { cause }).cause).toBe(cause)
  })
})

describe("isError", () => {
  test("knows none that is not ours", () => {
    const system = Object.assign(new Error("no such file"), { code: "ENOENT" })
    for (const other of [new Error("x"), system, { code: "format" }, "format", undefined, null, 1])
      expect(isError(other)).toBe(false)
    expect(isError(Object.assign(new Error("x"), { code: 404 }), "http")).toBe(false)
  })

  test("holds for another copy of the package", () => {
    class FormatError extends Error {
      readonly code = "format"
    }
    expect(isError(new FormatError("x"), "format")).toBe(true)
    expect(isError(new FormatError("x"))).toBe(true)
  })

  test("an HTTP error of a class of its own is an HttpError too, with what it carries", () => {
    const error = new NotFound({ ...failed, retryAfterMs: 500 })
    expect(error).toBeInstanceOf(HttpError)
    expect(isError(error, "http")).toBe(false)
    expect(error).toMatchObject({ ...failed, retryAfterMs: 500, code: "not-found" })
  })
})
