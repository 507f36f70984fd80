import { PNG } from "pngjs"
import type { SeedItem } from "../../src/server/index.ts"

const bytes = PNG.sync.write(new PNG({ width: 8, height: 6 }))

/** A small picture under a full path such as `/street/a.png`, for `server.seed()`. */
export function seedItem(fullPath: string, status: SeedItem["status"] = "new"): SeedItem {
  const at = fullPath.lastIndexOf("/")
  const name = fullPath.slice(at + 1)
  const slot = { slot_name: "0", type: "image", file_name: name, bytes, width: 8, height: 6 } as const
  return { name, path: fullPath.slice(0, at) || "/", status, slots: [slot], annotations: [] }
}
