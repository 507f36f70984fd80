import { exclusively, openDatabase, tellDiskErrors } from "../database.ts"
import { diskError } from "../disk-error.ts"
import { createGatheredNotes } from "../gathered-notes.ts"
import { openDoubts } from "./doubts.ts"
import { createFileNotes, type FileNotes, fileSchema } from "./files.ts"
import { createFolderNotes, type FolderNotes } from "./folders.ts"
import { createListNotes, type ListNotes, listSchema } from "./lists.ts"
import { createReleaseNotes, type ReleaseNotes, releaseSchema } from "./releases.ts"

/**
 * What a dataset's directory holds and why: which files are whole, whose name is whose, and which release needs what.
 * It lives in a database on disk, so it costs no memory however large the dataset; several processes may use it at once.
 * Paths are relative to the dataset's directory, with `/` between folders.
 */
export interface Manifest extends FileNotes, ListNotes, ReleaseNotes, FolderNotes {
  /** Does work while no other process changes the manifest; what the work changed in it holds when it has ended well. */
  exclusively(work: () => void): void
  close(): void
}

/** Opens the manifest at `path`, a SQLite database; made where it is missing. */
export function openManifest(path: string): Manifest {
  try {
    return open(path)
  } catch (error) {
    throw diskError(path, error)
  }
}

// What a killed process had not written yet, and what a power cut takes, are files of the last moment: they cost a download,
// never a wrong file.
function open(path: string): Manifest {
  const database = openDatabase(path, fileSchema + releaseSchema + listSchema)
  // Moving the log into the database is what waits for the disk: every 16 MB, not every 4.
  database.pragma("wal_autocheckpoint = 4096")
  const doubts = openDoubts(database)
  const gathered = createGatheredNotes(database)
  const { flush } = gathered
  const manifest: Manifest = {
    ...createFileNotes(database, gathered, doubts),
    ...createListNotes(database, gathered),
    ...createReleaseNotes(database, gathered, doubts),
    ...createFolderNotes(database, gathered),
    exclusively: (work) => {
      flush()
      exclusively(database, work)
    },
    close: () => {
      try {
        flush()
      } finally {
        database.close()
      }
    },
  }
  return tellDiskErrors(manifest, path)
}
