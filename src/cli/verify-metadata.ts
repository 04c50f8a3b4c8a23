import { decodeQuorumState, QUORUM_STATE_FILE } from '../controller/metadata-log/quorum-state.ts'
import {
  readSnapshot,
  type SnapshotId,
  snapshotFileName,
  snapshotsAmong,
} from '../controller/metadata-log/snapshot-file.ts'
import { readStoredMetadata } from '../controller/metadata-log/stored-metadata.ts'
import { joinPath } from '../log/files/file-names.ts'
import type { Inspection, KnownPartitions, Severity } from '../log/inspection/finding.ts'

/** The files of the metadata log that other logs do not have: snapshots and the quorum's state. */
export async function verifyMetadataFiles(inspection: Inspection, directory: string): Promise<void> {
  const { files } = inspection.context
  const names = (await files.readDirectory(directory)).sort()
  await verifySnapshots(inspection, directory, names)
  for (const name of names) {
    const path = joinPath(directory, name)
    const found = (severity: Severity, problem: string, remedy: string) =>
      inspection.found({ severity, path, position: null, problem, remedy })
    if (name.endsWith('.checkpoint.part') || name.endsWith('.checkpoint.deleted')) {
      found('repair', 'is left of a snapshot that was being written or deleted', 'the next start removes it')
    } else if (name === QUORUM_STATE_FILE) {
      const text = (await files.readFile(path)).toString('utf8')
      try {
        decodeQuorumState(text)
      } catch (error) {
        const remedy = 'the next start writes it anew with an epoch above those of the log'
        found('repair', `cannot be read: ${(error as Error).message}`, remedy)
      }
    }
  }
}

async function verifySnapshots(inspection: Inspection, directory: string, names: readonly string[]): Promise<void> {
  const { files } = inspection.context
  const ids = snapshotsAmong(names)
  const chosen = await readStoredMetadata(files, directory).then(
    ({ snapshot }) => snapshot,
    () => null,
  )
  const isChosen = (id: SnapshotId) => chosen?.newest?.id.offset === id.offset && chosen.newest.id.epoch === id.epoch
  for (const id of ids) {
    if (isChosen(id)) continue
    const path = joinPath(directory, snapshotFileName(id))
    const problem = await readSnapshot(files, path).then(
      () => null,
      (error: Error) => `cannot be read: ${error.message}`,
    )
    if (problem === null) continue
    const found = (severity: Severity, remedy: string) =>
      inspection.found({ severity, path, position: null, problem, remedy })
    if (chosen === null) found('damage', 'no broker starts until it is restored from a copy')
    else if (chosen.damaged.some((each) => each.path === path))
      found('repair', `the next start reads ${chosen.newest === null ? 'the log' : 'an older one'} instead`)
    else found('repair', 'no start reads it, as there is a newer one')
  }
}

/** The partitions in the metadata log of a data directory; undefined where there is no log that a start would read. */
export async function knownPartitions(
  { context }: Inspection,
  metadataDirectory: string,
): Promise<KnownPartitions | undefined> {
  if ((await context.files.stat(metadataDirectory)) === null) return undefined
  try {
    const { topics } = (await readStoredMetadata(context.files, metadataDirectory)).image
    return {
      topicIdOf(name, partition) {
        const topic = topics.get(name)
        return topic?.partitions[partition] === undefined ? null : topic.id
      },
    }
  } catch {
    return undefined
  }
}
