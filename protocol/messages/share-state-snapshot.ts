/**
 * The whole state of a share partition (KIP-932).
 */
import { array, type Decoded, int8, int16, int32, int64, record, string, uuid } from '../schema.ts'

export const ShareSnapshotKey = record('share-record-key', {
  name: 'ShareSnapshotKey',
  apiKey: 0,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
    topicId: uuid(),
    partition: int32(),
  }),
})
export type ShareSnapshotKey = Decoded<typeof ShareSnapshotKey>

export const ShareSnapshotValue = record('share-record-value', {
  name: 'ShareSnapshotValue',
  apiKey: 0,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    snapshotEpoch: int32(),
    stateEpoch: int32(),
    leaderEpoch: int32(),
    startOffset: int64(),
    deliveryCompleteCount: int32().tagged(0).default(-1),
    createTimestamp: int64(),
    writeTimestamp: int64(),
    stateBatches: array({
      firstOffset: int64(),
      lastOffset: int64(),
      deliveryState: int8(),
      deliveryCount: int16(),
    }),
  }),
})
export type ShareSnapshotValue = Decoded<typeof ShareSnapshotValue>
