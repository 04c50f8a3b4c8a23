import t from 'tap'
import { GroupMetadataKey } from '../../protocol/messages/group-state-group-metadata.ts'
import { OffsetCommitKey, OffsetCommitValue } from '../../protocol/messages/group-state-offset-commit.ts'
import {
  decodeMetadataRecord,
  decodeRecordKey,
  decodeVersioned,
  encodeRecordKey,
  encodeVersioned,
  recordKeyType,
} from '../../protocol/record-serde.ts'
import {
  groupRecords,
  messagesByName,
  metadataRecords,
  remoteLogMetadataRecords,
  shareRecords,
  transactionRecords,
} from '../../protocol/registry.ts'
import { factNames, facts } from '../support/facts.ts'

t.test('records are found by the type that stands in their log', (t) => {
  const families: Record<string, (apiKey: number, part: 'key' | 'value') => unknown> = {
    'metadata-record': (apiKey) => metadataRecords.get(apiKey),
    'remote-log-metadata-record': (apiKey) => remoteLogMetadataRecords.get(apiKey),
    'group-record': (apiKey, part) => groupRecords.get(apiKey)?.[part],
    'txn-record': (apiKey, part) => transactionRecords.get(apiKey)?.[part],
    'share-record': (apiKey, part) => shareRecords.get(apiKey)?.[part],
  }
  for (const name of factNames('messages')) {
    const { kind, apiKey } = facts('messages', `${name}.json`)
    const [, family, part] = /^(.*record)(?:-(key|value))?$/.exec(kind) ?? []
    if (family !== undefined) t.equal(families[family](apiKey, part as 'key' | 'value'), messagesByName.get(name), name)
  }
  t.end()
})

t.test('keys of a coordinator record: type, then version 0', (t) => {
  const key = encodeRecordKey(OffsetCommitKey, { group: 'g', topic: 't', partition: 3 })
  t.equal(key.toString('hex'), '0001 0001 67 0001 74 00000003'.replaceAll(' ', ''))
  t.equal(recordKeyType(key), 1)
  t.match(decodeRecordKey(OffsetCommitKey, key), { group: 'g', topic: 't', partition: 3 })
  t.throws(() => decodeRecordKey(GroupMetadataKey, key), { name: 'ProtocolError', reason: 'malformed' })
  t.match(decodeRecordKey(OffsetCommitKey, Buffer.concat([key, Buffer.from([0])])), { partition: 3 })
  t.end()
})

t.test('values of a coordinator record: version, then the message', (t) => {
  const value = encodeVersioned(OffsetCommitValue, 3, { offset: 5n, commitTimestamp: 7n })
  t.equal(value.readInt16BE(0), 3)
  const { version, message } = decodeVersioned(OffsetCommitValue, value)
  t.equal(version, 3)
  t.match(message, { offset: 5n, leaderEpoch: -1, metadata: '', commitTimestamp: 7n })
  t.throws(() => decodeVersioned(OffsetCommitValue, Buffer.from('0063', 'hex')), {
    name: 'ProtocolError',
    reason: 'unsupported',
  })
  t.end()
})

t.test('metadata records that are not', (t) => {
  const decode = (hex: string) => () => decodeMetadataRecord(metadataRecords, Buffer.from(hex, 'hex'))
  t.throws(decode('02190000'), { name: 'ProtocolError', reason: 'unsupported' }, 'frame version 2')
  t.throws(decode('01e70700'), { name: 'ProtocolError', reason: 'unsupported' }, 'an unknown type')
  t.throws(decode('01190900'), { name: 'ProtocolError', reason: 'unsupported' }, 'an unknown version')
  t.throws(decode('0119000000'), /1 bytes of garbage after AbortTransactionRecord/)
  t.throws(decode('0119'), { name: 'ProtocolError', reason: 'truncated' })
  t.throws(decode(''), { name: 'ProtocolError', reason: 'truncated' })
  t.end()
})
