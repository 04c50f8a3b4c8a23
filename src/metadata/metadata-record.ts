/**
 * The records of `__cluster_metadata` and their framing: a version of the frame, the record's type and version as
 * varints, then the message.
 */
import { codec } from '../../protocol/compile.ts'
import { AbortTransactionRecord } from '../../protocol/messages/abort-transaction-record.ts'
import { AccessControlEntryRecord } from '../../protocol/messages/access-control-entry-record.ts'
import { BeginTransactionRecord } from '../../protocol/messages/begin-transaction-record.ts'
import { BrokerRegistrationChangeRecord } from '../../protocol/messages/broker-registration-change-record.ts'
import { ClearElrRecord } from '../../protocol/messages/clear-elr-record.ts'
import { ClientQuotaRecord } from '../../protocol/messages/client-quota-record.ts'
import { ConfigRecord } from '../../protocol/messages/config-record.ts'
import { DelegationTokenRecord } from '../../protocol/messages/delegation-token-record.ts'
import { EndTransactionRecord } from '../../protocol/messages/end-transaction-record.ts'
import { FeatureLevelRecord } from '../../protocol/messages/feature-level-record.ts'
import { FenceBrokerRecord } from '../../protocol/messages/fence-broker-record.ts'
import { NoOpRecord } from '../../protocol/messages/no-op-record.ts'
import { PartitionChangeRecord } from '../../protocol/messages/partition-change-record.ts'
import { PartitionRecord } from '../../protocol/messages/partition-record.ts'
import { ProducerIdsRecord } from '../../protocol/messages/producer-ids-record.ts'
import { RegisterBrokerRecord } from '../../protocol/messages/register-broker-record.ts'
import { RegisterControllerRecord } from '../../protocol/messages/register-controller-record.ts'
import { RemoveAccessControlEntryRecord } from '../../protocol/messages/remove-access-control-entry-record.ts'
import { RemoveDelegationTokenRecord } from '../../protocol/messages/remove-delegation-token-record.ts'
import { RemoveTopicRecord } from '../../protocol/messages/remove-topic-record.ts'
import { RemoveUserScramCredentialRecord } from '../../protocol/messages/remove-user-scram-credential-record.ts'
import { TopicRecord } from '../../protocol/messages/topic-record.ts'
import { UnfenceBrokerRecord } from '../../protocol/messages/unfence-broker-record.ts'
import { UnregisterBrokerRecord } from '../../protocol/messages/unregister-broker-record.ts'
import { UnregisterControllerRecord } from '../../protocol/messages/unregister-controller-record.ts'
import { UserScramCredentialRecord } from '../../protocol/messages/user-scram-credential-record.ts'
import { ZkMigrationStateRecord } from '../../protocol/messages/zk-migration-state-record.ts'
import { Reader } from '../../protocol/reader.ts'
import type { Decoded, MessageSchema } from '../../protocol/schema.ts'
import { Writer } from '../../protocol/writer.ts'

const SCHEMAS = {
  AbortTransactionRecord,
  AccessControlEntryRecord,
  BeginTransactionRecord,
  BrokerRegistrationChangeRecord,
  ClearElrRecord,
  ClientQuotaRecord,
  ConfigRecord,
  DelegationTokenRecord,
  EndTransactionRecord,
  FeatureLevelRecord,
  FenceBrokerRecord,
  NoOpRecord,
  PartitionChangeRecord,
  PartitionRecord,
  ProducerIdsRecord,
  RegisterBrokerRecord,
  RegisterControllerRecord,
  RemoveAccessControlEntryRecord,
  RemoveDelegationTokenRecord,
  RemoveTopicRecord,
  RemoveUserScramCredentialRecord,
  TopicRecord,
  UnfenceBrokerRecord,
  UnregisterBrokerRecord,
  UnregisterControllerRecord,
  UserScramCredentialRecord,
  ZkMigrationStateRecord,
} as const

export type MetadataRecordName = keyof typeof SCHEMAS

/** A record of a type that this release does not know, kept as it is. */
export interface UnknownMetadataRecord {
  readonly type: 'unknown'
  readonly apiKey: number
  /** The whole record, its frame included. */
  readonly bytes: Buffer
}

type KnownRecord<N extends MetadataRecordName> = {
  readonly type: N
  readonly version: number
  readonly value: Decoded<(typeof SCHEMAS)[N]>
}

export type MetadataRecord = { [N in MetadataRecordName]: KnownRecord<N> }[MetadataRecordName] | UnknownMetadataRecord

const FRAME_VERSION = 1
const namesByApiKey = new Map<number, MetadataRecordName>(
  (Object.keys(SCHEMAS) as MetadataRecordName[]).map((name) => [SCHEMAS[name].apiKey, name]),
)

/** The schema of a record, for commands that show records to people. */
export const metadataRecordSchema = (name: MetadataRecordName): MessageSchema => SCHEMAS[name]

/** The record's value in the log. Records of the metadata log have no key. */
export function encodeMetadataRecord(record: MetadataRecord): Buffer {
  if (record.type === 'unknown') return record.bytes
  const schema: MessageSchema = SCHEMAS[record.type]
  const writer = new Writer()
  writer.unsignedVarint(FRAME_VERSION)
  writer.unsignedVarint(schema.apiKey)
  writer.unsignedVarint(record.version)
  codec(schema, record.version).encode(writer, record.value)
  return writer.toBuffer()
}

/** Throws `ProtocolError` when the bytes are no such record, or one of a version that a newer release wrote. */
export function decodeMetadataRecord(bytes: Buffer): MetadataRecord {
  const reader = new Reader(bytes)
  reader.unsignedVarint()
  const apiKey = reader.unsignedVarint()
  const version = reader.unsignedVarint()
  const name = namesByApiKey.get(apiKey)
  if (name === undefined) return { type: 'unknown', apiKey, bytes: Buffer.from(bytes) }
  const value = codec(SCHEMAS[name] as MessageSchema, version).decode(reader)
  return { type: name, version, value } as MetadataRecord
}
