/**
 * Writes markers of transactions into the partitions of the whole cluster: here where this broker leads, otherwise by
 * WriteTxnMarkers at the leader. Markers for one broker that come in the same turn of the loop go in one request.
 *
 * The request may be carried out and its answer lost: a marker that is written twice ends nothing more, because its
 * producer has no open transaction in the partition by then, or a newer epoch.
 */
import { first } from '../../protocol/collections/elements.ts'
import { grouped } from '../../protocol/collections/grouped.ts'
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { WriteTxnMarkersRequest, WriteTxnMarkersResponse } from '../../protocol/messages/write-txn-markers.ts'
import type { BrokerPool } from '../client/broker-pool.ts'
import { ClientError } from '../client/errors.ts'
import { gathered } from '../client/gathered.ts'
import type { Clock } from '../env/index.ts'
import type { TransactionMarker } from './runtime/shard.ts'
import type { WriteMarker } from './transaction-markers.ts'

interface Options {
  readonly nodeId: number
  readonly clock: Clock
  readonly brokers: Pick<BrokerPool, 'request'>
  /** -1: nobody leads the partition; null: there is no such partition any more. */
  readonly leaderOf: (topic: string, partition: number) => number | null
  /** Writes into a partition that this broker leads. */
  readonly writeHere: WriteMarker
}

interface Waiting {
  readonly topic: string
  readonly partition: number
  readonly marker: TransactionMarker
  resolve(): void
  reject(error: KafkaError): void
}

export function clusterMarkerWriter(options: Options): WriteMarker {
  const { nodeId, clock, leaderOf, writeHere } = options
  const gather = gathered<Waiting>(clock, (leader, all) => void send(options, leader, all))
  return (topic, partition, marker) => {
    const leader = leaderOf(topic, partition)
    if (leader === nodeId) return writeHere(topic, partition, marker)
    if (leader === null) return Promise.reject(new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION))
    if (leader < 0) return Promise.reject(new KafkaError(ErrorCode.NOT_LEADER_OR_FOLLOWER))
    return new Promise((resolve, reject) => gather(leader, { topic, partition, marker, resolve, reject }))
  }
}

async function send(options: Options, brokerId: number, all: readonly Waiting[]): Promise<void> {
  await Promise.all(requestsFor(all).map((groups) => ask(options, brokerId, groups)))
}

/**
 * A group holds the partitions of one marker. Apache's leaders keep their answers by producer, and send them in the order
 * of a hash map: a producer that has two markers under way, of two lives of its coordinator, needs a request for each.
 */
function requestsFor(all: readonly Waiting[]): (readonly Waiting[])[][] {
  const requests: Map<bigint, readonly Waiting[]>[] = []
  for (const [{ producerId }, group] of grouped(all, ({ marker }) => marker)) {
    const request = requests.find((other) => !other.has(producerId))
    if (request === undefined) requests.push(new Map([[producerId, group]]))
    else request.set(producerId, group)
  }
  return requests.map((groups) => [...groups.values()])
}

async function ask({ brokers }: Options, brokerId: number, groups: readonly (readonly Waiting[])[]): Promise<void> {
  try {
    const body = { markers: groups.map(markerOf) }
    const { markers } = await brokers.request(brokerId, WriteTxnMarkersRequest, WriteTxnMarkersResponse, body)
    const answers = new Map(markers.map(({ producerId, topics }) => [producerId, topics]))
    for (const group of groups) settle(group, answers.get(first(group).marker.producerId) ?? [])
  } catch (error) {
    const refusal =
      error instanceof ClientError
        ? new KafkaError(ErrorCode.REQUEST_TIMED_OUT, error.message, { cause: error })
        : new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR, undefined, { cause: error })
    for (const { reject } of groups.flat()) reject(refusal)
  }
}

function markerOf(group: readonly Waiting[]) {
  const { producerId, producerEpoch, coordinatorEpoch, transactionVersion, committed } = first(group).marker
  const topics = grouped(group, ({ topic }) => topic)
  return {
    producerId,
    producerEpoch,
    coordinatorEpoch,
    transactionVersion,
    transactionResult: committed,
    topics: [...topics].map(([name, each]) => ({ name, partitionIndexes: each.map(({ partition }) => partition) })),
  }
}

type AnsweredTopics = WriteTxnMarkersResponse['markers'][number]['topics']

function settle(group: readonly Waiting[], topics: AnsweredTopics): void {
  for (const { topic, partition, resolve, reject } of group) {
    const answer = topics
      .find(({ name }) => name === topic)
      ?.partitions.find(({ partitionIndex }) => partitionIndex === partition)
    const code = answer?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
    if (code === ErrorCode.NONE) resolve()
    else reject(new KafkaError(code))
  }
}
