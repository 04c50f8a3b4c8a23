/** KIP-1066, after Apache's CordonedLogDirsIntegrationTest: its steps and its errors, and what it does not look at. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { temporaryDirectory } from '../../proof/log/support.ts'
import { apisByKey } from '../../protocol/registry.ts'
import { startBroker } from '../../src/index.ts'
import { ask } from './support/wire-client.ts'

const INVALID_REPLICATION_FACTOR = 38
const INVALID_REPLICA_ASSIGNMENT = 39
const INVALID_REQUEST = 42
const BROKER = 4

async function brokerOf(t: Test, config: Record<string, string> = {}) {
  const folder = temporaryDirectory(t)
  const disks = [join(folder, 'disk-1'), join(folder, 'disk-2')]
  const options = { port: 0, config: { 'node.id': 0, 'log.dirs': disks.join(), ...config } }
  let broker = await startBroker(options)
  t.teardown(() => broker.stop())
  const call = (key: number, version: number, request: object) =>
    ask(broker.port, apisByKey.get(key)!, version, request)
  return {
    disks,
    restart: async () => {
      await broker.stop()
      broker = await startBroker(options)
    },
    createTopic: async (name: string, numPartitions = 1) => {
      const topics = [{ name, numPartitions, replicationFactor: 1, assignments: [], configs: [] }]
      const response = await call(19, 7, { topics, timeoutMs: 5000, validateOnly: false })
      return (response.topics as { errorCode: number }[])[0].errorCode
    },
    addPartition: async (name: string, count: number, assignments: object[] | null = null) => {
      const request = { topics: [{ name, count, assignments }], timeoutMs: 5000, validateOnly: false }
      return ((await call(37, 3, request)).results as { errorCode: number }[])[0].errorCode
    },
    cordon: async (value: string) => {
      const configs = [{ name: 'cordoned.log.dirs', configOperation: 0, value }]
      const resources = [{ resourceType: BROKER, resourceName: '0', configs }]
      return ((await call(44, 1, { resources, validateOnly: false })).responses as { errorCode: number }[])[0]
    },
    move: async (topic: string, path: string) => {
      const answer = await call(34, 2, { dirs: [{ path, topics: [{ name: topic, partitions: [0] }] }] })
      return (answer.results as { partitions: { errorCode: number }[] }[])[0].partitions[0].errorCode
    },
    directories: async () => {
      const { results } = await call(35, 5, { topics: null })
      return (results as { logDir: string; isCordoned: boolean; topics: { partitions: object[] }[] }[]).map((one) => ({
        logDir: one.logDir,
        isCordoned: one.isCordoned,
        partitions: one.topics.reduce((sum, { partitions }) => sum + partitions.length, 0),
      }))
    },
  }
}

t.test(
  'a broker all of whose directories are cordoned gets no new partitions, and has others again later',
  async (t) => {
    const broker = await brokerOf(t)
    const [first, second] = broker.disks
    t.match(await broker.directories(), [{ isCordoned: false }, { isCordoned: false }])
    t.equal(await broker.createTopic('before'), 0)
    t.match(await broker.cordon(broker.disks.join()), { errorCode: 0 })
    t.match(await broker.directories(), [{ isCordoned: true }, { isCordoned: true }])
    t.equal(await broker.createTopic('refused'), INVALID_REPLICATION_FACTOR)
    t.equal(await broker.addPartition('before', 2), INVALID_REPLICATION_FACTOR)
    t.equal(await broker.addPartition('before', 2, [{ brokerIds: [0] }]), INVALID_REPLICA_ASSIGNMENT)
    await broker.restart()
    t.equal(await broker.createTopic('refused'), INVALID_REPLICATION_FACTOR, 'a start forgets nothing of it')
    const counts = async () =>
      Object.fromEntries((await broker.directories()).map((one) => [one.logDir, one.partitions]))
    const before = await counts()
    t.match(await broker.cordon(first), { errorCode: 0 })
    t.equal(await broker.createTopic('after', 4), 0)
    t.equal(await broker.addPartition('before', 2), 0)
    const after = await counts()
    t.same(after, { [first]: before[first], [second]: before[second] + 5 }, 'everything new is in the other directory')
  },
)

t.test('* cordons all of them from the start', async (t) => {
  const broker = await brokerOf(t, { 'cordoned.log.dirs': '*' })
  t.equal(await broker.createTopic('topic'), INVALID_REPLICATION_FACTOR)
  t.match(await broker.cordon(''), { errorCode: 0 })
  t.equal(await broker.createTopic('topic'), 0)
})

t.test('no replica is moved into a cordoned directory', async (t) => {
  const broker = await brokerOf(t)
  await broker.createTopic('topic')
  const home = (await broker.directories()).find(({ partitions }) => partitions === 1)!.logDir
  const other = broker.disks.find((path) => path !== home)!
  await broker.cordon(other)
  t.equal(await broker.move('topic', other), INVALID_REPLICA_ASSIGNMENT)
  await broker.cordon('')
  t.equal(await broker.move('topic', other), 0)
})

t.test('only directories of the broker can be cordoned', async (t) => {
  const broker = await brokerOf(t)
  t.match(await broker.cordon('/unknown/log/dir'), {
    errorCode: INVALID_REQUEST,
    errorMessage: /All entries in cordoned.log.dirs must be present in log.dirs or log.dir. Missing entries : /,
  })
  t.match(await broker.cordon(`*,${broker.disks[0]}`), { errorCode: INVALID_REQUEST, errorMessage: /set to \*/ })
})
