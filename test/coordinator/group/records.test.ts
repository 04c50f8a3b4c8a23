/** The records of `__consumer_offsets`, against the bytes that Apache Kafka's own classes write. */
import t from 'tap'
import { decodeGroupRecord, encodeGroupRecord } from '../../../src/coordinator/group/group-records.ts'
import { ReplayedGroupState } from '../../../src/coordinator/group/group-state.ts'
import type { GroupRecord } from '../../../src/coordinator/group/group-words.ts'
import { SnapshotRegistry } from '../../../src/coordinator/runtime/timeline.ts'
import { factNames, facts } from '../../support/facts.ts'

interface Vector {
  version: number
  variant: string
  framed: string
  json: Record<string, unknown>
}

const vectors = (name: string): Vector[] => {
  const file = facts('vectors', `${name}.json`)
  return Array.isArray(file) ? file : file.vectors
}
const bytes = (vector: Vector) => Buffer.from(vector.framed, 'hex')

const families = factNames('messages')
  .filter((name) => facts('messages', `${name}.json`).kind === 'group-record-key')
  .map((name) => name.slice(0, -'Key'.length))

t.test('every record of every group type is decoded, replayed and remembered', async (t) => {
  t.ok(families.length > 20)
  for (const family of families) {
    for (const key of vectors(`${family}Key`)) {
      for (const value of vectors(`${family}Value`)) {
        const state = new ReplayedGroupState(new SnapshotRegistry())
        const record = decodeGroupRecord(bytes(key), bytes(value))
        if (record === null) throw new Error(`${family} is not known`)
        state.replay(0, -1n, record)
        if (!state.groups.has(record.group)) throw new Error(`${family} left no group ${record.group}`)
        const tombstone = decodeGroupRecord(bytes(key), null)
        state.replay(1, -1n, tombstone as GroupRecord)
      }
    }
    t.pass(family)
  }
})

/** The version that is written now, unless a time of the vector is not one (the state keeps times as numbers). */
function writtenVersion(record: GroupRecord, json: Record<string, unknown>): number {
  if (record.kind === 'classic') return 3
  const times = [json.commitTimestamp, json.expireTimestamp ?? -1].map(Number)
  if (!times.every(Number.isSafeInteger)) return -1
  return times[1] === -1 ? 4 : 1
}

t.test('what this coordinator writes is what Kafka writes', async (t) => {
  for (const family of ['OffsetCommit', 'GroupMetadata']) {
    for (const key of vectors(`${family}Key`)) {
      for (const value of vectors(`${family}Value`)) {
        // Tagged fields that are not known are nothing that this coordinator would write.
        if (value.variant === 'tags') continue
        const record = decodeGroupRecord(bytes(key), bytes(value)) as GroupRecord
        const encoded = encodeGroupRecord(record)
        t.equal(encoded.key.toString('hex'), key.framed)
        if (value.version === writtenVersion(record, value.json)) {
          t.equal(encoded.value?.toString('hex'), value.framed)
        }
      }
    }
  }
})

t.test('a record type of a later Kafka is skipped, not refused', async (t) => {
  t.equal(decodeGroupRecord(Buffer.from('7fff0000', 'hex'), Buffer.alloc(0)), null)
})
