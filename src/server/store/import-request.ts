/** A person who made (`annotator`) or checked (`reviewer`) something. */
export interface Actor {
  readonly email: string
  readonly role: "annotator" | "reviewer"
}

/** A selected value: the id of one, or free text. */
export type SelectedValue = string | { readonly text: string }

/** Selected values by frame index or `"global"`, then by property id. */
export type AnnotationProperties = Readonly<
  Record<string, Readonly<Record<string, readonly SelectedValue[]>>>
>

/** An annotation as clients import it. */
export interface ImportedAnnotation {
  readonly id?: string | undefined
  readonly annotation_class_id: number
  readonly data: unknown
  readonly context_keys?: { readonly slot_names?: readonly string[] | undefined } | undefined
  readonly actors?: readonly Actor[] | undefined
  readonly annotation_properties?: AnnotationProperties | undefined
}

/** The id of a value, free text, or nothing: the property is shown, but no value is chosen. */
export type ItemPropertySelection = { readonly id: string } | { readonly text: string } | null

/** A selected value of an item property as clients import it. */
export interface ImportedItemProperty {
  readonly property_id: string
  readonly value: ItemPropertySelection
  readonly actors?: readonly Actor[] | undefined
}

/** What is imported into one item. */
export interface ImportRequest {
  readonly annotations: readonly ImportedAnnotation[]
  readonly properties?: readonly ImportedItemProperty[] | undefined
  /** Replaces all annotations, and item property values too, rather than adding to them. */
  readonly overwrite: boolean
}
