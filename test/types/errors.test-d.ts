import { expectTypeOf, test } from "vitest"
import {
  type ErrorByCode,
  type ErrorCode,
  type FormatError,
  isError,
  type NotFound,
  type ZipError,
} from "../../src/errors.ts"

declare const error: unknown

test("isError narrows by the code, or the codes, asked for", () => {
  if (isError(error, "format")) {
    expectTypeOf(error).toEqualTypeOf<FormatError>()
    expectTypeOf(error.place).toEqualTypeOf<string>()
    // @ts-expect-error a format error has no status
    error.status
  }
  if (isError(error, "format", "zip")) expectTypeOf(error).toEqualTypeOf<FormatError | ZipError>()
  if (isError(error, "not-found")) {
    expectTypeOf(error).toEqualTypeOf<NotFound>()
    expectTypeOf(error.status).toEqualTypeOf<number>()
  }
})

test("without a code it is any of ours", () => {
  if (isError(error)) expectTypeOf(error).toEqualTypeOf<ErrorByCode[ErrorCode]>()
})

test("refuses a code that does not exist", () => {
  // @ts-expect-error there is no such code
  isError(error, "fromat")
})

test("every class has the code that it stands under", () => {
  // `http` is the base of others and so the one whose code is not literal.
  type Literal = Exclude<ErrorCode, "http">
  expectTypeOf<{ [Code in Literal]: ErrorByCode[Code]["code"] }>().toEqualTypeOf<{
    [Code in Literal]: Code
  }>()
})
