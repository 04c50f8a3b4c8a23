/**
 * DeleteRecords (key 21): moves the log start offset of partitions forward, so that what is before it is gone for
 * readers at once and from the disk when its segments are (KIP-107).
 *
 * v1   the response is sent before the client is throttled (KIP-219)
 * v2   flexible
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { DeleteRecordsRequest, DeleteRecordsResponse } from '../../protocol/messages/delete-records.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { isInternalTopic } from '../metadata/internal-topics.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'
import { topicNames } from './support/topics/named-topics.ts'

type WantedPartition = DeleteRecordsRequest['topics'][number]['partitions'][number]

const UNKNOWN_LOW_WATERMARK = -1n

export function deleteRecordsHandler({
  replicas,
}: {
  replicas: ReplicaManager
}): ApiHandler<typeof DeleteRecordsRequest, typeof DeleteRecordsResponse> {
  return {
    apiKey: 21,
    name: 'DeleteRecords',
    request: DeleteRecordsRequest,
    response: DeleteRecordsResponse,
    minVersion: 0,
    maxVersion: 2,
    access: {
      needs: [
        {
          operation: 'DELETE',
          resource: 'TOPIC',
          names: topicNames,
          refused: 'item',
        },
      ],
      items: { request: 'topics', response: 'topics' },
    },

    async handle(_context, request) {
      const named = request.topics.filter(({ partitions }) => partitions.length > 0)
      const topics = named.map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(
          partitions.map((wanted) => deleteRecords(replicas, name, wanted, request.timeoutMs)),
        ),
      }))
      return { topics: await Promise.all(topics) }
    },

    errorResponse(_context, request, code) {
      return {
        topics: request.topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex }) => failed(partitionIndex, code)),
        })),
      }
    },
  }
}

const failed = (partitionIndex: number, errorCode: number) => ({
  partitionIndex,
  errorCode,
  lowWatermark: UNKNOWN_LOW_WATERMARK,
})

async function deleteRecords(
  replicas: ReplicaManager,
  topic: string,
  { partitionIndex, offset }: WantedPartition,
  timeoutMs: number,
) {
  try {
    const partition = replicas.require(topic, partitionIndex)
    if (isInternalTopic(topic)) throw new KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION)
    const lowWatermark = await partition.leader().deleteRecords(Number(offset), timeoutMs)
    return { partitionIndex, errorCode: ErrorCode.NONE, lowWatermark: BigInt(lowWatermark) }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return failed(partitionIndex, error.code)
  }
}
