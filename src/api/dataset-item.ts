/** One slot of an item on the service. */
export interface ItemSlot {
  readonly slot_name: string
  readonly type?: string | null
  readonly file_name?: string | null
  readonly size_bytes?: number | null
  readonly fps?: number | string | null
  readonly total_sections?: number | null
  readonly upload_id?: string | null
  readonly is_external?: boolean | null
  readonly metadata?: Readonly<Record<string, unknown>> | null
}

/** An item of a dataset as the service lists it: key for key, unknown keys included. */
export interface DatasetItem {
  readonly id: string
  readonly name: string
  /** The item's folder in the dataset: `/` or `/a/b`. */
  readonly path: string
  /** `new`, `annotate`, `review`, `complete`, `archived`, `error`, `uploading` or `processing`. */
  readonly status: string
  readonly archived: boolean
  readonly dataset_id: number
  /** Empty while the item is being processed. */
  readonly slots: readonly ItemSlot[]
  readonly slot_types?: readonly string[]
  readonly layout?: Readonly<Record<string, unknown>> | null
  readonly workflow_data?: Readonly<Record<string, unknown>> | null
  readonly processing_status?: string
  readonly priority?: number | null
  readonly tags?: readonly unknown[] | null
  readonly inserted_at?: string
  readonly updated_at?: string
}
