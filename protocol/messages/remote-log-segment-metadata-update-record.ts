/**
 * A segment in remote storage has another state (KIP-405).
 */
import { bytes, type Decoded, int8, int32, int64, record, string, struct, uuid } from '../schema.ts'

export const RemoteLogSegmentMetadataUpdateRecord = record('remote-log-metadata-record', {
  name: 'RemoteLogSegmentMetadataUpdateRecord',
  apiKey: 1,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    remoteLogSegmentId: struct({
      topicIdPartition: struct({
        name: string(),
        id: uuid(),
        partition: int32(),
      }),
      id: uuid(),
    }),
    brokerId: int32(),
    eventTimestampMs: int64(),
    customMetadata: bytes().nullable().default(null),
    remoteLogSegmentState: int8(),
  }),
})
export type RemoteLogSegmentMetadataUpdateRecord = Decoded<typeof RemoteLogSegmentMetadataUpdateRecord>
