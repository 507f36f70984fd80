import type { Slot } from "../model/annotation-file.ts"

/** A slot that holds a long video. */
export type LongVideoSlot = Slot & Required<Pick<Slot, "segments" | "frame_manifests">>

/** Whether the frames of a slot are to be had by decoding its segments. */
export function isLongVideo(slot: Slot): slot is LongVideoSlot {
  const { frame_urls: urls, segments, frame_manifests: manifests } = slot
  return (urls?.length ?? 0) === 0 && (segments?.length ?? 0) > 0 && (manifests?.length ?? 0) > 0
}
