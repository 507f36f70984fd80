/** How much a server takes. */
export interface ServerLimits {
  /**
   * Items that a dataset may hold, archived ones too; further ones are blocked when they are registered, with the reason
   * `ITEM_COUNT_LIMIT_EXCEEDED`.
   * @default without limit
   */
  readonly itemsPerDataset?: number | undefined
  /**
   * Bytes of uploaded files that a team may hold. When they are reached no upload is registered or signed any more: 429
   * with the code `INSUFFICIENT_REMAINING_STORAGE`. Uploads that have an address already go on.
   * @default without limit
   */
  readonly storageBytes?: number | undefined
  /** Bytes of a JSON body, unpacked; larger ones are read to their end and answered 413. @default 33_554_432 */
  readonly bodyBytes?: number | undefined
  /** Bytes of path and query; longer ones are answered 413. @default 114_688 */
  readonly addressBytes?: number | undefined
}

/** The limits with their defaults. */
export type SettledLimits = { readonly [Key in keyof ServerLimits]-?: number }

/** Fills in what is not given. */
export function settleLimits(limits: ServerLimits = {}): SettledLimits {
  return {
    itemsPerDataset: limits.itemsPerDataset ?? Number.POSITIVE_INFINITY,
    storageBytes: limits.storageBytes ?? Number.POSITIVE_INFINITY,
    // Clients split what they import into parts of at most 32,000,000 bytes, not counting what stands between the parts.
    bodyBytes: limits.bodyBytes ?? 32 * 1024 * 1024,
    // Clients ask for 100 items by name in one address: more than the 16 KiB that Node takes with all headers.
    addressBytes: limits.addressBytes ?? 112 * 1024,
  }
}
