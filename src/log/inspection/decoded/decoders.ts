/** Records of Kafka's own topics in the form of its JSON converters. */
import { codec } from '../../../../protocol/compile.ts'
import { toJson } from '../../../../protocol/json.ts'
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
} from '../../../../protocol/messages/consumer-protocol.ts'
import { EndTxnMarker } from '../../../../protocol/messages/end-txn-marker.ts'
import { KRaftVersionRecord } from '../../../../protocol/messages/kraft-version-record.ts'
import { LeaderChangeMessage } from '../../../../protocol/messages/leader-change-message.ts'
import { SnapshotFooterRecord } from '../../../../protocol/messages/snapshot-footer-record.ts'
import { SnapshotHeaderRecord } from '../../../../protocol/messages/snapshot-header-record.ts'
import { VotersRecord } from '../../../../protocol/messages/voters-record.ts'
import { ProtocolError } from '../../../../protocol/protocol-error.ts'
import { Reader } from '../../../../protocol/reader.ts'
import {
  decodeMetadataRecord,
  decodeRecordKey,
  decodeVersioned,
  recordKeyType,
} from '../../../../protocol/record-serde.ts'
import {
  ControlRecordType,
  controlTypeName,
  controlTypeOf,
  decodeEndTxnMarker,
} from '../../../../protocol/records/control.ts'
import {
  groupRecords,
  metadataRecords,
  remoteLogMetadataRecords,
  type StateRecord,
  shareRecords,
  transactionRecords,
} from '../../../../protocol/registry.ts'
import type { MessageSchema } from '../../../../protocol/schema.ts'
import type { Cell, DecodedRecord } from './decoded-record.ts'
import { withoutSecrets } from './secrets.ts'

/** undefined: the record is of a type that is not known here. Throws an `Error` when it is not what its type says. */
export type RecordDecoder = (key: Buffer | null, value: Buffer | null) => DecodedRecord | undefined

/** How the records of a topic are written; null for a topic of the users'. */
export function decoderOf(topic: string): RecordDecoder | null {
  switch (topic) {
    case '__consumer_offsets':
      return (key, value) => withProtocols(stateRecord(groupRecords, key, value))
    case '__transaction_state':
      return (key, value) => stateRecord(transactionRecords, key, value)
    case '__share_group_state':
      return (key, value) => stateRecord(shareRecords, key, value)
    case '__cluster_metadata':
      return (_, value) => withoutSecrets(metadataRecord(metadataRecords, value))
    case '__remote_log_metadata':
      return (_, value) => metadataRecord(remoteLogMetadataRecords, value)
    default:
      return null
  }
}

const QUORUM_SCHEMAS: Readonly<Record<number, MessageSchema>> = {
  [ControlRecordType.LEADER_CHANGE]: LeaderChangeMessage,
  [ControlRecordType.SNAPSHOT_HEADER]: SnapshotHeaderRecord,
  [ControlRecordType.SNAPSHOT_FOOTER]: SnapshotFooterRecord,
  [ControlRecordType.KRAFT_VERSION]: KRaftVersionRecord,
  [ControlRecordType.KRAFT_VOTERS]: VotersRecord,
}

/** The records of a control batch, whatever the topic. */
export const decodeControlRecord: RecordDecoder = (key, value) => {
  const type = controlTypeOf(key)
  if (type === ControlRecordType.UNKNOWN || value === null) return undefined
  const schema = QUORUM_SCHEMAS[type]
  const message = schema ? codec(schema, 0).decode(new Reader(value)) : decodeEndTxnMarker(value)
  return { type: controlTypeName(type), version: 0, value: toJson(schema ?? EndTxnMarker, 0, message) }
}

function stateRecord(
  records: ReadonlyMap<number, StateRecord>,
  key: Buffer | null,
  value: Buffer | null,
): DecodedRecord | undefined {
  if (key === null) throw new ProtocolError('malformed', 'the record has no key')
  const record = records.get(recordKeyType(key))
  if (record === undefined) return undefined
  const type = record.key.name.replace(/Key$/, '')
  const decodedKey = toJson(record.key, 0, decodeRecordKey(record.key, key))
  if (value === null) return { type, key: decodedKey, value: null }
  const { version, message } = decodeVersioned(record.value, value)
  return { type, key: decodedKey, version, value: toJson(record.value, version, message) }
}

function metadataRecord(records: ReadonlyMap<number, MessageSchema>, value: Buffer | null): DecodedRecord {
  if (value === null) throw new ProtocolError('malformed', 'the record has no value')
  const { schema, version, message } = decodeMetadataRecord(records, value)
  return { type: schema.name, version, value: toJson(schema, version, message) }
}

type Members = readonly { readonly subscription: string; readonly assignment: string }[]

/** The data of members of a classic group of consumers are readable as well; those of other kinds are their own. */
function withProtocols(record: DecodedRecord | undefined): DecodedRecord | undefined {
  const group = record?.value as { readonly protocolType?: string; readonly members?: Members } | null | undefined
  if (!record || group?.protocolType !== 'consumer' || !group.members) return record
  const members = group.members.map((member) => ({
    ...member,
    subscription: protocolText(ConsumerProtocolSubscription, member.subscription),
    assignment: protocolText(ConsumerProtocolAssignment, member.assignment),
  }))
  return { ...record, value: { ...group, members } as Cell }
}

/** Clients may write anything there: what does not decode stays base64. */
function protocolText(schema: MessageSchema, base64: string): Cell {
  try {
    const { version, message } = decodeVersioned(schema, Buffer.from(base64, 'base64'))
    return toJson(schema, version, message)
  } catch {
    return base64
  }
}
