import { stat } from "node:fs/promises"

import { imageSizeFromFile } from "image-size/fromFile"

import { isMeasured } from "./file-types.ts"
import type { Slot } from "./store/items.ts"
import type { FileFacts } from "./store/uploads.ts"

/** Looks at an uploaded file. A picture whose header cannot be read has failed, as has a file that is cut or gone. */
export async function inspectFile(path: string, slot: Slot): Promise<FileFacts> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || found.size !== slot.sizeBytes || found.size === 0) return { failed: true }
  if (slot.type !== "image") return { failed: false }
  try {
    const { width, height } = await imageSizeFromFile(path)
    return { failed: false, width, height }
  } catch {
    return { failed: isMeasured(slot.fileName) }
  }
}
