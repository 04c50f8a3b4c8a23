/** The client on the simulated network, with a broker that dies and comes back. */
import t from 'tap'
import { World } from '../../proof/sim/world.ts'
import { createBroker } from '../../src/broker.ts'
import { ClusterClient } from '../../src/client/cluster-client.ts'
import { BrokerConfig } from '../../src/config/index.ts'
import type { Environment } from '../../src/env/index.ts'
import { silentLogger } from '../../src/env/silent-logger.ts'

const ADDRESS = { host: 'broker', port: 9092 }

async function serve(environment: Environment): Promise<void> {
  const config = new BrokerConfig({ listeners: `PLAINTEXT://${ADDRESS.host}:${ADDRESS.port}`, 'log.dirs': '/data' })
  await createBroker({ config, environment, logger: silentLogger(), onFatal: () => {} }).start()
}

t.test('answers before a crash, in vain while nobody is there, and answers after it', async (t) => {
  const world = new World(11)
  const broker = world.spawn('broker', serve)
  let client!: ClusterClient
  world.spawn('client', (environment) => {
    client = new ClusterClient({ environment, bootstrapServers: [ADDRESS], connectTimeoutMs: 500, apiTimeoutMs: 3_000 })
  })
  await world.runFor(2_000)
  const before = await world.settle(client.metadata(null))
  t.match(before.brokers, [{ nodeId: 1, port: ADDRESS.port }])
  const pending = client.metadata(null).catch((error) => error)
  broker.crash('kill')
  t.match(await world.settle(pending), { name: 'ClientError' })
  broker.start()
  await world.runFor(2_000)
  t.equal((await world.settle(client.metadata(null))).clusterId, before.clusterId)
})
