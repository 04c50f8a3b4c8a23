import type { MetadataResponse } from '../../../protocol/messages/metadata.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { nodeClock } from '../../env/node/clock.ts'
import { type CommandContext, type CommonOptions, UsageError } from '../cluster/context.ts'
import type { Answer } from '../print/answer.ts'
import { ensureNoError } from '../print/sentence.ts'
import { transactionsAnswer } from './answer.ts'
import { describeTransaction, listTransactions } from './coordinators.ts'
import { activeProducers, type Producer } from './producers.ts'

export interface FindHangingOptions extends CommonOptions {
  readonly brokerId?: number
  readonly topic?: string
  readonly partition?: number
  /** Minutes. */
  readonly maxTransactionTimeout: number
}

interface TopicPartition {
  topic: string
  partition: number
}

interface OpenTransaction extends TopicPartition {
  producer: Producer
}

const MINUTE_MS = 60_000

/**
 * A transaction hangs when a partition has had it open for longer than any may take, and the coordinator of its id does
 * not count the partition to a transaction in progress, or there is no such id at all (KIP-664).
 */
export async function findHanging({ client, options }: CommandContext<FindHangingOptions>): Promise<Answer> {
  const open = await oldTransactions(client, await partitionsToSearch(client, options), options)
  const hanging = open.length === 0 ? [] : await withoutCoordinator(client, open)
  const nowMs = nodeClock.nowMs()
  return transactionsAnswer(
    [
      ...['Topic', 'Partition', 'ProducerId', 'ProducerEpoch', 'CoordinatorEpoch'],
      ...['StartOffset', 'LastTimestamp', 'Duration(min)'],
    ],
    hanging.map(({ topic, partition, producer }) => ({
      topic,
      partition,
      producerId: Number(producer.producerId),
      producerEpoch: producer.producerEpoch,
      coordinatorEpoch: producer.coordinatorEpoch,
      startOffset: producer.transactionStartOffset,
      lastTimestamp: producer.lastTimestampMs,
      durationMinutes: Math.floor((nowMs - producer.lastTimestampMs) / MINUTE_MS),
    })),
  )
}

async function partitionsToSearch(client: ClusterClient, options: FindHangingOptions): Promise<TopicPartition[]> {
  const { topic, partition, brokerId } = options
  if (partition !== undefined) {
    if (topic === undefined) throw new UsageError('The option --partition needs a --topic')
    return [{ topic, partition }]
  }
  if (topic === undefined && brokerId === undefined)
    throw new UsageError('Name a --broker-id or a --topic to search in')
  const { topics } = await client.metadata(topic === undefined ? null : [topic])
  return topics.flatMap((found) => partitionsOf(found, brokerId))
}

function partitionsOf(topic: MetadataResponse['topics'][number], brokerId: number | undefined): TopicPartition[] {
  ensureNoError(topic.errorCode, `The topic ${topic.name}`)
  return topic.partitions
    .filter(({ replicaNodes }) => brokerId === undefined || replicaNodes.includes(brokerId))
    .map(({ partitionIndex: partition }) => ({ topic: topic.name!, partition }))
}

async function oldTransactions(
  client: ClusterClient,
  partitions: readonly TopicPartition[],
  { brokerId, maxTransactionTimeout }: FindHangingOptions,
): Promise<OpenTransaction[]> {
  const newestMs = nodeClock.nowMs() - maxTransactionTimeout * MINUTE_MS
  const open: OpenTransaction[] = []
  for (const { topic, partition } of partitions) {
    for (const producer of await activeProducers(client, topic, partition, brokerId)) {
      const isOld = producer.transactionStartOffset >= 0 && producer.lastTimestampMs < newestMs
      if (isOld) open.push({ topic, partition, producer })
    }
  }
  return open
}

async function withoutCoordinator(client: ClusterClient, open: readonly OpenTransaction[]): Promise<OpenTransaction[]> {
  const producerIdFilters = [...new Set(open.map(({ producer }) => producer.producerId))]
  const ids = new Map<bigint, string>()
  for (const { producerId, transactionalId } of await listTransactions(client, { producerIdFilters })) {
    ids.set(producerId, transactionalId)
  }
  const hanging: OpenTransaction[] = []
  for (const transaction of open) {
    const id = ids.get(transaction.producer.producerId)
    if (id === undefined || !(await isInProgress(client, id, transaction))) hanging.push(transaction)
  }
  return hanging
}

async function isInProgress(client: ClusterClient, id: string, { topic, partition, producer }: OpenTransaction) {
  const state = await describeTransaction(client, id)
  if (state === null || state.producerId !== producer.producerId) return false
  return state.topics.some((each) => each.topic === topic && each.partitions.includes(partition))
}
