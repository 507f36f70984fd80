import { join } from "node:path"
import { isError } from "../errors.ts"
import { isExpired } from "../http/index.ts"
import type { Item } from "../model/annotation-file.ts"
import { type Journal, openJournal } from "../storage/journal.ts"
import { type MediaTarget, type MediaTargetsOptions, mediaTargets } from "../storage/names.ts"
import { inContext, type OpenContext } from "../stream.ts"
import { bringMedia, type PlannedMedia } from "../transforms/media.ts"
import type { MediaDestination, MediaFile } from "../transforms/media-destination.ts"
import type { BringMediaOptions, ExpiredFile } from "../transforms/media-options.ts"
import type { ReleaseArchive } from "./release-entries.ts"
import { annotationFiles } from "./release-files.ts"

/** The addresses of a release's files, which may run out while they are fetched. */
export interface FreshLinks {
  /** The newest address known of a file. */
  latest(file: ExpiredFile): string
  /** Says that an address has brought its file. */
  worked(file: ExpiredFile): void
  /**
   * A newer address of a file whose own was refused; undefined where there is none. The release is asked for once for
   * all files that wait, and not at all while other links of the same age still open: then this one is forbidden.
   */
  renew(file: ExpiredFile): Promise<string | undefined>
  close(): void
}

/**
 * Watches over the addresses of a release's files. When they run out the release is asked for again and its archive read
 * once more: the addresses in it go to a file on disk, for those that wait and for those still to come, so that it costs
 * no memory however large the release.
 */
export function createFreshLinks(
  archive: ReleaseArchive,
  options: MediaTargetsOptions,
  context: OpenContext,
): FreshLinks {
  let journal: Journal | undefined
  // One of those in use that has opened.
  let opened: string | undefined
  // The archive holds the old ones for good.
  let hopeless = false
  let underWay: Promise<void> | undefined

  const readAgain = async () => {
    context.onEvent?.({
      type: "warning",
      message: `links of ${archive.name} have run out: it is asked for again`,
    })
    const url = (await archive.renew?.(context)) ?? archive.url
    const fresh = openJournal("")
    try {
      const files = annotationFiles({ ...archive, url }, { onInvalid: "skip" })
      for await (const { item } of inContext(files, { signal: context.signal })) {
        for (const { owner, url } of targetsOf(item, options)) fresh.set(owner, url)
      }
    } catch (error) {
      fresh.close()
      throw error
    }
    journal?.close()
    journal = fresh
    opened = undefined
  }

  const haveRunOut = async () => {
    if (opened === undefined) return journal === undefined
    const { http, credentials } = archive
    try {
      const reply = await http.request(opened, { credentials, context, headers: { range: "bytes=0-0" } })
      await reply.discard()
      return false
    } catch (error) {
      return isExpired(error)
    }
  }

  return {
    latest: ({ owner, url }) => journal?.get(owner) ?? url,
    worked: ({ owner, url }) => {
      if (journal === undefined || journal.get(owner) === url) opened = url
    },
    renew: async ({ owner, url }) => {
      const known = journal?.get(owner)
      if (known !== undefined && known !== url) return known
      if (hopeless) return undefined
      underWay ??= (async () => {
        if (!(await haveRunOut())) return
        await readAgain()
        hopeless = journal?.get(owner) === url
      })().finally(() => {
        underWay = undefined
      })
      await underWay
      return journal?.get(owner)
    },
    close: () => journal?.close(),
  }
}

/** Brings an item's media as `bringMedia` does, each file from the newest address known of it. */
export async function bringFresh(
  planned: readonly PlannedMedia[],
  links: FreshLinks,
  destination: MediaDestination,
  options: BringMediaOptions,
  context: OpenContext,
): Promise<MediaFile[]> {
  const wanted = planned.map((one) => ("url" in one ? { ...one, url: links.latest(one) } : one))
  const used = new Map<string, ExpiredFile>()
  for (const one of wanted) if ("url" in one) used.set(one.owner, one)
  const renew = async (expired: ExpiredFile) => {
    const url = await links.renew(expired)
    if (url !== undefined) used.set(expired.owner, { ...expired, url })
    return url
  }
  const media = await bringMedia(wanted, destination, { ...options, renew }, context)
  const fetched = new Set(media.filter(({ state }) => state === "fetched").map(({ path }) => path))
  for (const one of wanted) {
    const file = "url" in one ? used.get(one.owner) : undefined
    if (file !== undefined && fetched.has(join(destination.directory, one.name))) links.worked(file)
  }
  return media
}

function targetsOf(item: Item, options: MediaTargetsOptions): MediaTarget[] {
  try {
    return mediaTargets(item, options)
  } catch (error) {
    // Its name is none for a file: then nobody waits for it.
    if (isError(error, "path")) return []
    throw error
  }
}
