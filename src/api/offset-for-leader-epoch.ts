/**
 * OffsetForLeaderEpoch (key 23): where an epoch of the log ends, so that a client that saw a truncated log finds out
 * (KIP-101, KIP-279, KIP-320).
 *
 * v2   current leader epoch: fencing (KIP-320)
 * v3   replica id; -1 for consumers
 * v4   flexible
 */
import { KafkaError } from '../../protocol/errors.ts'
import {
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
} from '../../protocol/messages/offset-for-leader-epoch.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'

type WantedPartition = OffsetForLeaderEpochRequest['topics'][number]['partitions'][number]

export function offsetForLeaderEpochHandler({
  replicas,
}: {
  replicas: ReplicaManager
}): ApiHandler<typeof OffsetForLeaderEpochRequest, typeof OffsetForLeaderEpochResponse> {
  const find = (topic: string, wanted: WantedPartition) => {
    try {
      const partition = replicas.require(topic, wanted.partition)
      const { epoch, endOffset } = partition.endOffsetForEpoch(wanted.leaderEpoch, wanted.currentLeaderEpoch)
      return { partition: wanted.partition, leaderEpoch: epoch, endOffset: BigInt(endOffset) }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return { partition: wanted.partition, errorCode: error.code }
    }
  }

  return {
    apiKey: 23,
    name: 'OffsetForLeaderEpoch',
    request: OffsetForLeaderEpochRequest,
    response: OffsetForLeaderEpochResponse,
    minVersion: 2,
    maxVersion: 4,
    oldestVersion: 0,
    access: {
      needs: [
        {
          operation: 'DESCRIBE',
          resource: 'TOPIC',
          names: ({ topics }) => topics.map(({ topic }) => topic),
          unless: [{ operation: 'CLUSTER_ACTION', resource: 'CLUSTER' }],
          refused: 'item',
        },
      ],
      items: { request: 'topics', response: 'topics' },
    },

    handle(_context, request) {
      return {
        topics: request.topics.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map((wanted) => find(topic, wanted)),
        })),
      }
    },

    errorResponse(_context, request, code) {
      return {
        topics: request.topics.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ partition }) => ({ partition, errorCode: code })),
        })),
      }
    },
  }
}
