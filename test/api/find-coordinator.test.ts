import t from 'tap'
import { decodeMessage, encodeMessage } from '../../protocol/compile.ts'
import { ErrorCode } from '../../protocol/errors.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import { findCoordinatorHandler } from '../../src/api/find-coordinator.ts'
import { InternalTopicCreation } from '../../src/api/support/topics/internal-topic-creation.ts'
import { BrokerConfig } from '../../src/config/index.ts'
import type { AdminRequests } from '../../src/controller/admin-requests.ts'
import { EMPTY_IMAGE } from '../../src/metadata/image/metadata-image.ts'
import { GroupBench } from '../coordinator/support/group-bench.ts'
import { TransactionBench } from '../coordinator/support/transaction-bench.ts'
import { facts } from '../support/facts.ts'
import { imageWithTopics, requestContext } from './support/api-bench.ts'
import { responseOf } from './support/outcome-of.ts'

const UNAVAILABLE = ErrorCode.COORDINATOR_NOT_AVAILABLE

/** A controller that can create topics, once the test lets it. */
function controllerOf(errorCode: number) {
  const controller = {
    image: EMPTY_IMAGE,
    created: [] as unknown[],
    async forward(_api: string, request: { topics: { name: string }[] }) {
      controller.created.push(request.topics[0])
      const { name } = request.topics[0]
      if (errorCode === ErrorCode.NONE) controller.image = imageWithTopics({ [name]: 50 })
      return { topics: [{ name, errorCode }] }
    },
  }
  return controller
}

async function start({ creationError = ErrorCode.NONE as number, isAlive = true } = {}) {
  const bench = await GroupBench.start()
  const controller = controllerOf(creationError)
  const services = {
    groups: bench.coordinator,
    transactions: (await TransactionBench.start()).coordinator,
    internalTopics: new InternalTopicCreation({
      controller: unchecked<AdminRequests>(controller),
      metadata: {
        get image() {
          return controller.image
        },
        subscribe: () => () => {},
      },
      config: new BrokerConfig(),
      clock: bench.clock,
    }),
    image: () => controller.image,
    endpoint: (id: number) => (isAlive ? { host: `host-${id}`, port: 9092 } : null),
  }
  const handler = findCoordinatorHandler(services)
  const ask = async (version: number, request: Parameters<typeof encodeMessage<typeof handler.request>>[2]) => {
    const decoded = decodeMessage(handler.request, version, encodeMessage(handler.request, version, request))
    const answer = await responseOf(handler, requestContext(10, version), decoded)
    return decodeMessage(handler.response, version, encodeMessage(handler.response, version, answer))
  }
  return { ask, controller, handler, internalTopics: services.internalTopics }
}

t.test('versions are those that Kafka advertises', async (t) => {
  const { handler } = await start()
  const { advertisedBroker } = facts('api-keys.json').apis.find(({ id }: { id: number }) => id === 10)
  t.strictSame({ min: handler.minVersion, max: handler.maxVersion }, advertisedBroker)
})

t.test('the first question creates the topic, as Kafka configures it; many at once create it once', async (t) => {
  const { ask, controller, internalTopics } = await start()
  t.equal(internalTopics.partitionCount('__consumer_offsets'), 50)
  const keys = ['a', 'b', 'c']
  const [batch, single] = await Promise.all([ask(4, { coordinatorKeys: keys }), ask(0, { key: 'a' })])
  t.strictSame(
    batch.coordinators,
    keys.map((key) => ({ key, nodeId: 1, host: 'host-1', port: 9092, errorCode: ErrorCode.NONE, errorMessage: '' })),
  )
  t.match(single, { nodeId: 1, host: 'host-1', port: 9092, errorCode: ErrorCode.NONE })
  t.strictSame(controller.created, [
    {
      name: '__consumer_offsets',
      numPartitions: 50,
      replicationFactor: 1,
      assignments: [],
      configs: [
        { name: 'cleanup.policy', value: 'compact' },
        { name: 'compression.type', value: 'producer' },
        { name: 'segment.bytes', value: '104857600' },
      ],
    },
  ])
})

t.test('the topic of transactions is created as Kafka configures it', async (t) => {
  const { ask, controller } = await start()
  t.match(await ask(4, { keyType: 1, coordinatorKeys: ['tx'] }), { coordinators: [{ key: 'tx', nodeId: 1 }] })
  t.strictSame(controller.created, [
    {
      name: '__transaction_state',
      numPartitions: 50,
      replicationFactor: 1,
      assignments: [],
      configs: [
        { name: 'unclean.leader.election.enable', value: 'false' },
        { name: 'compression.type', value: 'uncompressed' },
        { name: 'cleanup.policy', value: 'compact' },
        { name: 'min.insync.replicas', value: '1' },
        { name: 'segment.bytes', value: '104857600' },
      ],
    },
  ])
})

t.test('versions 1 to 3 say NONE when all is well', async (t) => {
  const { ask } = await start()
  for (const version of [1, 2, 3]) t.match(await ask(version, { key: 'g' }), { nodeId: 1, errorMessage: 'NONE' })
})

t.test('no topic, no leader: not available', async (t) => {
  const uncreatable = await start({ creationError: ErrorCode.INVALID_REPLICATION_FACTOR })
  t.match(await uncreatable.ask(4, { coordinatorKeys: ['g'] }), {
    coordinators: [{ key: 'g', errorCode: UNAVAILABLE, nodeId: -1, host: '', port: -1 }],
  })
  const dead = await start({ isAlive: false })
  t.match(await dead.ask(2, { key: 'g' }), {
    errorCode: UNAVAILABLE,
    errorMessage: 'The coordinator is not available.',
  })
})

t.test('other kinds of keys', async (t) => {
  const { ask } = await start()
  const code = async (version: number, keyType: number, key = 'k') => {
    const answer = await ask(version, version < 4 ? { keyType, key } : { keyType, coordinatorKeys: [key] })
    return version < 4 ? answer.errorCode : answer.coordinators[0].errorCode
  }
  t.equal(await code(5, 2, 'g:AAAAAAAAAAAAAAAAAAAAAQ:0'), ErrorCode.INVALID_REQUEST, 'share groups came with version 6')
  t.equal(await code(6, 2, 'no such key'), ErrorCode.INVALID_REQUEST)
  t.equal(await code(3, 7), ErrorCode.INVALID_REQUEST)
  t.equal(await code(6, 7), ErrorCode.INVALID_REQUEST)
})
