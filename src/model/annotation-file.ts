import type { Annotation, Author } from "./annotation.ts"

/** An original file behind a slot. */
export interface SourceFile {
  readonly file_name: string
  readonly url?: string | null
  readonly storage_key?: string | null
  readonly local_path?: string | null
}

/** One picture, video, series or document of an item. Sizes in pixels. */
export interface Slot {
  readonly slot_name: string
  readonly type: "image" | "video" | "dicom" | "pdf"
  readonly source_files?: readonly SourceFile[] | null
  readonly width?: number | null
  readonly height?: number | null
  readonly thumbnail_url?: string | null
  readonly fps?: number | null
  readonly frame_count?: number | null
  /** One address a frame; there (even empty) on short videos and series. */
  readonly frame_urls?: readonly string[] | null
  /** MPEG-TS parts of a long video, `duration` in seconds. */
  readonly segments?: readonly { readonly url: string; readonly duration: number }[] | null
  readonly frame_manifests?: readonly { readonly url: string }[] | null
  readonly metadata?: Readonly<Record<string, unknown>> | null
}

/** One item of a dataset. */
export interface Item {
  readonly name: string
  /** The item's folder in the dataset: `/` or `/a/b`. */
  readonly path: string
  readonly source_info?: {
    readonly item_id?: string | null
    readonly dataset?: {
      readonly name?: string | null
      readonly slug?: string | null
      readonly dataset_management_url?: string | null
    } | null
    readonly team?: { readonly name?: string | null; readonly slug?: string | null } | null
    readonly workview_url?: string | null
  } | null
  readonly slots?: readonly Slot[] | null
  readonly metadata?: Readonly<Record<string, unknown>> | null
}

/** One selected value of an item's property. */
export interface ItemPropertyValue {
  readonly name: string
  readonly value?: string | null
  readonly annotators?: readonly Author[] | null
  readonly reviewers?: readonly Author[] | null
}

/**
 * One dataset item with its slots and annotations: a Darwin JSON 2.0 document, key for key, and the `path` it was
 * read from (a file's path, or `archive.zip/entry.json`). Unknown keys of the document are kept wherever they stand.
 */
export interface AnnotationFile {
  readonly path: string
  readonly version?: string
  readonly schema_ref?: string
  readonly item: Item
  readonly annotations: readonly Annotation[]
  readonly properties?: readonly ItemPropertyValue[] | null
}
