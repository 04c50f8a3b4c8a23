/** Transactions as their coordinators know them, and producers as the logs know them; hanging transactions are those of which only the logs know. */
import { first } from '../../../protocol/collections/elements.ts'
import { ErrorCode } from '../../../protocol/errors.ts'
import type { Clock } from '../../env/index.ts'
import type { TransactionToAbort } from './bodies.ts'
import type { BrokerCalls } from './broker-calls.ts'
import { describeConfigs } from './configs.ts'
import type { ProducerRow, TransactionRow } from './model.ts'
import { ensure, errorOf } from './page-error.ts'
import { topicsOf } from './topics/list.ts'

export async function listTransactions(calls: BrokerCalls): Promise<TransactionRow[]> {
  const { errorCode, transactionStates } = await calls.call('ListTransactions', {})
  ensure(errorCode, 'The list of transactions')
  if (transactionStates.length === 0) return []
  const transactionalIds = transactionStates.map(({ transactionalId }) => transactionalId)
  const described = await calls.call('DescribeTransactions', { transactionalIds })
  return described.transactionStates
    .filter(({ errorCode }) => errorCode === ErrorCode.NONE)
    .map((each) => ({
      transactionalId: each.transactionalId,
      producerId: Number(each.producerId),
      producerEpoch: each.producerEpoch,
      state: each.transactionState,
      startedMs: Number(each.transactionStartTimeMs),
      timeoutMs: each.transactionTimeoutMs,
      topics: each.topics,
    }))
}

const FIVE_MINUTES_MS = 5 * 60_000
const LONGEST_BY_DEFAULT_MS = 15 * 60_000

/** Producers whose state the logs keep. `topic` absent: of all topics. */
export async function listProducers(
  calls: BrokerCalls,
  clock: Clock,
  brokerId: number,
  topic?: string,
): Promise<ProducerRow[]> {
  const topics = await topicsOf(calls, topic === undefined ? null : [topic])
  const answer = await calls.call('DescribeProducers', {
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitionIndexes: partitions.map(({ partitionIndex }) => partitionIndex),
    })),
  })
  const [transactions, longestMs] = await Promise.all([listTransactions(calls), longestTransaction(calls, brokerId)])
  const known = new Set(transactions.flatMap((each) => placesOf(each)))
  const oldMs = clock.nowMs() - longestMs - FIVE_MINUTES_MS
  return answer.topics.flatMap(({ name, partitions }) =>
    partitions.flatMap(({ partitionIndex, activeProducers }) =>
      activeProducers.map((producer): ProducerRow => {
        const transactionStart = Number(producer.currentTxnStartOffset)
        const lastTimestamp = Number(producer.lastTimestamp)
        const isKnown = known.has(`${producer.producerId}:${name}:${partitionIndex}`)
        return {
          topic: name,
          partition: partitionIndex,
          producerId: Number(producer.producerId),
          producerEpoch: producer.producerEpoch,
          lastSequence: producer.lastSequence,
          lastTimestamp,
          coordinatorEpoch: producer.coordinatorEpoch,
          transactionStart,
          hanging: transactionStart >= 0 && lastTimestamp < oldMs && !isKnown,
        }
      }),
    ),
  )
}

const placesOf = ({ producerId, topics }: TransactionRow): string[] =>
  topics.flatMap(({ topic, partitions }) => partitions.map((partition) => `${producerId}:${topic}:${partition}`))

async function longestTransaction(calls: BrokerCalls, brokerId: number): Promise<number> {
  const configs = await describeConfigs(calls, 'broker', String(brokerId)).catch(() => [])
  const value = configs.find(({ name }) => name === 'transaction.max.timeout.ms')?.value
  return value === null || value === undefined ? LONGEST_BY_DEFAULT_MS : Number(value)
}

/** Aborts a transaction in one partition, where its coordinator will not. */
export async function abortTransaction(calls: BrokerCalls, producer: TransactionToAbort): Promise<void> {
  const { topic, partition, producerId, producerEpoch, coordinatorEpoch } = producer
  const { markers } = await calls.call('WriteTxnMarkers', {
    markers: [
      {
        producerId: BigInt(producerId),
        producerEpoch,
        transactionResult: false,
        topics: [{ name: topic, partitionIndexes: [partition] }],
        // No coordinator has written here for this producer: any epoch is as new.
        coordinatorEpoch: Math.max(coordinatorEpoch, 0),
      },
    ],
  })
  const { errorCode } = first(first(first(markers).topics).partitions)
  if (errorCode !== ErrorCode.NONE) throw errorOf(errorCode, `The transaction in ${topic}-${partition} was not aborted`)
}
