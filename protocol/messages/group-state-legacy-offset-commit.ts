/**
 * A committed offset under the oldest type of key; read like those of `group-state-offset-commit.ts`.
 */
import { type Decoded, int32, int64, record, string } from '../schema.ts'

export const LegacyOffsetCommitKey = record('group-record-key', {
  name: 'LegacyOffsetCommitKey',
  apiKey: 0,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    group: string(),
    topic: string(),
    partition: int32(),
  }),
})
export type LegacyOffsetCommitKey = Decoded<typeof LegacyOffsetCommitKey>

export const LegacyOffsetCommitValue = record('group-record-value', {
  name: 'LegacyOffsetCommitValue',
  apiKey: 0,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    offset: int64(),
    metadata: string(),
    commitTimestamp: int64(),
  }),
})
export type LegacyOffsetCommitValue = Decoded<typeof LegacyOffsetCommitValue>
