/** A broker's place in a quorum, against a scripted leader on a simulated network, disk and clock. */
import { posix } from 'node:path'
import t from 'tap'
import type { CrashMode } from '../../../proof/sim/disk.ts'
import { World } from '../../../proof/sim/world.ts'
import { decodeMessage } from '../../../protocol/compile.ts'
import { ErrorCode } from '../../../protocol/errors.ts'
import { readRequestHeader, responseFrame } from '../../../protocol/frame.ts'
import { DefaultPrincipalData } from '../../../protocol/messages/default-principal-data.ts'
import { apisByKey } from '../../../protocol/registry.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import { writeSnapshot } from '../../../src/controller/metadata-log/snapshot-file.ts'
import { RemoteController } from '../../../src/controller/remote/remote-controller.ts'
import { silentLogger } from '../../../src/env/silent-logger.ts'
import { LogManager } from '../../../src/log/manager/log-manager.ts'
import type { MetadataChange, MetadataImage } from '../../../src/metadata/image/metadata-image.ts'
import { STATIC_QUORUM } from '../../../src/metadata/image/quorum-image.ts'
import type { MetadataRecord } from '../../../src/metadata/metadata-record.ts'
import { record } from '../support/records.ts'
import { CLUSTER_ID, ScriptedController } from './scripted-controller.ts'

const DATA = '/data'
const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAA'
const topic = (name: string, at: number): MetadataRecord =>
  record('TopicRecord', 0, { name, topicId: `${TOPIC_ID}${'EFGHIJ'[at]}Q` })
const registration = (brokerEpoch: bigint): MetadataRecord =>
  record('RegisterBrokerRecord', 4, { brokerId: 1, brokerEpoch, fenced: true, logDirs: [] })
const names = (image: MetadataImage): string[] => [...image.topics].map(({ name }) => name).sort()

const SELF = {
  incarnationId: 'AAAAAAAAAAAAAAAAAAAAEQ',
  endPoints: [{ name: 'PLAINTEXT', host: 'broker', port: 9092, securityProtocol: 0 }],
  rack: 'r1',
  logDirs: ['AAAAAAAAAAAAAAAAAAAAIQ'],
  cordonedLogDirs: [],
  uncleanShutdown: false,
  previousBrokerEpoch: 41n,
}

function stage(seed: number | string, properties: Record<string, string> = {}) {
  const world = new World(seed)
  const quorum = new ScriptedController()
  const controller = world.spawn('controller', (env) => quorum.listen(env))
  const broker = world.spawn('broker', () => {})
  const begin = async () => {
    const { environment } = broker.process
    const config = new BrokerConfig({
      'process.roles': 'broker',
      'node.id': '1',
      'log.dirs': DATA,
      'controller.quorum.bootstrap.servers': 'controller:9093',
      ...properties,
    })
    const logger = silentLogger()
    const logs = await world.settle(
      LogManager.open({ environment, logger, logDirectories: [DATA], nodeId: 1, clusterId: CLUSTER_ID }),
    )
    const remote = await world.settle(RemoteController.start({ config, environment, logger, logs }))
    return { remote, logs }
  }
  const again = (mode: CrashMode) => {
    if (broker.isUp) broker.crash(mode)
    broker.start()
    return begin()
  }
  /** The image has this many records before its end. */
  const reaches = (remote: RemoteController, end: number) =>
    world.runUntil(() => remote.metadata.image.provenance.lastContainedOffset + 1 === end, `offset ${end}`)
  return { world, quorum, controller, broker, begin, again, reaches }
}

t.test('follows what is committed and nothing else; a tail that was never committed is cut', async (t) => {
  const { world, quorum, broker, begin, reaches } = stage(1)
  quorum.elect(1)
  quorum.append([topic('a', 0)])
  const { remote } = await begin()
  await reaches(remote, 2)
  t.same(names(remote.metadata.image), ['a'])
  quorum.append([topic('lost', 1)], { isCommitted: false })
  await world.runFor(2_000)
  t.same(names(remote.metadata.image), ['a'], 'it waits for the watermark')
  // Another leader, which never had the record.
  quorum.batches.pop()
  quorum.elect(2, 3001)
  quorum.append([topic('b', 2)])
  await reaches(remote, 4)
  t.same(names(remote.metadata.image), ['a', 'b'])
  const state = await world.settle(
    broker.process.environment.files.readFile(`${DATA}/__cluster_metadata-0/quorum-state`),
  )
  t.same(JSON.parse(state.toString()), {
    leaderId: 3001,
    leaderEpoch: 2,
    votedId: -1,
    votedDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAA',
    data_version: 1,
  })
  await world.settle(remote.stop())
})

t.test('records of one transaction come in one change, and none of an aborted one', async (t) => {
  const { world, quorum, begin, reaches } = stage(2)
  quorum.elect(1)
  const { remote } = await begin()
  const changes: MetadataChange[] = []
  remote.metadata.subscribe((change) => void changes.push(change))
  await reaches(remote, 1)
  quorum.append([record('BeginTransactionRecord', 0, {}), topic('a', 0)])
  await reaches(remote, 3)
  t.same(names(remote.metadata.image), [])
  quorum.append([topic('b', 1), record('EndTransactionRecord', 0, {})])
  await reaches(remote, 5)
  t.same(names(remote.metadata.image), ['a', 'b'])
  quorum.append([record('BeginTransactionRecord', 0, {}), topic('c', 2), record('AbortTransactionRecord', 0, {})])
  await reaches(remote, 8)
  t.same(names(remote.metadata.image), ['a', 'b'])
  t.same(changes.flatMap(({ createdTopics }) => createdTopics.map(({ name }) => name)).sort(), ['a', 'b'])
  await world.settle(remote.stop())
})

for (const mode of ['kill', 'power'] as const) {
  t.test(`a snapshot replaces everything, piece by piece, and a new start (${mode}) goes on from it`, async (t) => {
    const { world, quorum, controller, broker, begin, again, reaches } = stage(`snapshot ${mode}`)
    quorum.elect(1)
    quorum.append([topic('old', 0), topic('stays', 1)])
    const first = await begin()
    await reaches(first.remote, 3)
    const path = posix.join('/', 'made.checkpoint')
    const { files } = controller.process.environment
    const content = { epoch: 3, timestampMs: 1, lastContainedLogTimestampMs: 1, quorum: STATIC_QUORUM }
    await world.settle(writeSnapshot(files, path, { ...content, records: [topic('stays', 1), topic('new', 2)] }))
    const changes: MetadataChange[] = []
    first.remote.metadata.subscribe((change) => void changes.push(change))
    quorum.batches = []
    quorum.logStart = 50
    quorum.snapshot = { id: { offset: 50, epoch: 3 }, bytes: await world.settle(files.readFile(path)) }
    quorum.elect(4)
    await reaches(first.remote, 51)
    t.same(names(first.remote.metadata.image), ['new', 'stays'])
    t.same(
      changes[0]?.deletedTopics.map(({ name }) => name),
      ['old'],
    )
    t.same(
      changes[0]?.createdTopics.map(({ name }) => name),
      ['new'],
    )
    t.ok(quorum.requests('FetchSnapshot').length > 1, 'in pieces')
    const asked = quorum.requests('FetchSnapshot').length
    const second = await again(mode)
    t.same(names(second.remote.metadata.image), ['new', 'stays'], 'before any controller is asked')
    await reaches(second.remote, 51)
    t.equal(quorum.requests('FetchSnapshot').length, asked, 'it is not fetched again')
    t.ok(broker.isUp)
    await world.settle(second.remote.stop())
  })
}

t.test('a snapshot that is not whole is given up, and nothing of it stays', async (t) => {
  const { world, quorum, controller, broker, begin, reaches } = stage('torn snapshot')
  quorum.elect(1)
  const { remote } = await begin()
  await reaches(remote, 1)
  const { files } = controller.process.environment
  const content = { epoch: 3, timestampMs: 1, lastContainedLogTimestampMs: 1, quorum: STATIC_QUORUM }
  await world.settle(writeSnapshot(files, '/made.checkpoint', { ...content, records: [topic('new', 2)] }))
  const bytes = await world.settle(files.readFile('/made.checkpoint'))
  quorum.batches = []
  quorum.logStart = 50
  quorum.snapshot = { id: { offset: 50, epoch: 3 }, bytes: bytes.subarray(0, -1) }
  quorum.elect(4)
  const asked = () => quorum.requests('FetchSnapshot').length
  await world.runUntil(() => asked() > bytes.length / 100, 'the torn one has come once')
  quorum.snapshot = { id: { offset: 60, epoch: 3 }, bytes }
  quorum.batches = []
  quorum.logStart = 60
  quorum.elect(5)
  await reaches(remote, 61)
  t.same(names(remote.metadata.image), ['new'])
  const left = await world.settle(broker.process.environment.files.readDirectory(`${DATA}/__cluster_metadata-0`))
  t.same(
    left.filter((name) => name.includes('.part') || name.includes('50-')),
    [],
  )
  await world.settle(remote.stop())
})

t.test('a controller that dies is asked again until it is back', async (t) => {
  const { world, quorum, controller, begin, reaches } = stage(4)
  quorum.elect(1)
  const { remote } = await begin()
  await reaches(remote, 1)
  controller.crash('kill')
  await world.runFor(30_000)
  controller.start()
  quorum.append([topic('a', 0)])
  await reaches(remote, 2)
  t.same(names(remote.metadata.image), ['a'])
  await world.settle(remote.stop())
})

t.test('broker.heartbeat.interval.ms is how often a broker says that it lives, fenced until it is ready', async (t) => {
  const { world, quorum, begin } = stage(5, { 'broker.heartbeat.interval.ms': '700' })
  quorum.elect(1)
  quorum.brokerEpoch = 1n
  const { remote } = await begin()
  let isRegistered = false
  const registering = remote.register(SELF).then(() => {
    isRegistered = true
  })
  await world.runUntil(() => quorum.requests('BrokerRegistration').length > 0, 'a registration')
  const [asked] = quorum.requests('BrokerRegistration')
  t.match(asked, {
    brokerId: 1,
    clusterId: CLUSTER_ID,
    incarnationId: SELF.incarnationId,
    rack: 'r1',
    logDirs: SELF.logDirs,
  })
  t.match(asked, { previousBrokerEpoch: 41n, listeners: [{ name: 'PLAINTEXT', host: 'broker', port: 9092 }] })
  await world.runFor(500)
  t.notOk(isRegistered, 'the image does not name this registration yet')
  quorum.append([registration(1n)])
  await world.settle(registering)
  await world.runFor(100)
  t.ok(quorum.requests('BrokerHeartbeat').every(({ wantFence }) => wantFence === true))
  await world.settle(remote.unfence())
  t.equal(quorum.requests('BrokerHeartbeat').at(-1)?.wantFence, false)
  const before = quorum.requests('BrokerHeartbeat').length
  await world.runFor(7_050)
  t.equal(quorum.requests('BrokerHeartbeat').length - before, 10)
  t.equal(quorum.requests('BrokerHeartbeat').at(-1)?.currentMetadataOffset, 1n)
  await world.settle(remote.leave())
  t.equal(quorum.requests('BrokerHeartbeat').at(-1)?.wantShutDown, true)
  await world.settle(remote.stop())
})

t.test('controlled.shutdown.enable=false leaves without a word', async (t) => {
  const { world, quorum, begin } = stage(6, { 'controlled.shutdown.enable': 'false' })
  quorum.elect(1)
  quorum.append([registration(100n)])
  const { remote } = await begin()
  await world.settle(remote.register(SELF))
  await world.settle(remote.unfence())
  quorum.answers.BrokerHeartbeat = () => ({ isCaughtUp: true, isFenced: false, shouldShutDown: false })
  const before = quorum.requests('BrokerHeartbeat').length
  await world.settle(remote.leave())
  await world.runFor(10_000)
  t.equal(quorum.requests('BrokerHeartbeat').length, before, 'the controller is told nothing, and moves no leader')
  await world.settle(remote.stop())
  t.equal(remote.epoch, 100n)
})

t.test('a stop waits neither for an answer of the controller nor for another try', async (t) => {
  const { world, quorum, begin } = stage(21)
  quorum.elect(1)
  quorum.append([registration(100n)])
  const { remote } = await begin()
  await world.settle(remote.register(SELF))
  await world.settle(remote.unfence())
  quorum.answers.BrokerHeartbeat = () => undefined
  await world.runFor(3_000)
  const beganMs = world.timeMs
  await world.settle(remote.stop())
  t.ok(world.timeMs - beganMs < 20, `it took ${world.timeMs - beganMs} ms`)
})

for (const [code, words] of [
  [ErrorCode.INCONSISTENT_CLUSTER_ID, /belong to another cluster/],
  [ErrorCode.UNSUPPORTED_VERSION, /at levels that this release does not support/],
  [ErrorCode.INVALID_REGISTRATION, /takes the registration of broker 1 for invalid/],
  [ErrorCode.CLUSTER_AUTHORIZATION_FAILED, /needs CLUSTER_ACTION/],
  [ErrorCode.DUPLICATE_BROKER_REGISTRATION, /Broker 1 is registered already/],
] as const) {
  t.test(`a registration that is refused (${code}) ends in one sentence`, async (t) => {
    const { world, quorum, begin } = stage(code, { 'initial.broker.registration.timeout.ms': '3000' })
    quorum.elect(1)
    quorum.answers.BrokerRegistration = () => ({ errorCode: code })
    const { remote } = await begin()
    await t.rejects(world.settle(remote.register(SELF)), { code, message: words })
    await world.settle(remote.stop())
  })
}

t.test('initial.broker.registration.timeout.ms is how long a broker looks for controllers', async (t) => {
  const { world, controller, begin } = stage(7, { 'initial.broker.registration.timeout.ms': '2500' })
  controller.crash('kill')
  const { remote } = await begin()
  const startedMs = world.timeMs
  await t.rejects(world.settle(remote.register(SELF)), {
    message: /within initial\.broker\.registration\.timeout\.ms.*controller:9093/,
  })
  t.ok(world.timeMs - startedMs >= 2_500 && world.timeMs - startedMs < 5_000, `${world.timeMs - startedMs} ms`)
  await world.settle(remote.stop())
})

t.test('a client’s request travels in an Envelope, and is answered when its change is applied here', async (t) => {
  const { world, quorum, begin, reaches } = stage(8)
  quorum.elect(1)
  const { remote } = await begin()
  await reaches(remote, 1)
  const createTopics = apisByKey.get(19)!
  quorum.answers.Envelope = ({ requestData, requestPrincipal, clientHostAddress }: Record<string, Buffer>) => {
    const { header } = readRequestHeader(requestData!)
    t.match(header, { requestApiKey: 19, requestApiVersion: 7, clientId: 'me' })
    t.equal(requestPrincipal!.readInt16BE(0), 0)
    const principal = decodeMessage(DefaultPrincipalData, 0, requestPrincipal!.subarray(2))
    t.same(principal, { type: 'User', name: 'alice', tokenAuthenticated: false })
    t.same([...clientHostAddress!], [10, 0, 0, 7])
    quorum.append([topic('a', 0)])
    const frame = responseFrame(createTopics, 7, header.correlationId, { topics: [{ name: 'a', errorCode: 0 }] })
    return { responseData: Buffer.concat(frame).subarray(4) }
  }
  const context = {
    apiVersion: 7,
    principal: { type: 'User', name: 'alice' },
    clientId: 'me',
    clientAddress: '10.0.0.7',
  }
  const request = { topics: [], timeoutMs: 1_000, validateOnly: false }
  const answer = await world.settle(remote.forward('CreateTopics', request, { ...context, deadlineMs: 60_000 }))
  t.match(answer, { topics: [{ name: 'a', errorCode: 0 }] })
  t.same(names(remote.metadata.image), ['a'])
  // A node that is not the controller any more says so, and is asked again.
  let refusals = 2
  quorum.answers.AllocateProducerIds = () =>
    refusals-- > 0 ? { errorCode: ErrorCode.NOT_CONTROLLER } : { producerIdStart: 5000n, producerIdLen: 1000 }
  t.same(await world.settle(remote.allocateProducerIds(60_000)), { firstId: 5000n, size: 1000 })
  await world.settle(remote.stop())
})

t.test('a version that Kafka 4 has dropped travels in the oldest one that controllers speak', async (t) => {
  const { world, quorum, begin, reaches } = stage(14)
  quorum.elect(1)
  const { remote } = await begin()
  await reaches(remote, 1)
  const travelled: number[] = []
  quorum.answers.Envelope = ({ requestData }: Record<string, Buffer>) => {
    const { header } = readRequestHeader(requestData!)
    travelled.push(header.requestApiVersion)
    const body = { topics: [{ name: 'a', errorCode: ErrorCode.TOPIC_ALREADY_EXISTS }] }
    const frame = responseFrame(apisByKey.get(19)!, header.requestApiVersion, header.correlationId, body)
    return { responseData: Buffer.concat(frame).subarray(4) }
  }
  const about = { principal: { type: 'User', name: 'alice' }, clientId: 'old', clientAddress: '10.0.0.7' }
  for (const apiVersion of [0, 1, 2, 3]) {
    const context = { ...about, apiVersion, deadlineMs: 60_000 }
    const request = { topics: [], timeoutMs: 1_000, validateOnly: false }
    const answer = await world.settle(remote.forward('CreateTopics', request, context))
    t.match(answer, { topics: [{ name: 'a', errorCode: ErrorCode.TOPIC_ALREADY_EXISTS }] })
  }
  t.same(travelled, [2, 2, 2, 3])
  await world.settle(remote.stop())
})

t.test('controller.quorum.voters says who the controllers are, and where', async (t) => {
  const { world, quorum, begin, reaches } = stage(9, {
    'controller.quorum.bootstrap.servers': '',
    'controller.quorum.voters': '3000@controller:9093',
  })
  // A leader of before KIP-853 does not say where it is.
  quorum.leaderAddress = { host: 'nowhere', port: 1 }
  quorum.leaderId = 3000
  quorum.elect(1)
  quorum.answersWithEndpoints = false
  const { remote } = await begin()
  await reaches(remote, 1)
  quorum.append([topic('a', 0)])
  await reaches(remote, 2)
  await world.settle(remote.stop())
  t.same(names(remote.metadata.image), ['a'])
})

t.test('controller.quorum.fetch.max.bytes and its like for snapshots are what is asked for at most', async (t) => {
  const { world, quorum, controller, begin, reaches } = stage(10, {
    'controller.quorum.fetch.max.bytes': '777',
    'controller.quorum.fetch.snapshot.max.bytes': '888',
  })
  const { files } = controller.process.environment
  const content = { epoch: 1, timestampMs: 1, lastContainedLogTimestampMs: 1, quorum: STATIC_QUORUM }
  await world.settle(writeSnapshot(files, '/made.checkpoint', { ...content, records: [topic('a', 0)] }))
  quorum.logStart = 5
  quorum.snapshot = { id: { offset: 5, epoch: 1 }, bytes: await world.settle(files.readFile('/made.checkpoint')) }
  quorum.elect(2)
  const { remote } = await begin()
  await reaches(remote, 6)
  await world.settle(remote.stop())
  t.ok(quorum.requests('Fetch').every(({ maxBytes }) => maxBytes === 777))
  t.ok(quorum.requests('FetchSnapshot').every(({ maxBytes }) => maxBytes === 888))
})

t.test(
  'controller.quorum.request.timeout.ms and controller.quorum.retry.backoff.ms: a controller that is silent',
  async (t) => {
    const { world, quorum, begin, reaches } = stage(11, {
      'controller.quorum.request.timeout.ms': '900',
      'controller.quorum.retry.backoff.ms': '300',
    })
    quorum.elect(1)
    const { remote } = await begin()
    await reaches(remote, 1)
    quorum.answers.Fetch = () => undefined
    const before = quorum.requests('Fetch').length
    await world.runFor(12_500)
    const tries = quorum.requests('Fetch').length - before
    t.ok(tries >= 9 && tries <= 11, `${tries} tries in 12.5 s, one each 1.2 s`)
    await world.settle(remote.stop())
  },
)

t.test('controller.socket.timeout.ms is how long the controller may take for an answer', async (t) => {
  const { world, quorum, begin, reaches } = stage(12, { 'controller.socket.timeout.ms': '400' })
  quorum.elect(1)
  const { remote } = await begin()
  await reaches(remote, 1)
  quorum.answers.AllocateProducerIds = () => undefined
  const deadlineMs = world.timeMs + 2_000
  await t.rejects(world.settle(remote.allocateProducerIds(deadlineMs)), { code: ErrorCode.REQUEST_TIMED_OUT })
  const tries = quorum.requests('AllocateProducerIds').length
  t.ok(tries >= 4 && tries <= 6, `${tries} tries in 2 s`)
  await world.settle(remote.stop())
})

t.test('log.dir.failure.timeout.ms is how long a failed directory may remain a secret', async (t) => {
  const { world, quorum, begin } = stage(13, { 'log.dir.failure.timeout.ms': '1500' })
  quorum.elect(1)
  quorum.append([registration(100n)])
  const { remote } = await begin()
  await world.settle(remote.register(SELF))
  await world.settle(remote.unfence())
  await world.settle(remote.directoryFailed('AAAAAAAAAAAAAAAAAAAAIQ'))
  t.same(quorum.requests('BrokerHeartbeat').at(-1)?.offlineLogDirs, ['AAAAAAAAAAAAAAAAAAAAIQ'])
  quorum.answers.BrokerHeartbeat = () => undefined
  const startedMs = world.timeMs
  await t.rejects(world.settle(remote.directoryFailed('AAAAAAAAAAAAAAAAAAAAMQ')), /No controller could be told/)
  t.ok(Math.abs(world.timeMs - startedMs - 1_500) < 100)
  await world.settle(remote.stop())
})

t.test(
  'in-sync replicas are asked for again at the controller that leads now, when the last one is silent',
  async (t) => {
    const { world, quorum, begin, reaches } = stage('moved')
    quorum.elect(1)
    const { remote } = await begin()
    await reaches(remote, 1)
    const topics = [{ topicId: `${TOPIC_ID}EQ`, partitions: [] }]
    quorum.answers.AlterPartition = () => undefined
    const asking = remote.alterPartition(topics)
    await world.runUntil(() => quorum.requests('AlterPartition').length === 1, 'the first controller to be asked')
    const other = new ScriptedController()
    other.answers.AlterPartition = () => ({ topics: [] })
    world.spawn('other', (env) => other.listen(env, 'other'))
    const begunMs = world.timeMs
    quorum.leaderAddress = { host: 'other', port: 9093 }
    quorum.elect(2, 3001)
    other.batches = quorum.batches
    other.highWatermark = quorum.highWatermark
    Object.assign(other, { epoch: 2, leaderId: 3001, leaderAddress: quorum.leaderAddress })
    t.match(await world.settle(asking), { topics: [] })
    t.equal(other.requests('AlterPartition').length, 1)
    t.ok(world.timeMs - begunMs < 5_000, 'long before controller.socket.timeout.ms')
    await world.settle(remote.stop())
  },
)
