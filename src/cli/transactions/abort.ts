import { first } from '../../../protocol/collections/elements.ts'
import { WriteTxnMarkersRequest, WriteTxnMarkersResponse } from '../../../protocol/messages/write-txn-markers.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { type CommandContext, UsageError } from '../cluster/context.ts'
import type { Answer } from '../print/answer.ts'
import { ensureNoError } from '../print/sentence.ts'
import { transactionsAnswer } from './answer.ts'
import { activeProducers, type PartitionOptions } from './producers.ts'

export interface AbortOptions extends PartitionOptions {
  readonly startOffset?: number
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly coordinatorEpoch?: number
}

interface Marker {
  producerId: bigint
  producerEpoch: number
  coordinatorEpoch: number
}

/** Writes an abort marker into the one partition, past the coordinator: only for a transaction that hangs. */
export async function abort({ client, options }: CommandContext<AbortOptions>): Promise<Answer> {
  const { topic, partition } = options
  const marker = markerOf(options) ?? (await markerAt(client, options))
  const answer = await client.request(
    { to: 'leader', topic, partition },
    WriteTxnMarkersRequest,
    WriteTxnMarkersResponse,
    { markers: [{ ...marker, transactionResult: false, topics: [{ name: topic, partitionIndexes: [partition] }] }] },
    (response) => outcomeOf(response),
  )
  ensureNoError(outcomeOf(answer), `The transaction in ${topic}-${partition} was not aborted`)
  return transactionsAnswer(
    ['Topic', 'Partition', 'ProducerId', 'ProducerEpoch', 'CoordinatorEpoch'],
    [{ topic, partition, ...marker, producerId: Number(marker.producerId) }],
  )
}

const outcomeOf = ({ markers }: WriteTxnMarkersResponse): number =>
  first(first(first(markers).topics).partitions).errorCode

/** null when the transaction is named by its start. */
function markerOf(options: AbortOptions): Marker | null {
  const { startOffset, producerId, producerEpoch, coordinatorEpoch } = options
  if (startOffset !== undefined) return null
  if (producerId === undefined || producerEpoch === undefined || coordinatorEpoch === undefined) {
    throw new UsageError(
      'Name the transaction by --start-offset, or by --producer-id, --producer-epoch and --coordinator-epoch',
    )
  }
  return { producerId: BigInt(producerId), producerEpoch, coordinatorEpoch }
}

async function markerAt(client: ClusterClient, { topic, partition, startOffset }: AbortOptions): Promise<Marker> {
  const producers = await activeProducers(client, topic, partition)
  const producer = producers.find(({ transactionStartOffset }) => transactionStartOffset === startOffset)
  if (producer === undefined) {
    throw new UsageError(`No transaction that is open in ${topic}-${partition} begins at offset ${startOffset}`)
  }
  const { producerId, producerEpoch } = producer
  // No coordinator has written here for this producer: any epoch is as new.
  return { producerId, producerEpoch, coordinatorEpoch: Math.max(producer.coordinatorEpoch, 0) }
}
