/**
 * ListOffsets (key 2): offsets by timestamp. Where there is no such offset, offset and timestamp are -1.
 *
 * v0   offsets at which segments begin or end, as many as are asked for; dropped by Apache 4
 * v1   one offset a partition, by timestamp; -1 latest, -2 earliest (KIP-79)
 * v2   isolation level (KIP-98)
 * v4   leader epoch in request and response (KIP-320)
 * v5   OFFSET_NOT_AVAILABLE may be answered (KIP-207)
 * v6   flexible
 * v7   -3: the record with the largest timestamp (KIP-734)
 * v8   -4: the earliest local offset (KIP-405)
 * v9   -5: the latest tiered offset (KIP-1005); nothing is tiered here, so there is none
 * v10  timeout for lookups in remote storage (KIP-1075)
 * v11  -6: the earliest offset whose upload is pending (KIP-1023); none either
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { ListOffsetsTimestamp } from '../../protocol/list-offsets-timestamp.ts'
import { ListOffsetsRequest, ListOffsetsResponse } from '../../protocol/messages/list-offsets.ts'
import type { Encodable } from '../../protocol/schema.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { OffsetReader } from '../replication/partition.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'
import { topicNames } from './support/topics/named-topics.ts'

type TopicAnswer = NonNullable<Encodable<typeof ListOffsetsResponse>['topics']>[number]
type PartitionAnswer = NonNullable<TopicAnswer['partitions']>[number]
type WantedPartition = ListOffsetsRequest['topics'][number]['partitions'][number]

interface Wanted {
  readonly wanted: WantedPartition
  readonly isRepeated: boolean
}

const CONSUMER_REPLICA_ID = -1
/** A debugger asks any replica. */
const DEBUGGING_REPLICA_ID = -2
const FIRST_UNAVAILABLE_VERSION = 5

/** The version from which on each of the reserved timestamps is understood. */
const RESERVED_SINCE = new Map<number, number>([
  [ListOffsetsTimestamp.LATEST, 1],
  [ListOffsetsTimestamp.EARLIEST, 1],
  [ListOffsetsTimestamp.MAX_TIMESTAMP, 7],
  [ListOffsetsTimestamp.EARLIEST_LOCAL, 8],
  [ListOffsetsTimestamp.LATEST_TIERED, 9],
  [ListOffsetsTimestamp.EARLIEST_PENDING_UPLOAD, 11],
])

export function listOffsetsHandler({
  replicas,
}: {
  replicas: ReplicaManager
}): ApiHandler<typeof ListOffsetsRequest, typeof ListOffsetsResponse> {
  return {
    apiKey: 2,
    name: 'ListOffsets',
    request: ListOffsetsRequest,
    response: ListOffsetsResponse,
    minVersion: 1,
    maxVersion: 11,
    oldestVersion: 0,
    access: {
      needs: [
        {
          operation: 'DESCRIBE',
          resource: 'TOPIC',
          names: topicNames,
          refused: 'item',
        },
      ],
      items: { request: 'topics', response: 'topics' },
    },

    async handle(context, request) {
      // Kafka's handler fails on an isolation level that does not exist.
      if (request.isolationLevel < 0 || request.isolationLevel > 1) throw new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
      const reader = readerOf(request)
      const topics = await Promise.all(
        [...wantedPartitions(request)].map(async ([name, partitions]): Promise<TopicAnswer> => {
          const lookUp = async ({ wanted, isRepeated }: Wanted): Promise<PartitionAnswer> => {
            try {
              if (isRepeated) throw new KafkaError(ErrorCode.INVALID_REQUEST)
              return context.apiVersion === 0
                ? await findSegments(replicas, name, wanted, reader)
                : await find(replicas, name, wanted, reader, context.apiVersion)
            } catch (error) {
              if (!(error instanceof KafkaError)) throw error
              return { partitionIndex: wanted.partitionIndex, errorCode: knownToClient(error.code, context.apiVersion) }
            }
          }
          return { name, partitions: await Promise.all([...partitions.values()].map(lookUp)) }
        }),
      )
      return { topics }
    },

    errorResponse(_context, request, code) {
      return {
        topics: request.topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code })),
        })),
      }
    },
  }
}

async function find(
  replicas: ReplicaManager,
  topic: string,
  wanted: WantedPartition,
  reader: OffsetReader,
  version: number,
): Promise<PartitionAnswer> {
  const timestamp = Number(wanted.timestamp)
  const since = RESERVED_SINCE.get(timestamp)
  if (timestamp < 0 && (since === undefined || version < since)) throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION)
  const partition = replicas.require(topic, wanted.partitionIndex)
  const found = await partition.offsetForTimestamp(timestamp, {
    ...reader,
    currentLeaderEpoch: wanted.currentLeaderEpoch,
  })
  if (found === null) return { partitionIndex: wanted.partitionIndex }
  return {
    partitionIndex: wanted.partitionIndex,
    timestamp: BigInt(found.timestamp),
    offset: BigInt(found.offset),
    // The field is not ignorable: it must not be set in a version that does not have it.
    ...(version >= 4 ? { leaderEpoch: found.leaderEpoch } : {}),
  }
}

async function findSegments(
  replicas: ReplicaManager,
  topic: string,
  { partitionIndex, timestamp, maxNumOffsets }: WantedPartition,
  reader: OffsetReader,
): Promise<PartitionAnswer> {
  const partition = replicas.require(topic, partitionIndex)
  const offsets = await partition.segmentOffsetsBefore(Number(timestamp), maxNumOffsets, reader)
  return { partitionIndex, oldStyleOffsets: offsets.map(BigInt) }
}

function readerOf({ replicaId, isolationLevel }: ListOffsetsRequest): OffsetReader {
  const isolation = isolationLevel === 1 ? 'readCommitted' : 'readUncommitted'
  return {
    isolation: replicaId === CONSUMER_REPLICA_ID ? isolation : null,
    onlyLeader: replicaId !== DEBUGGING_REPLICA_ID,
  }
}

function knownToClient(code: number, version: number): number {
  const isUnavailable = code === ErrorCode.OFFSET_NOT_AVAILABLE
  return isUnavailable && version < FIRST_UNAVAILABLE_VERSION ? ErrorCode.LEADER_NOT_AVAILABLE : code
}

/** Each partition once, by topic and index; one that is named again is answered once, with an error. */
function wantedPartitions(request: ListOffsetsRequest): Map<string, Map<number, Wanted>> {
  const topics = new Map<string, Map<number, Wanted>>()
  for (const { name, partitions } of request.topics) {
    for (const wanted of partitions) {
      let known = topics.get(name)
      if (known === undefined) topics.set(name, (known = new Map()))
      known.set(wanted.partitionIndex, { wanted, isRepeated: known.has(wanted.partitionIndex) })
    }
  }
  return topics
}
