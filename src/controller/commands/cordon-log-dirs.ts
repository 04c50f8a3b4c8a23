/** Log directories of this broker that take no new partitions (KIP-1066). Between brokers heartbeats say it. */
import { metadataLevel } from '../../metadata/features.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import { supportsCordonedLogDirs } from '../../metadata/metadata-version.ts'
import type { CommandResult, CommandState } from './command.ts'

const RECORD_VERSION = 3
const AS_IT_IS = 0

/** `directoryIds`: all that are cordoned now. Where the metadata knows it already, or is of a level that cannot, nothing changes. */
export function cordonLogDirs(
  { image, nodeId }: CommandState,
  directoryIds: readonly string[],
): CommandResult<undefined> {
  const broker = image.cluster.brokers.get(String(nodeId))
  const known = [...(broker?.cordonedLogDirs ?? [])].sort()
  const isKnown = known.join() === [...directoryIds].sort().join()
  if (broker === undefined || isKnown || !supportsCordonedLogDirs(metadataLevel(image))) {
    return { records: [], response: undefined }
  }
  const change: MetadataRecord = {
    type: 'BrokerRegistrationChangeRecord',
    version: RECORD_VERSION,
    value: {
      brokerId: nodeId,
      brokerEpoch: broker.brokerEpoch,
      fenced: AS_IT_IS,
      inControlledShutdown: AS_IT_IS,
      logDirs: [],
      cordonedLogDirs: [...directoryIds],
    },
  }
  return { records: [change], response: undefined }
}
