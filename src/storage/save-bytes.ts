import { createAtomicFile } from "./atomic-file.ts"

/** Writes a file of some size atomically, and gives way while the disk is at it. */
export async function saveBytes(path: string, content: Uint8Array): Promise<void> {
  const file = await createAtomicFile(path)
  try {
    await file.write(content)
    await file.commit()
  } finally {
    await file.discard()
  }
}
