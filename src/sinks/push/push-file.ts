/** Where the bytes of a file come from: a file on disk, or a function that makes them. */
export type PushBytes =
  | { readonly path: string; readonly data?: undefined; readonly sizeBytes?: undefined }
  | {
      readonly path?: undefined
      /** Called once for each try, so it begins from the start each time. */
      readonly data: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>
      /** How many bytes there will be: the service is told before the first one. */
      readonly sizeBytes: number
    }

/** One file of an item, and how the service is to take it. */
export type PushSlot = PushBytes & {
  /** @default the file's place among those of the item: "0", "1" and so on */
  readonly slotName?: string | undefined
  /** What the file is called on the service. @default the last part of `path`, else the item's name */
  readonly fileName?: string | undefined
  /** Frames per second to take from a video. @default its own */
  readonly fps?: number | "native" | undefined
  /** Whether a video becomes single frames. @default false */
  readonly asFrames?: boolean | undefined
  /** Whether the views of a volume become slots. @default false */
  readonly extractViews?: boolean | undefined
}

/**
 * One item to push: a single file, or several of them as slots.
 *
 * @example
 * const photo = { path: "photos/kerb.jpg", folder: "/street" }
 * const pair = { name: "pair", slots: [{ path: "left.png" }, { path: "right.png" }] }
 * const drawn = { name: "grey.png", sizeBytes: bytes.length, data: () => [bytes] }
 */
export type PushFile = (PushSlot | { readonly slots: readonly PushSlot[] }) & {
  /** @default the file's name */
  readonly name?: string | undefined
  /** The folder in the dataset. @default "/" */
  readonly folder?: string | undefined
  /** How several slots stand beside each other, as the API has it. @default left to the service */
  readonly layout?: Readonly<Record<string, unknown>> | undefined
}
