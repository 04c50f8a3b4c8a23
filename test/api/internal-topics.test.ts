/** How many replicas the topics of coordinators get: what is set counts; a node that others have joined is not alone any more. */
import t from 'tap'
import { InternalTopicCreation } from '../../src/api/support/topics/internal-topic-creation.ts'
import { BrokerConfig } from '../../src/config/index.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { EMPTY_IMAGE } from '../../src/metadata/image/metadata-image.ts'

const TOPICS = ['__consumer_offsets', '__transaction_state', '__share_group_state']

/** Replicas, and in-sync replicas that a write takes, of each topic, as they are asked of the controller. */
async function asked(properties: Record<string, string>, brokers: number, fenced = 0): Promise<string[]> {
  const asked: string[] = []
  const registrations = Array.from({ length: brokers + fenced }, (_, index) => [
    String(index + 1),
    { brokerId: index + 1, fenced: index >= brokers },
  ])
  const cluster = { ...EMPTY_IMAGE.cluster, brokers: new Map(registrations as [string, never][]) }
  const creation = new InternalTopicCreation({
    config: new BrokerConfig(properties),
    clock: nodeEnvironment().clock,
    metadata: { image: { ...EMPTY_IMAGE, cluster } } as never,
    controller: {
      // biome-ignore lint/suspicious/noExplicitAny: the request is Kafka's, which the test reads.
      forward: async (_name: string, request: any) => {
        const [{ replicationFactor, configs }] = request.topics
        const inSync = configs.find(({ name }: { name: string }) => name === 'min.insync.replicas')?.value ?? '-'
        asked.push(`${replicationFactor}/${inSync}`)
        return { topics: [{ errorCode: 0 }] }
      },
    } as never,
  })
  for (const topic of TOPICS) await creation.ensure(topic)
  return asked
}

const COMBINED = { 'process.roles': 'broker,controller', listeners: 'PLAINTEXT://:9092,CONTROLLER://:9093' }
const OBSERVER = {
  'process.roles': 'broker',
  listeners: 'PLAINTEXT://:9092',
  'controller.quorum.bootstrap.servers': 'localhost:9093',
}

t.test('a node that others join', async (t) => {
  t.same(await asked({}, 1), ['1/-', '1/1', '1/1'], 'alone')
  t.same(await asked(COMBINED, 1), ['1/-', '1/1', '1/1'], 'nobody has joined')
  t.same(await asked(COMBINED, 2), ['2/-', '2/1', '2/1'])
  t.same(await asked(COMBINED, 2, 3), ['2/-', '2/1', '2/1'], 'who is fenced can hold nothing')
  t.same(await asked(COMBINED, 3), ['3/-', '3/2', '3/2'])
  t.same(await asked(COMBINED, 9), ['3/-', '3/2', '3/2'], 'never more than by Kafka')
})

t.test('a broker of a cluster asks for what Kafka asks for', async (t) => {
  t.same(await asked(OBSERVER, 1), ['3/-', '3/2', '3/2'])
  t.same(await asked(OBSERVER, 5), ['3/-', '3/2', '3/2'])
})

t.test('what is set counts', async (t) => {
  const one = {
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'share.coordinator.state.topic.replication.factor': '5',
    'share.coordinator.state.topic.min.isr': '4',
  }
  t.same(await asked({ ...COMBINED, ...one }, 3), ['1/-', '1/1', '5/4'])
})
