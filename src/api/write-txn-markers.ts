/**
 * WriteTxnMarkers (key 27): ends transactions in the partitions that this broker leads. Coordinators of other brokers
 * send it, and administrators who abort a transaction that hangs.
 *
 * v1   flexible
 * v2   the transaction version, by which the marker's epoch is judged (KIP-1228)
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { WriteTxnMarkersRequest, WriteTxnMarkersResponse } from '../../protocol/messages/write-txn-markers.ts'
import type { Encodable } from '../../protocol/schema.ts'
import type { WriteMarker } from '../coordinator/transaction-markers.ts'
import type { ApiHandler } from '../dispatch/handler.ts'

type Marker = WriteTxnMarkersRequest['markers'][number]
type Answer = NonNullable<Encodable<typeof WriteTxnMarkersResponse>['markers']>[number]

export function writeTxnMarkersHandler({
  writeMarker,
}: {
  writeMarker: WriteMarker
}): ApiHandler<typeof WriteTxnMarkersRequest, typeof WriteTxnMarkersResponse> {
  return {
    apiKey: 27,
    name: 'WriteTxnMarkers',
    request: WriteTxnMarkersRequest,
    response: WriteTxnMarkersResponse,
    minVersion: 1,
    maxVersion: 2,
    oldestVersion: 0,
    access: {
      needs: [
        {
          operation: 'CLUSTER_ACTION',
          resource: 'CLUSTER',
          unless: [{ operation: 'ALTER', resource: 'CLUSTER' }],
          refused: 'request',
        },
      ],
    },

    async handle({ quota }, { markers }) {
      quota?.exempt()
      return { markers: byProducer(await Promise.all(markers.map((marker) => writeAll(writeMarker, marker)))) }
    },

    errorResponse(_context, { markers }, code) {
      return {
        markers: markers.map(({ producerId, topics }) => ({
          producerId,
          topics: topics.map(({ name, partitionIndexes }) => ({
            name,
            partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, errorCode: code })),
          })),
        })),
      }
    },
  }
}

/** A partition, and what became of the marker for it. */
interface Written {
  readonly producerId: bigint
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
}

async function writeAll(write: WriteMarker, marker: Marker): Promise<Written[]> {
  const { producerId, producerEpoch, coordinatorEpoch, transactionVersion } = marker
  const written = {
    producerId,
    producerEpoch,
    coordinatorEpoch,
    transactionVersion,
    committed: marker.transactionResult,
  }
  const errorOf = async (topic: string, partition: number): Promise<number> => {
    try {
      await write(topic, partition, written)
      return ErrorCode.NONE
    } catch (error) {
      if (error instanceof KafkaError) return error.code
      throw error
    }
  }
  const each = marker.topics.flatMap(({ name: topic, partitionIndexes }) =>
    partitionIndexes.map(async (partition) => ({
      producerId,
      topic,
      partition,
      errorCode: await errorOf(topic, partition),
    })),
  )
  return Promise.all(each)
}

/**
 * One answer a producer, however many markers it has in the request: Apache's coordinators put the answers into a map by
 * producer, where a second one would hide the first, and its transaction would never end.
 */
function byProducer(written: readonly Written[][]): Answer[] {
  const producers = new Map<bigint, Map<string, Map<number, number>>>()
  for (const { producerId, topic, partition, errorCode } of written.flat()) {
    const topics = producers.get(producerId) ?? new Map<string, Map<number, number>>()
    producers.set(producerId, topics)
    topics.set(topic, (topics.get(topic) ?? new Map<number, number>()).set(partition, errorCode))
  }
  return [...producers].map(([producerId, topics]) => ({
    producerId,
    topics: [...topics].map(([name, partitions]) => ({
      name,
      partitions: [...partitions].map(([partitionIndex, errorCode]) => ({ partitionIndex, errorCode })),
    })),
  }))
}
