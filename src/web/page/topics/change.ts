/** Changes of topics: create, add partitions, empty, delete. Each is Kafka's own request. */
import { first } from '../../../../protocol/collections/elements.ts'
import type { TopicToCreate } from '../bodies.ts'
import type { BrokerCalls } from '../broker-calls.ts'
import { ensure } from '../page-error.ts'
import { metadataOf, partitionsOf } from './topic.ts'

const TIMEOUT_MS = 30_000
/** DeleteRecords: all that is committed. */
const TO_THE_END = -1n

/** `validateOnly`: says whether it would be created, and creates nothing. */
export async function createTopic(calls: BrokerCalls, topic: TopicToCreate): Promise<void> {
  const { name, partitions, replicas, configs, validateOnly = false } = topic
  const { topics } = await calls.call('CreateTopics', {
    topics: [
      {
        name,
        numPartitions: partitions,
        replicationFactor: replicas,
        assignments: [],
        configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
      },
    ],
    timeoutMs: TIMEOUT_MS,
    validateOnly,
  })
  const { errorCode, errorMessage } = first(topics)
  ensure(errorCode, `${name || 'The topic'} was not created`, errorMessage)
}

/** `count`: how many partitions there are to be. */
export async function addPartitions(calls: BrokerCalls, name: string, count: number): Promise<void> {
  const { results } = await calls.call('CreatePartitions', {
    topics: [{ name, count, assignments: null }],
    timeoutMs: TIMEOUT_MS,
    validateOnly: false,
  })
  const { errorCode, errorMessage } = first(results)
  ensure(errorCode, `${name} has the partitions that it had`, errorMessage)
}

/** Deletes the records before an offset of one partition, or all records of the topic. */
export async function emptyTopic(
  calls: BrokerCalls,
  name: string,
  before: { readonly partition: number; readonly offset: number } | null,
): Promise<void> {
  const all = before === null ? partitionsOf(await metadataOf(calls, name)) : [before.partition]
  const offset = before === null ? TO_THE_END : BigInt(before.offset)
  const { topics } = await calls.call('DeleteRecords', {
    topics: [{ name, partitions: all.map((partitionIndex) => ({ partitionIndex, offset })) }],
    timeoutMs: TIMEOUT_MS,
  })
  for (const { partitionIndex, errorCode } of topics[0]?.partitions ?? []) {
    ensure(errorCode, `${name}-${partitionIndex} was not emptied`)
  }
}

export async function deleteTopic(calls: BrokerCalls, name: string): Promise<void> {
  const { responses } = await calls.call('DeleteTopics', { topics: [{ name }], timeoutMs: TIMEOUT_MS })
  const { errorCode, errorMessage } = first(responses)
  ensure(errorCode, `${name} was not deleted`, errorMessage)
}
