/**
 * A listener of controllers answers as Apache's does: Apache's own tests of `--bootstrap-controller` are in
 * compat-tests/apache-integration, and which APIs a controller has is in the facts.
 */
import t, { type Test } from 'tap'
import { freePorts } from '../../compat-tests/support/broker.ts'
import { apisByKey } from '../../protocol/registry.ts'
import { startBroker } from '../../src/index.ts'
import { facts } from '../support/facts.ts'
import { ask } from './support/wire-client.ts'

const API_VERSIONS = apisByKey.get(18)!
const METADATA = apisByKey.get(3)!
const DESCRIBE_CLUSTER = apisByKey.get(60)!
const DESCRIBE_QUORUM = apisByKey.get(55)!
const BROKER = 1
const CONTROLLER = 2
/** AddRaftVoter and RemoveRaftVoter: the quorum has one voter, and keeps it. */
const CHANGES_OF_VOTERS = new Set([80, 81])
const MISMATCHED_ENDPOINT_TYPE = 114

async function startBoth(t: Test) {
  const [port, controllerPort] = await freePorts(2)
  const listeners = `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`
  const broker = await startBroker({ config: { listeners, 'node.id': 3 } })
  t.teardown(() => broker.stop())
  return { port, controllerPort }
}

t.test('it answers what a controller answers, and nothing else', async (t) => {
  const { controllerPort } = await startBoth(t)
  const keysAt = async (at: number) => {
    const { apiKeys } = await ask(at, API_VERSIONS, 4, { clientSoftwareName: 'test', clientSoftwareVersion: '1' })
    return (apiKeys as { apiKey: number }[]).map(({ apiKey }) => apiKey)
  }
  const apis: { id: number; listeners: string[] }[] = facts('api-keys.json').apis
  const ofControllers = apis.filter(({ listeners }) => listeners.includes('controller')).map(({ id }) => id)
  t.same(
    await keysAt(controllerPort),
    ofControllers.filter((key) => !CHANGES_OF_VOTERS.has(key)).sort((a, b) => a - b),
  )
  await t.rejects(ask(controllerPort, METADATA, 12, { topics: null }), /closed the connection/)
})

t.test('each kind of listener describes nodes of its own kind (KIP-919)', async (t) => {
  const { port, controllerPort } = await startBoth(t)
  t.match(await ask(controllerPort, DESCRIBE_CLUSTER, 1, { endpointType: CONTROLLER }), {
    errorCode: 0,
    endpointType: CONTROLLER,
    controllerId: 3,
    brokers: [{ brokerId: 3, host: 'localhost', port: controllerPort }],
  })
  t.match(await ask(controllerPort, DESCRIBE_CLUSTER, 1, { endpointType: BROKER }), {
    errorCode: MISMATCHED_ENDPOINT_TYPE,
    errorMessage: 'The request was sent to an endpoint of type CONTROLLER, but we wanted an endpoint of type BROKER',
  })
  t.match(await ask(port, DESCRIBE_CLUSTER, 1, { endpointType: BROKER }), { errorCode: 0, brokers: [{ port }] })
  t.match(await ask(port, DESCRIBE_CLUSTER, 1, { endpointType: CONTROLLER }), { errorCode: MISMATCHED_ENDPOINT_TYPE })
})

t.test('the quorum is described on both', async (t) => {
  const { port, controllerPort } = await startBoth(t)
  const request = { topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }] }
  for (const at of [port, controllerPort]) {
    t.match(await ask(at, DESCRIBE_QUORUM, 2, request), { errorCode: 0, topics: [{ partitions: [{ leaderId: 3 }] }] })
  }
})
