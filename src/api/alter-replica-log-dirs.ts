/**
 * AlterReplicaLogDirs (key 34): moves replicas between the log directories of this broker (KIP-113). It is answered when a
 * move has begun; DescribeLogDirs shows how far its copy is. A replica that is not here yet will be made in the directory,
 * and is answered with REPLICA_NOT_AVAILABLE.
 *
 * v1   the response is sent before the client is throttled (KIP-219)
 * v2   flexible
 */

import { listAt } from '../../protocol/collections/grouped.ts'
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import {
  AlterReplicaLogDirsRequest,
  AlterReplicaLogDirsResponse,
} from '../../protocol/messages/alter-replica-log-dirs.ts'
import type { Encodable } from '../../protocol/schema.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { LogManager } from '../log/manager/log-manager.ts'
import type { PublishedMetadata } from '../metadata/metadata-publisher.ts'

type Results = NonNullable<Encodable<typeof AlterReplicaLogDirsResponse>['results']>

export function alterReplicaLogDirsHandler(services: {
  metadata: PublishedMetadata
  logs: LogManager
}): ApiHandler<typeof AlterReplicaLogDirsRequest, typeof AlterReplicaLogDirsResponse> {
  const { metadata, logs } = services

  async function alter(topic: string, partition: number, path: string): Promise<number> {
    try {
      await logs.moves.alter(topic, partition, path)
      return ErrorCode.NONE
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      const isUnknown = metadata.image.topics.partition(topic, partition) === undefined
      return error.code === ErrorCode.REPLICA_NOT_AVAILABLE && isUnknown
        ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        : error.code
    }
  }

  return {
    apiKey: 34,
    name: 'AlterReplicaLogDirs',
    request: AlterReplicaLogDirsRequest,
    response: AlterReplicaLogDirsResponse,
    minVersion: 1,
    maxVersion: 2,
    oldestVersion: 0,
    access: { needs: [{ operation: 'ALTER', resource: 'CLUSTER', refused: 'request' }] },

    async handle(_context, request) {
      const byTopic = new Map<string, { partitionIndex: number; errorCode: number }[]>()
      for (const { topic, partition, path } of lastWishes(request)) {
        listAt(byTopic, topic).push({ partitionIndex: partition, errorCode: await alter(topic, partition, path) })
      }
      return { results: resultsOf(byTopic) }
    },

    errorResponse(_context, request, code) {
      const byTopic = new Map<string, { partitionIndex: number; errorCode: number }[]>()
      for (const { topic, partition } of lastWishes(request)) {
        listAt(byTopic, topic).push({ partitionIndex: partition, errorCode: code })
      }
      return { results: resultsOf(byTopic) }
    },
  }
}

/** A partition that is named under several directories goes to the last of them. */
function lastWishes({ dirs }: AlterReplicaLogDirsRequest) {
  const wishes = new Map<string, { topic: string; partition: number; path: string }>()
  for (const { path, topics } of dirs) {
    for (const { name: topic, partitions } of topics) {
      for (const partition of partitions) wishes.set(`${topic}/${partition}`, { topic, partition, path })
    }
  }
  return wishes.values()
}

function resultsOf(byTopic: ReadonlyMap<string, { partitionIndex: number; errorCode: number }[]>): Results {
  return [...byTopic].map(([topicName, partitions]) => ({ topicName, partitions }))
}
