import { createHash } from "node:crypto"
import type { Slot } from "../../src/model/annotation-file.ts"
import { yazlArchive } from "../parse/zip-archives.ts"

/** One file behind a slot. */
interface FileSketch {
  readonly file_name: string
  readonly url?: string | null
}

/** An item as a test thinks of it. */
export interface ItemSketch {
  readonly name: string
  /** @default "/" */
  readonly path?: string
  /** @default made from path and name */
  readonly id?: string
  /** The address of its only file. */
  readonly url?: string
  /** In place of `url`. */
  readonly slots?: readonly {
    readonly slot_name: string
    readonly type?: Slot["type"]
    readonly source_files: readonly FileSketch[]
    readonly frame_urls?: readonly string[]
    readonly metadata?: Readonly<Record<string, unknown>>
  }[]
  readonly annotations?: readonly unknown[]
}

/** The Darwin JSON document of an item. */
export function documentOf({ name, path = "/", id, url, slots, annotations = [] }: ItemSketch): string {
  const only = url === undefined ? [] : [{ slot_name: "0", source_files: [{ file_name: name, url }] }]
  return JSON.stringify({
    version: "2.0",
    item: {
      name,
      path,
      source_info: { item_id: id ?? uuidOf(`${path}/${name}`) },
      slots: (slots ?? only).map((slot) => ({ type: "image", ...slot })),
    },
    annotations,
  })
}

/** A box of a class. */
export function box(name: string): unknown {
  return { id: uuidOf(name), name, bounding_box: { x: 1, y: 2, w: 3, h: 4 }, slot_names: ["0"] }
}

/** A release's zip: one document an item, named `0.json` on, and further entries behind them. */
export function releaseZip(
  items: readonly ItemSketch[],
  more: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  const documents = items.map((item, at) => ({ name: `${at}.json`, text: documentOf(item) }))
  const others = Object.entries(more).map(([name, text]) => ({ name, text }))
  return yazlArchive([...documents, ...others])
}

/** Bytes that no compression makes smaller, the same ones for the same words. */
export function contentOf(words: string, bytes: number): Buffer {
  return createHash("shake256", { outputLength: bytes }).update(words).digest()
}

function uuidOf(words: string): string {
  return createHash("sha256")
    .update(words)
    .digest("hex")
    .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-4$3-a$4-$5")
}
