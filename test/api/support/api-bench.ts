import { EVERYTHING } from '../../../src/dispatch/access.ts'
import type { RequestContext } from '../../../src/dispatch/handler.ts'
import { EMPTY_IMAGE, type MetadataImage } from '../../../src/metadata/image/metadata-image.ts'
import type { PartitionRegistration, TopicImage } from '../../../src/metadata/image/topics-image.ts'

/** Ids of topics by name, in Kafka's base64url text. */
export const TOPIC_IDS: Record<string, string> = {
  topic: 'AAAAAAAAAAAAAAAAAAAAAQ',
  __consumer_offsets: 'AAAAAAAAAAAAAAAAAAAAAg',
  __transaction_state: 'AAAAAAAAAAAAAAAAAAAAAw',
  log: 'AAAAAAAAAAAAAAAAAAAABw',
}

const PARTITION: PartitionRegistration = {
  replicas: [1],
  directories: [],
  isr: [1],
  removingReplicas: [],
  addingReplicas: [],
  elr: [],
  lastKnownElr: [],
  leader: 1,
  leaderRecoveryState: 0,
  leaderEpoch: 0,
  partitionEpoch: 0,
}

/** An image with these topics and their numbers of partitions, all led by broker 1. */
export function imageWithTopics(partitionCounts: Record<string, number>): MetadataImage {
  const topics = Object.entries(partitionCounts).map(
    ([name, count]): TopicImage => ({ name, id: TOPIC_IDS[name], partitions: Array(count).fill(PARTITION) }),
  )
  return { ...EMPTY_IMAGE, topics: EMPTY_IMAGE.topics.with([], topics) }
}

export function requestContext(apiKey: number, apiVersion: number, remoteAddress = '127.0.0.1'): RequestContext {
  return {
    apiKey,
    apiVersion,
    correlationId: 1,
    clientId: 'client',
    permissions: EVERYTHING,
    requestBytes: 0,
    quota: null,
    answerRoomBytes: Number.MAX_SAFE_INTEGER,
    connection: {
      id: '127.0.0.1:9092-127.0.0.1:5000-0-1',
      listenerName: 'PLAINTEXT',
      listenerType: 'broker',
      securityProtocol: 'PLAINTEXT',
      localAddress: '127.0.0.1',
      localPort: 9092,
      remoteAddress,
      remotePort: 5000,
      sasl: null,
      onClose: () => () => {},
      peer: { principal: { type: 'User', name: 'ANONYMOUS' }, softwareName: 'test', softwareVersion: '1' },
    },
  }
}
