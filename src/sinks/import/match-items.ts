import type { DatasetItem } from "../../api/dataset-item.ts"
import { findItems } from "../../api/find-items.ts"
import type { DatasetHandle } from "../../api/session.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import { inContext, stage, type Transform } from "../../stream.ts"
import { parallel } from "../../transforms/parallel.ts"

/** A file on its way into the dataset. */
export interface Candidate {
  readonly file: AnnotationFile
  /** Folder and name of its item. */
  readonly path: string
  /** What tells this content from any other. */
  readonly digest: string
}

/** A file with the items of its path: none, the one that is meant, or several between which nobody can decide. */
export interface Match extends Candidate {
  readonly items: readonly DatasetItem[]
}

/** Names are asked for together, as many as a request takes; files in between are held, so their annotations count as well. */
const maxBatch = 100
const maxBatchAnnotations = 5_000

/** So long a batch waits for more: a slow source must not keep what has come from going on. */
const lingerMs = 20

/** Requests under way, so that the next batch is known when the one before has been used up. */
const lookups = 3

/**
 * Finds the items of files by folder and name, exactly. Of an item and archived ones of the same path it is the one that is
 * not archived.
 */
export function matchItems({ session, id }: DatasetHandle): Transform<Candidate, Match> {
  return (input, context) =>
    stage(context, async function* (opened) {
      const looked = parallel(
        async (batch: readonly Candidate[], within) => {
          const found = await findItems(
            session,
            id,
            batch.map(({ path }) => path),
            within,
          )
          return batch.map((one): Match => ({ ...one, items: meant(found.get(one.path) ?? []) }))
        },
        { concurrency: lookups },
      )
      for await (const batch of looked(gather(inContext(input, opened)), opened)) yield* batch
    })
}

function meant(items: readonly DatasetItem[]): readonly DatasetItem[] {
  const live = items.filter(({ archived }) => !archived)
  return live.length > 0 ? live : items
}

async function* gather(input: AsyncIterable<Candidate>): AsyncGenerator<readonly Candidate[]> {
  const iterator = input[Symbol.asyncIterator]()
  let batch: Candidate[] = []
  let annotations = 0
  let next = iterator.next()
  try {
    for (;;) {
      const result = batch.length === 0 ? await next : await Promise.race([next, lingering()])
      if (result === undefined) {
        yield batch
        batch = []
        annotations = 0
        continue
      }
      if (result.done === true) break
      batch.push(result.value)
      annotations += result.value.file.annotations.length
      if (batch.length >= maxBatch || annotations >= maxBatchAnnotations) {
        yield batch
        batch = []
        annotations = 0
      }
      next = iterator.next()
    }
    if (batch.length > 0) yield batch
  } finally {
    // What it would still give is not wanted, nor is what goes wrong with it.
    next.catch(() => {})
    await iterator.return?.()
  }
}

function lingering(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, lingerMs, undefined))
}
