/** The registry on the log of a broker: created where it is not there, read again after a start. */
import t from 'tap'
import { BrokerSchemasLog } from '../../src/broker/schemas/schemas-log.ts'
import { createBroker } from '../../src/broker.ts'
import { loadConfig } from '../../src/config/index.ts'
import { MEMORY_DIRECTORY, MemoryDisk, memoryEnvironment } from '../../src/env/memory/index.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { silentLogger } from '../../src/env/silent-logger.ts'
import { record, startedRegistry } from './support.ts'

t.test('what was registered is there after a start', async (t) => {
  const machine = nodeEnvironment()
  const disk = new MemoryDisk(() => machine.clock.nowMs())
  const started = async () => {
    const given = new Map([
      ['listeners', 'PLAINTEXT://localhost:0'],
      ['log.dirs', `${MEMORY_DIRECTORY}/data`],
    ])
    const { config } = loadConfig({ given })
    const broker = createBroker({ config, environment: memoryEnvironment(machine, disk), logger: silentLogger() })
    await broker.start()
    const { replicas, controller } = broker.parts
    if (replicas === undefined || controller === undefined) throw new Error('The broker has not started')
    const { metadata, requests } = controller
    const log = new BrokerSchemasLog({
      replicas,
      metadata,
      requests,
      clock: machine.clock,
      nodeId: 1,
    })
    return { broker, metadata, ...(await startedRegistry(log)) }
  }
  const one = await started()
  const { body } = await one.ask('POST /subjects/a/versions', { schema: record({ name: 'f', type: 'int' }) })
  t.equal(body.id, 1)
  const topic = one.metadata.image.topics.get('_schemas')
  t.equal(topic?.partitions.length, 1)
  t.equal(one.metadata.image.configs.topic('_schemas').get('cleanup.policy'), 'compact')
  const large = await one.ask('POST /subjects/large/versions', {
    schema: record({ name: 'f', type: 'int', doc: 'x'.repeat(1_100_000) }),
  })
  t.same([large.status, large.body.error_code], [422, 42209])
  await one.broker.stop()
  const other = await started()
  t.same((await other.ask('GET /subjects')).body, ['a'])
  t.equal((await other.ask('POST /subjects/b/versions', { schema: '"int"' })).body.id, 2)
  await other.broker.stop()
})
