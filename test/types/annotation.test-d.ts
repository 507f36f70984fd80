import { expectTypeOf, test } from "vitest"
import type {
  Annotation,
  AnnotationType,
  BoundingBoxAnnotation,
  Frame,
  ImageAnnotation,
  PolygonAnnotation,
  VideoAnnotation,
} from "../../src/model/annotation.ts"
import type { Box, Point } from "../../src/model/point.ts"
import { pipe } from "../../src/pipeline.ts"
import type { Source } from "../../src/stream.ts"
import { filter } from "../../src/transforms/filter.ts"

declare const annotation: Annotation

test("an annotation is narrowed by its type to the shape it has", () => {
  if (annotation.type === "bounding_box") {
    expectTypeOf(annotation).toEqualTypeOf<BoundingBoxAnnotation>()
    expectTypeOf(annotation.bounding_box).toEqualTypeOf<Box>()
    // @ts-expect-error a box has no paths
    annotation.polygon
  } else if (annotation.type === "polygon") {
    expectTypeOf(annotation).toEqualTypeOf<PolygonAnnotation>()
    // V7's own files have the box of a polygon, others do not.
    expectTypeOf(annotation.bounding_box).toEqualTypeOf<Box | undefined>()
    if ("paths" in annotation.polygon) {
      expectTypeOf(annotation.polygon.paths).toEqualTypeOf<readonly (readonly Point[])[]>()
    }
  } else if (annotation.type === "video") {
    expectTypeOf(annotation).toEqualTypeOf<VideoAnnotation>()
    expectTypeOf(annotation.frames).toEqualTypeOf<Readonly<Record<string, Frame>>>()
  } else {
    // @ts-expect-error only what is over frames has frames
    annotation.frames
  }
})

test("every type is one of Darwin's shapes, a video or unknown", () => {
  expectTypeOf<Annotation["type"]>().toEqualTypeOf<AnnotationType | "video" | "unknown">()
  expectTypeOf<ImageAnnotation["type"]>().toEqualTypeOf<AnnotationType | "unknown">()
  // @ts-expect-error there is no such type
  if (annotation.type === "box") annotation
})

test("each type carries the shape of its name", () => {
  type ShapeOf<Type extends AnnotationType> = Extract<Annotation, { readonly type: Type }>
  expectTypeOf<{
    [Type in AnnotationType]: Type extends keyof ShapeOf<Type> ? true : false
  }>().toEqualTypeOf<{
    [Type in AnnotationType]: true
  }>()
})

test("filter narrows a stream of annotations", () => {
  const annotations: Annotation[] = []
  const boxes = pipe(
    annotations,
    filter((each) => each.type === "bounding_box"),
  )
  expectTypeOf(boxes).toEqualTypeOf<Source<BoundingBoxAnnotation>>()
})

test("annotations are not changed in place", () => {
  // @ts-expect-error it is read-only
  annotation.name = "car"
})
