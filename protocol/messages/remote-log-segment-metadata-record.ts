/**
 * A segment in remote storage (KIP-405).
 */
import { array, bool, bytes, type Decoded, int8, int32, int64, record, string, struct, uuid } from '../schema.ts'

export const RemoteLogSegmentMetadataRecord = record('remote-log-metadata-record', {
  name: 'RemoteLogSegmentMetadataRecord',
  apiKey: 0,
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
    startOffset: int64(),
    endOffset: int64(),
    brokerId: int32(),
    maxTimestampMs: int64(),
    eventTimestampMs: int64(),
    segmentLeaderEpochs: array({
      leaderEpoch: int32(),
      offset: int64(),
    }),
    segmentSizeInBytes: int32(),
    customMetadata: bytes().nullable().default(null),
    remoteLogSegmentState: int8(),
    txnIndexEmpty: bool().tagged(0),
  }),
})
export type RemoteLogSegmentMetadataRecord = Decoded<typeof RemoteLogSegmentMetadataRecord>
