/** Log directories of a broker that take no new partitions (KIP-1066). */
import { metadataLevel } from '../../../metadata/features.ts'
import { brokerOf } from '../../../metadata/image/cluster-image.ts'
import { supportsCordonedLogDirs } from '../../../metadata/metadata-version.ts'
import type { CommandResult, CommandState } from '../command.ts'
import { brokerChange } from '../rules/broker-change.ts'

/** `directoryIds`: all that are cordoned now. Where the metadata knows it already, or is of a level that cannot, nothing changes. */
export function cordonLogDirs(
  { image }: CommandState,
  brokerId: number,
  directoryIds: readonly string[],
): CommandResult<undefined> {
  const broker = brokerOf(image.cluster, brokerId)
  const known = [...(broker?.cordonedLogDirs ?? [])].sort()
  const isKnown = known.join() === [...directoryIds].sort().join()
  if (broker === undefined || isKnown || !supportsCordonedLogDirs(metadataLevel(image))) {
    return { records: [], response: undefined }
  }
  return { records: [brokerChange(broker, { cordonedLogDirs: directoryIds })], response: undefined }
}
