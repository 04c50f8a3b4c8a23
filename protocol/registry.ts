import * as messages from './messages/index.ts'
import type { MessageKind, MessageSchema } from './schema.ts'

/** Request and response of one API. */
export interface Api {
  readonly apiKey: number
  /** As in `Fetch`, `OffsetForLeaderEpoch`. */
  readonly name: string
  readonly request: MessageSchema
  readonly response: MessageSchema
}

/** Key and value of one type of record in a coordinator's log. */
export interface StateRecord {
  readonly type: number
  readonly key: MessageSchema
  readonly value: MessageSchema
}

const all: readonly MessageSchema[] = Object.values(messages)

export const messagesByName: ReadonlyMap<string, MessageSchema> = new Map(all.map((schema) => [schema.name, schema]))

/** All APIs that Kafka 4.4 has versions of, whether or not samsa answers them. */
export const apisByKey: ReadonlyMap<number, Api> = new Map(
  [...ofKind('request')]
    .sort(([a], [b]) => a - b)
    .map(([apiKey, request]) => {
      const name = request.name.slice(0, -'Request'.length)
      return [apiKey, { apiKey, name, request, response: messagesByName.get(`${name}Response`)! }]
    }),
)

/** The same by their names, as in `Produce`. */
export const apisByName: ReadonlyMap<string, Api> = new Map([...apisByKey.values()].map((api) => [api.name, api]))

/** Records of `__cluster_metadata` by the type that stands in their frame. */
export const metadataRecords: ReadonlyMap<number, MessageSchema> = ofKind('metadata-record')
/** Records of `__remote_log_metadata` by the type that stands in their frame. */
export const remoteLogMetadataRecords: ReadonlyMap<number, MessageSchema> = ofKind('remote-log-metadata-record')
/** Records of `__consumer_offsets` by the type that stands before their key. */
export const groupRecords: ReadonlyMap<number, StateRecord> = pairs('group-record-key', 'group-record-value')
/** Records of `__transaction_state` by the type that stands before their key. */
export const transactionRecords: ReadonlyMap<number, StateRecord> = pairs('txn-record-key', 'txn-record-value')
/** Records of `__share_group_state` by the type that stands before their key. */
export const shareRecords: ReadonlyMap<number, StateRecord> = pairs('share-record-key', 'share-record-value')

function ofKind(kind: MessageKind): Map<number, MessageSchema> {
  return new Map(all.filter((schema) => schema.kind === kind).map((schema) => [schema.apiKey, schema]))
}

function pairs(keyKind: MessageKind, valueKind: MessageKind): Map<number, StateRecord> {
  const values = ofKind(valueKind)
  return new Map([...ofKind(keyKind)].map(([type, key]) => [type, { type, key, value: values.get(type)! }]))
}
