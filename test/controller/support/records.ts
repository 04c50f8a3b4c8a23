/** Metadata records written briefly: what is not said has the default of the record. */
import { codec } from '../../../protocol/compile.ts'
import { Reader } from '../../../protocol/reader.ts'
import { messagesByName } from '../../../protocol/registry.ts'
import { Writer } from '../../../protocol/writer.ts'
import { MetadataDelta } from '../../../src/metadata/image/metadata-delta.ts'
import type { MetadataChange, MetadataImage } from '../../../src/metadata/image/metadata-image.ts'
import { EMPTY_IMAGE } from '../../../src/metadata/image/metadata-image.ts'
import type { MetadataRecord, MetadataRecordName } from '../../../src/metadata/metadata-record.ts'

/** Goes through the codec, which fills in the defaults. */
export function record(type: MetadataRecordName, version: number, value: object): MetadataRecord {
  const schema = messagesByName.get(type)!
  const writer = new Writer()
  codec(schema, version).encode(writer, value)
  const decoded = codec(schema, version).decode(new Reader(Buffer.from(writer.toBuffer())))
  return { type, version, value: decoded } as MetadataRecord
}

export function imageOf(records: readonly MetadataRecord[], before?: MetadataImage): MetadataImage {
  return changeOf(records, before).after
}

export function changeOf(records: readonly MetadataRecord[], before: MetadataImage = EMPTY_IMAGE): MetadataChange {
  const delta = new MetadataDelta(before)
  for (const each of records) delta.replay(each)
  return delta.apply({ lastContainedOffset: 0, lastContainedEpoch: 1, lastContainedLogTimeMs: 0 })
}

/** The whole of an image as plain values in a fixed order. */
export function contentOf(image: MetadataImage): object {
  const sorted = (entries: Iterable<readonly unknown[]>) =>
    [...entries].map((entry) => JSON.stringify(entry, plain)).sort()
  return {
    features: sorted(image.features),
    brokers: sorted(image.cluster.brokers),
    controllers: sorted(image.cluster.controllers),
    topics: sorted([...image.topics].map((topic) => [topic])),
    configs: sorted(image.configs),
    nextProducerId: String(image.nextProducerId),
    clientQuotas: sorted(image.clientQuotas),
    acls: sorted(image.acls),
    scram: sorted(image.scram),
    delegationTokens: sorted(image.delegationTokens),
    unknown: image.unknown.map(({ bytes }) => bytes.toString('hex')),
  }
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  return value instanceof Map ? [...value].sort() : value
}
