import { Observable } from "rxjs"
import { expectTypeOf, test } from "vitest"
import { fromObservable, toObservable } from "../../src/rxjs.ts"
import type { Source } from "../../src/stream.ts"

test("the item goes through, there and back", () => {
  expectTypeOf(toObservable(["a"])).toEqualTypeOf<Observable<string>>()
  const back = fromObservable(toObservable(["a"]), { capacity: 3, overflow: "drop-newest" })
  expectTypeOf(back).toEqualTypeOf<Source<string>>()
})

test("what waits must be bounded, by a policy that exists", () => {
  // @ts-expect-error a capacity is called for
  fromObservable(new Observable<string>(), {})
  // @ts-expect-error there is no such policy
  fromObservable(new Observable<string>(), { capacity: 1, overflow: "block" })
})
