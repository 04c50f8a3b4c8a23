/** The cluster's topics as groups see them. */
import { uuidBytes } from '../../../protocol/hashes.ts'
import { xxh3 } from '../../../protocol/xxh3.ts'
import { brokerOf } from '../../metadata/image/cluster-image.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'

export interface GroupTopic {
  readonly name: string
  readonly id: string
  readonly partitionCount: number
  /** Racks of the brokers that have a replica. */
  racks(partition: number): string[]
}

export interface GroupTopics {
  /** The image's version: larger is newer. */
  readonly version: bigint
  named(name: string): GroupTopic | undefined
  identified(id: string): GroupTopic | undefined
  names(): Iterable<string>
}

/** A hash of another form would begin with another byte. */
const HASH_FORM = 0

export function groupTopics({ topics, cluster, provenance }: MetadataImage): GroupTopics {
  const described = (topic: ReturnType<typeof topics.get>): GroupTopic | undefined => {
    if (topic === undefined) return undefined
    const racks = (partition: number) =>
      (topic.partitions[partition]?.replicas ?? []).flatMap((replica) => brokerOf(cluster, replica)?.rack ?? [])
    return { name: topic.name, id: topic.id, partitionCount: topic.partitions.length, racks }
  }
  return {
    version: BigInt(provenance.lastContainedOffset),
    named: (name) => described(topics.get(name)),
    identified: (id) => described(topics.getById(id)),
    names: () => namesOf(topics),
  }
}

function* namesOf(topics: MetadataImage['topics']): Generator<string> {
  for (const { name } of topics) yield name
}

/** Changes when one of the topics comes, goes, or gets partitions or other racks (KIP-1101); unsigned, of 64 bits. */
export function metadataHash(names: Iterable<string>, topics: GroupTopics): bigint {
  const known = [...names].flatMap((name) => topics.named(name) ?? [])
  if (known.length === 0) return 0n
  known.sort((a, b) => (a.name < b.name ? -1 : 1))
  return BigInt.asIntN(64, xxh3(Buffer.concat(known.map((topic) => int64(topicHash(topic))))))
}

function topicHash({ id, name, partitionCount, racks }: GroupTopic): bigint {
  const idBytes = uuidBytes(id)
  const parts = [
    Buffer.of(HASH_FORM),
    int64(idBytes.readBigUInt64BE(0)),
    int64(idBytes.readBigUInt64BE(8)),
    text(name),
    int32(partitionCount),
  ]
  for (let partition = 0; partition < partitionCount; partition++) {
    parts.push(int32(partition))
    for (const rack of racks(partition).sort()) parts.push(int32(rack.length), text(rack))
  }
  return xxh3(Buffer.concat(parts))
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes
}

/** As the library that Kafka uses feeds it: UTF-16, then the length. */
function text(value: string): Buffer {
  return Buffer.concat([Buffer.from(value, 'utf16le'), int32(value.length)])
}

export interface TopicsChange {
  readonly names: ReadonlySet<string>
  readonly hasNew: boolean
  /** The version of the metadata image. */
  readonly version: bigint
}
