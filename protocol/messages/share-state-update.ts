/**
 * The changes of a share partition since its snapshot (KIP-932).
 */
import { array, type Decoded, int8, int16, int32, int64, record, string, uuid } from '../schema.ts'

export const ShareUpdateKey = record('share-record-key', {
  name: 'ShareUpdateKey',
  apiKey: 1,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
    topicId: uuid(),
    partition: int32(),
  }),
})
export type ShareUpdateKey = Decoded<typeof ShareUpdateKey>

export const ShareUpdateValue = record('share-record-value', {
  name: 'ShareUpdateValue',
  apiKey: 1,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    snapshotEpoch: int32(),
    leaderEpoch: int32(),
    startOffset: int64(),
    deliveryCompleteCount: int32().tagged(0).default(-1),
    stateBatches: array({
      firstOffset: int64(),
      lastOffset: int64(),
      deliveryState: int8(),
      deliveryCount: int16(),
    }),
  }),
})
export type ShareUpdateValue = Decoded<typeof ShareUpdateValue>
