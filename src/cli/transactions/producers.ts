import { first } from '../../../protocol/collections/elements.ts'
import { DescribeProducersRequest, DescribeProducersResponse } from '../../../protocol/messages/describe-producers.ts'
import type { ClusterClient, Destination } from '../../client/cluster-client.ts'
import type { CommandContext, CommonOptions } from '../cluster/context.ts'
import type { Answer } from '../print/answer.ts'
import { ensureNoError } from '../print/sentence.ts'
import { type Row, transactionsAnswer } from './answer.ts'

export interface PartitionOptions extends CommonOptions {
  readonly topic: string
  readonly partition: number
}

export interface ProducersOptions extends PartitionOptions {
  readonly brokerId?: number
}

export interface Producer {
  producerId: bigint
  producerEpoch: number
  lastSequence: number
  lastTimestampMs: number
  /** -1: none has ended a transaction of it here. */
  coordinatorEpoch: number
  /** -1 outside a transaction. */
  transactionStartOffset: number
}

/** The producers of a partition that a replica, or the leader, knows. */
export async function activeProducers(
  client: ClusterClient,
  topic: string,
  partition: number,
  brokerId?: number,
): Promise<Producer[]> {
  const destination: Destination =
    brokerId === undefined ? { to: 'leader', topic, partition } : { to: 'broker', nodeId: brokerId }
  const answer = await client.request(
    destination,
    DescribeProducersRequest,
    DescribeProducersResponse,
    { topics: [{ name: topic, partitionIndexes: [partition] }] },
    ({ topics }) => first(first(topics).partitions).errorCode,
  )
  const found = first(first(answer.topics).partitions)
  ensureNoError(found.errorCode, `${topic}-${partition}`, found.errorMessage)
  return found.activeProducers.map((producer) => ({
    producerId: producer.producerId,
    producerEpoch: producer.producerEpoch,
    lastSequence: producer.lastSequence,
    lastTimestampMs: Number(producer.lastTimestamp),
    coordinatorEpoch: producer.coordinatorEpoch,
    transactionStartOffset: Number(producer.currentTxnStartOffset),
  }))
}

export async function describeProducers({ client, options }: CommandContext<ProducersOptions>): Promise<Answer> {
  const { topic, partition, brokerId } = options
  const producers = await activeProducers(client, topic, partition, brokerId)
  return transactionsAnswer(
    [
      ...['ProducerId', 'ProducerEpoch', 'LatestCoordinatorEpoch'],
      ...['LastSequence', 'LastTimestamp', 'CurrentTransactionStartOffset'],
    ],
    producers.map(
      (producer): Row => ({
        producerId: Number(producer.producerId),
        producerEpoch: producer.producerEpoch,
        latestCoordinatorEpoch: producer.coordinatorEpoch,
        lastSequence: producer.lastSequence,
        lastTimestamp: producer.lastTimestampMs,
        currentTransactionStartOffset: producer.transactionStartOffset < 0 ? null : producer.transactionStartOffset,
      }),
    ),
  )
}
