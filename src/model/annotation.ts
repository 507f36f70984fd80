import type { Box, Point } from "./point.ts"

/** A person who made or checked an annotation; exported when authorship was asked for. */
export interface Author {
  readonly full_name: string
  readonly email: string
}

/** One selected value of an annotation's property. `frame_index` null or absent: it holds for the whole annotation. */
export interface PropertyValue {
  readonly name: string
  readonly value?: string | null
  readonly frame_index?: number | string | null
}

/** What Darwin calls sub-annotations: they stand beside the main shape, of an annotation or of one frame. */
export interface SubAnnotations {
  readonly text?: { readonly text: string }
  readonly attributes?: readonly string[]
  readonly instance_id?: { readonly value: number }
  /** `angle` in radians, `length` in pixels. */
  readonly directional_vector?: { readonly angle: number; readonly length: number }
  readonly inference?: {
    readonly confidence: number
    readonly model?: { readonly id: string; readonly name: string; readonly type: string }
  }
  readonly measures?: unknown
}

/** The main shapes of Darwin JSON 2.0, each under the key that names its type. */
export interface Shapes {
  readonly bounding_box: Box
  /** Paths of one shape, even-odd: a path inside another is a hole. `path` is the older form with one path. */
  readonly polygon: { readonly paths: readonly (readonly Point[])[] } | { readonly path: readonly Point[] }
  readonly tag: Readonly<Record<string, unknown>>
  readonly line: { readonly path: readonly Point[] }
  readonly keypoint: Point
  /** `angle` in radians; `radius` is half the width and half the height before rotation. */
  readonly ellipse: { readonly angle: number; readonly center: Point; readonly radius: Point }
  readonly cuboid: { readonly back: Box; readonly front: Box }
  readonly skeleton: {
    readonly nodes: readonly (Point & { readonly name: string; readonly occluded?: boolean })[]
  }
  /** The pixels are in the slot's raster layer, under this annotation's id. */
  readonly mask: { readonly sparse_rle?: null }
  readonly raster_layer: RasterLayer
  readonly string: {
    readonly sources: readonly { readonly id: string; readonly ranges?: readonly unknown[] | null }[]
  }
  readonly graph: {
    readonly nodes: readonly { readonly id: string; readonly name: string }[]
    readonly edges: readonly { readonly start: string; readonly end: string }[]
  }
  readonly table: {
    readonly bounding_box: Box
    readonly cells: readonly {
      readonly id?: string
      readonly row: number
      readonly col: number
      readonly row_span?: number
      readonly col_span?: number
      readonly is_header?: boolean
      readonly bounding_box: Box
    }[]
  }
  readonly simple_table: {
    readonly bounding_box: Box
    readonly col_offsets: readonly number[]
    readonly row_offsets: readonly number[]
  }
}

/** All masks of one slot (of one frame), one label a pixel. */
export interface RasterLayer {
  /** Pairs `label, run` over the pixels row by row from the top left; label 0 is background. */
  readonly dense_rle: readonly number[]
  /** Id of a mask annotation to its label, 1 or more. */
  readonly mask_annotation_ids_mapping: Readonly<Record<string, number>>
  /** Width times height. */
  readonly total_pixels: number
}

/** The name of a main shape, Darwin's annotation type. */
export type AnnotationType = keyof Shapes

interface AnnotationBase {
  readonly id?: string
  /** Name of the annotation class. */
  readonly name: string
  /** The slots it belongs to; absent or empty: the item's first slot. */
  readonly slot_names?: readonly string[]
  readonly properties?: readonly PropertyValue[] | null
  readonly annotators?: readonly Author[] | null
  readonly reviewers?: readonly Author[] | null
}

type Shaped<Type extends AnnotationType> = AnnotationBase &
  SubAnnotations &
  Pick<Shapes, Type> & { readonly type: Type }

export type BoundingBoxAnnotation = Shaped<"bounding_box">
/** The sibling `bounding_box` is V7's own; older and medical files lack it. */
export type PolygonAnnotation = Shaped<"polygon"> & { readonly bounding_box?: Box }
export type TagAnnotation = Shaped<"tag">
export type LineAnnotation = Shaped<"line">
export type KeypointAnnotation = Shaped<"keypoint">
export type EllipseAnnotation = Shaped<"ellipse">
export type CuboidAnnotation = Shaped<"cuboid">
export type SkeletonAnnotation = Shaped<"skeleton">
export type MaskAnnotation = Shaped<"mask">
export type RasterLayerAnnotation = Shaped<"raster_layer">
export type StringAnnotation = Shaped<"string">
export type GraphAnnotation = Shaped<"graph">
export type TableAnnotation = Shaped<"table">
export type SimpleTableAnnotation = Shaped<"simple_table">

/** An annotation whose main shape this library does not know: kept and written as it came. */
export type UnknownAnnotation = AnnotationBase & { readonly type: "unknown" }

/** What one frame of a video annotation holds: a main shape (absent in a frame that only changes sub-annotations). */
export type Frame = Partial<Shapes> & SubAnnotations & { readonly keyframe?: boolean }

/** A half-open span of frames, 0-based: `[start, end)`. */
export type FrameRange = readonly [start: number, end: number]

/** An annotation over frames of a video, series or document. Keys of `frames` are 0-based frame indices in decimal. */
export interface VideoAnnotation extends AnnotationBase {
  readonly type: "video"
  readonly frames: Readonly<Record<string, Frame>>
  /** An older companion of `frames`; where both name a frame, this one holds. */
  readonly sections?: Readonly<Record<string, Frame>>
  readonly ranges?: readonly FrameRange[]
  /** The older name of `ranges`, read when `ranges` is absent. */
  readonly segments?: readonly FrameRange[]
  readonly hidden_areas?: readonly FrameRange[]
  readonly interpolated?: boolean
  readonly interpolate_algorithm?: string
  readonly only_keyframes?: boolean
  readonly global_sub_types?: Readonly<Record<string, unknown>>
}

/** An annotation that belongs to a whole image, discriminated by `type`. */
export type ImageAnnotation =
  | BoundingBoxAnnotation
  | PolygonAnnotation
  | TagAnnotation
  | LineAnnotation
  | KeypointAnnotation
  | EllipseAnnotation
  | CuboidAnnotation
  | SkeletonAnnotation
  | MaskAnnotation
  | RasterLayerAnnotation
  | StringAnnotation
  | GraphAnnotation
  | TableAnnotation
  | SimpleTableAnnotation
  | UnknownAnnotation

/**
 * Any annotation of a file, discriminated by `type`: Darwin's name of its main shape, `"video"` for one over frames,
 * `"unknown"` for a shape this library does not know. All other keys are those of the document, unknown ones included.
 */
export type Annotation = ImageAnnotation | VideoAnnotation
