/**
 * A committed offset.
 *
 * - v1: expiry of the commit's own. v2: none, the broker's configuration decides (KIP-211).
 * - v3: leader epoch (KIP-320). v4: the id of the topic, so that a commit does not outlive its topic.
 */
import { type Decoded, int32, int64, record, string, uuid } from '../schema.ts'

export const OffsetCommitKey = record('group-record-key', {
  name: 'OffsetCommitKey',
  apiKey: 1,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    group: string(),
    topic: string(),
    partition: int32(),
  }),
})
export type OffsetCommitKey = Decoded<typeof OffsetCommitKey>

export const OffsetCommitValue = record('group-record-value', {
  name: 'OffsetCommitValue',
  apiKey: 1,
  versions: '0-4',
  flexible: '4+',
  fields: () => ({
    offset: int64(),
    leaderEpoch: int32('3+').default(-1).ignorable(),
    metadata: string(),
    commitTimestamp: int64(),
    expireTimestamp: int64('1').default(-1n).ignorable(),
    topicId: uuid('4+').tagged(0).ignorable(),
  }),
})
export type OffsetCommitValue = Decoded<typeof OffsetCommitValue>
