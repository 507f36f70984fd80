import { createAtomicFile } from "./atomic-file.ts"
import { diskError } from "./disk-error.ts"

/**
 * Up to here a file is held in memory as a whole, and written in one go. What is larger takes long to be brought again, so it is
 * waited for until it is on the disk itself.
 */
export const smallBytes: number = 1 << 20

/**
 * Writes a file of some size atomically, and gives way while the disk is at it. One of more than 1 MiB is safe from a power
 * cut when this has returned, a smaller one where `durable` is asked for.
 *
 * @throws TransferError (`transfer`) for what is wrong with the disk.
 */
export async function saveBytes(
  path: string,
  content: Uint8Array,
  { durable = false }: { readonly durable?: boolean } = {},
): Promise<void> {
  try {
    const file = await createAtomicFile(path, { durable: durable || content.length > smallBytes })
    try {
      await file.write(content)
      await file.commit()
    } finally {
      await file.discard()
    }
  } catch (error) {
    throw diskError(path, error)
  }
}
