import { decodeQuorumState, QUORUM_STATE_FILE } from '../controller/local/quorum-state.ts'
import { isSnapshotFileName, readSnapshot } from '../controller/local/snapshot-file.ts'
import { joinPath } from '../log/files/file-names.ts'
import type { Inspection, Severity } from '../log/inspection/finding.ts'

const REPLACEMENT =
  'the next start reads an older snapshot if there is one and the log goes back so far; else restore it from a copy'

/** The files of the metadata log that other logs do not have: snapshots and the quorum's state. */
export async function verifyMetadataFiles(inspection: Inspection, directory: string): Promise<void> {
  const { files } = inspection.context
  for (const name of (await files.readDirectory(directory)).sort()) {
    const path = joinPath(directory, name)
    const found = (severity: Severity, problem: string, remedy: string) =>
      inspection.found({ severity, path, position: null, problem, remedy })
    if (isSnapshotFileName(name)) {
      await readSnapshot(files, path).catch((error: Error) =>
        found('damage', `cannot be read: ${error.message}`, REPLACEMENT),
      )
    } else if (name.endsWith('.checkpoint.part') || name.endsWith('.checkpoint.deleted')) {
      found('repair', 'is left of a snapshot that was being written or deleted', 'the next start removes it')
    } else if (name === QUORUM_STATE_FILE) {
      const text = (await files.readFile(path)).toString('utf8')
      try {
        decodeQuorumState(text)
      } catch (error) {
        found(
          'damage',
          `cannot be read: ${(error as Error).message}`,
          'no broker starts until it is restored from a copy',
        )
      }
    }
  }
}
