import type { BlobStore } from "./blobs.ts"
import { writeRelease } from "./release-zip.ts"
import type { Database } from "./store/database.ts"
import { completeRelease, failRelease, findRelease, listPendingReleases } from "./store/exports.ts"

/** Makes releases one after the other, beside the requests. */
export interface ReleaseRunner {
  /** Takes the snapshot at once, so that a release is what the dataset was when it was asked for. */
  enqueue(releaseId: string): void
  /** Returns when all that were asked for are made. */
  idle(): Promise<void>
  /** Leaves what is not finished pending: it is made when the server starts again. */
  stop(): Promise<void>
}

/** Starts the runner with the releases that an earlier process left pending. */
export function startReleaseRunner(db: Database, blobs: BlobStore): ReleaseRunner {
  const stopping = new AbortController()
  let last: Promise<void> = Promise.resolve()

  async function make(releaseId: string, snapshot: Database): Promise<void> {
    try {
      if (stopping.signal.aborted) return
      const release = findRelease(db, releaseId)
      if (release?.status !== "pending") return
      completeRelease(db, releaseId, await writeRelease(snapshot, blobs, release, stopping.signal))
    } catch (error) {
      if (stopping.signal.aborted) return
      failRelease(db, releaseId, error instanceof Error ? error.message : String(error))
    } finally {
      snapshot.close()
    }
  }

  const runner: ReleaseRunner = {
    enqueue(releaseId) {
      const snapshot = db.snapshot()
      last = last.then(() => make(releaseId, snapshot))
    },
    idle: () => last,
    async stop() {
      stopping.abort()
      await last
    },
  }
  for (const id of listPendingReleases(db)) runner.enqueue(id)
  return runner
}
