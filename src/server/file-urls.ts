import type { Slot } from "./store/items.ts"

/** The addresses of an item's files. */
export interface FileUrls {
  original(slot: Slot): string
  thumbnail(slot: Slot): string
  frame(slot: Slot, index: number): string
}

/** Makes addresses that begin with `baseUrl`; with a token they open without a key. */
export function fileUrls(baseUrl: string, teamSlug: string, token: string | undefined): FileUrls {
  const team = `${baseUrl}/api/v2/teams/${teamSlug}`
  const query = token === undefined ? "" : `?token=${token}`
  return {
    original: (slot) => `${team}/uploads/${slot.uploadId}${query}`,
    thumbnail: (slot) => `${team}/files/${slot.id}/thumbnail${query}`,
    frame: (slot, index) => `${team}/files/${slot.id}/sections/${index}${query}`,
  }
}
