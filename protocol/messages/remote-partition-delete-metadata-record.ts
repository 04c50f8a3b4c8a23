/**
 * The progress of the deletion of a partition in remote storage (KIP-405).
 */
import { type Decoded, int8, int32, int64, record, string, struct, uuid } from '../schema.ts'

export const RemotePartitionDeleteMetadataRecord = record('remote-log-metadata-record', {
  name: 'RemotePartitionDeleteMetadataRecord',
  apiKey: 2,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    topicIdPartition: struct({
      name: string(),
      id: uuid(),
      partition: int32(),
    }),
    brokerId: int32(),
    eventTimestampMs: int64(),
    remotePartitionDeleteState: int8(),
  }),
})
export type RemotePartitionDeleteMetadataRecord = Decoded<typeof RemotePartitionDeleteMetadataRecord>
