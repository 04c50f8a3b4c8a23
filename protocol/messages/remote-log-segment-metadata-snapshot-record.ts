/**
 * A segment in remote storage, in a snapshot of their metadata (KIP-405).
 */
import { array, bool, bytes, type Decoded, int8, int32, int64, record, uuid } from '../schema.ts'

export const RemoteLogSegmentMetadataSnapshotRecord = record('remote-log-metadata-record', {
  name: 'RemoteLogSegmentMetadataSnapshotRecord',
  apiKey: 3,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    segmentId: uuid(),
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
export type RemoteLogSegmentMetadataSnapshotRecord = Decoded<typeof RemoteLogSegmentMetadataSnapshotRecord>
