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
const DESCRIBE_LOG_DIRS = apisByKey.get(35)!
const INCREMENTAL_ALTER_CONFIGS = apisByKey.get(44)!
const BROKER = 1
const CONTROLLER = 2
/** AddRaftVoter and RemoveRaftVoter: the quorum has one voter, and keeps it. */
const CHANGES_OF_VOTERS = new Set([80, 81])
const APPEND = 2
const INVALID_CONFIG = 40
const BROKER_ID_NOT_REGISTERED = 102
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

/** Apache Kafka 4.4.0 answered the same (ConfigurationControlManager.isCordonedLogDirsInvalid). */
t.test('who asks a controller directly cordons no directories, and may only free some', async (t) => {
  const { port, controllerPort } = await startBoth(t)
  const { results } = await ask(port, DESCRIBE_LOG_DIRS, 5, { topics: null })
  const directory = (results as { logDir: string }[])[0].logDir
  const cordon = async (at: number, value: string, operation = 0, name = '3') => {
    const configs = [{ name: 'cordoned.log.dirs', configOperation: operation, value }]
    const resources = [{ resourceType: 4, resourceName: name, configs }]
    const { responses } = await ask(at, INCREMENTAL_ALTER_CONFIGS, 1, { resources, validateOnly: false })
    const [{ errorCode, errorMessage }] = responses as { errorCode: number; errorMessage: string | null }[]
    return [errorCode, errorMessage]
  }
  const refused = [
    INVALID_CONFIG,
    'When updating cordoned.log.dirs via controllers,  the new value must be a subset of the current configuration value.',
  ]
  t.same(await cordon(controllerPort, directory), refused)
  t.same(await cordon(controllerPort, '*'), refused)
  t.same(await cordon(controllerPort, directory, APPEND), refused)
  t.same(await cordon(controllerPort, directory, 0, '4'), refused)
  t.same(await cordon(controllerPort, '', 0, '4'), [BROKER_ID_NOT_REGISTERED, 'No node with id 4 found.'])
  t.same(await cordon(controllerPort, ''), [0, null])
  t.same(await cordon(port, directory), [0, null], 'a broker knows its directories')
  t.same(await cordon(controllerPort, ` ${directory} `), [0, null])
  t.same(await cordon(controllerPort, `${directory},/other`), refused)
  t.same(await cordon(controllerPort, ''), [0, null])
})
