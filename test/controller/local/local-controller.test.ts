/** The controller on a simulated disk: what it has acknowledged outlives every crash. */
import { posix } from 'node:path'
import pino from 'pino'
import t from 'tap'
import type { CrashMode } from '../../../proof/sim/disk.ts'
import { World } from '../../../proof/sim/world.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import { brokerToRegister } from '../../../src/controller/broker-to-register.ts'
import { LocalController } from '../../../src/controller/local/local-controller.ts'
import { readBatches } from '../../../src/controller/metadata-log/metadata-batch.ts'
import { isSnapshotFileName } from '../../../src/controller/metadata-log/snapshot-file.ts'
import { writeFileAtomically } from '../../../src/env/atomic-file.ts'
import type { Environment } from '../../../src/env/index.ts'
import { DEFAULT_LOG_CONFIG } from '../../../src/log/log-config.ts'
import { LogManager } from '../../../src/log/manager/log-manager.ts'
import type { MetadataChange, MetadataImage } from '../../../src/metadata/image/metadata-image.ts'
import { facts } from '../../support/facts.ts'
import { contentOf } from '../support/records.ts'

const DATA = '/data'
const METADATA = `${DATA}/__cluster_metadata-0`
const logger = pino({ level: 'silent' })
const context = {
  apiVersion: 5,
  principal: { type: 'User', name: 'ANONYMOUS' },
  clientId: null,
  clientAddress: null,
  deadlineMs: Number.POSITIVE_INFINITY,
}

interface Running {
  controller: LocalController
  logs: LogManager
}

async function start(environment: Environment, properties: Record<string, string> = {}): Promise<Running> {
  const config = new BrokerConfig({ 'log.dirs': DATA, 'node.id': '1', ...properties })
  const logs = await LogManager.open({ environment, logger, logDirectories: [DATA], nodeId: 1, clusterId: null })
  const controller = await LocalController.start({ config, environment, logger, logs })
  const { random } = environment
  await controller.life.register(brokerToRegister({ config, random, logs, listeners: [] }))
  await logs.loadLogs({ configOf: () => DEFAULT_LOG_CONFIG, isKnown: () => true, topicIdOf: () => undefined })
  return { controller, logs }
}

async function stop({ controller, logs }: Running): Promise<void> {
  await controller.stop()
  await logs.stop(Number(controller.life.epoch))
}

function createTopic({ controller }: Running, name: string, configs: { name: string; value: string }[] = []) {
  const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs }
  return controller.forward('CreateTopics', { topics: [topic], timeoutMs: 1000, validateOnly: false }, context)
}

const deleteTopic = ({ controller }: Running, name: string) =>
  controller.forward('DeleteTopics', { topicNames: [name], topics: [], timeoutMs: 1000 }, context)

const namesIn = (image: MetadataImage): string[] => [...image.topics].map(({ name }) => name).sort()

/** A node and what was started on it last. */
function machine(seed: number | string, properties: Record<string, string> = {}) {
  const world = new World(seed)
  const node = world.spawn('node', () => {})
  const begin = () => world.settle(start(node.process.environment, properties))
  const again = (mode: CrashMode) => {
    if (node.isUp) node.crash(mode)
    node.start()
    return begin()
  }
  return { world, node, begin, again, settle: <R>(promise: Promise<R>) => world.settle(promise) }
}

t.test('a clean stop and a new start: the same image, the next epoch', async (t) => {
  const { begin, again, settle } = machine(1)
  const first = await begin()
  await settle(createTopic(first, 'a', [{ name: 'retention.ms', value: '5' }]))
  await settle(createTopic(first, 'b'))
  await settle(deleteTopic(first, 'a'))
  const before = first.controller.metadata.image
  t.same(namesIn(before), ['b'])
  await settle(stop(first))
  const second = await again('power')
  const { image } = second.controller.metadata
  t.same(namesIn(image), ['b'])
  t.equal(image.topics.get('b')?.id, before.topics.get('b')?.id)
  t.equal(image.topics.partition('b', 0)?.leaderEpoch, 0)
  t.equal(image.provenance.lastContainedEpoch, before.provenance.lastContainedEpoch + 1)
  t.ok(second.controller.life.epoch > first.controller.life.epoch)
})

t.test('a full disk refuses commands, and the controller goes on when there is room again', async (t) => {
  const { node, begin, again, settle } = machine('full')
  const first = await begin()
  await settle(createTopic(first, 'before'))
  const { capacityBytes } = node.disk
  for (const roomBytes of [0, 100, 200]) {
    node.disk.capacityBytes -= node.disk.usableBytes - roomBytes
    const attempts = ['a', 'b', 'c'].map((name) => createTopic(first, name))
    for (const outcome of await settle(Promise.allSettled(attempts))) t.equal(outcome.status, 'rejected')
    t.same(namesIn(first.controller.metadata.image), ['before'])
    node.disk.capacityBytes = capacityBytes
  }
  const { topics } = await settle(createTopic(first, 'a'))
  t.equal(topics?.[0].errorCode ?? 0, 0, 'the refused one never was')
  const second = await again('power')
  t.same(namesIn(second.controller.metadata.image), ['a', 'before'])
})

t.test('commands that come together share a write, and are answered in order', async (t) => {
  const { begin, settle } = machine(2)
  const running = await begin()
  const changes: MetadataChange[] = []
  running.controller.metadata.subscribe((change) => void changes.push(change))
  const answered: string[] = []
  const create = async (name: string) => {
    await createTopic(running, name)
    answered.push(name)
  }
  const names = Array.from({ length: 50 }, (_, i) => `t${i}`)
  await settle(Promise.all(names.map(create)))
  t.same(answered, names)
  t.ok(changes.length <= 2, `${changes.length} publications`)
  t.equal(changes.flatMap(({ createdTopics }) => createdTopics).length, 50)
  t.equal(changes.at(-1)?.after, running.controller.metadata.image)
})

t.test('a command is answered after every subscriber has applied it', async (t) => {
  const { begin, settle, world } = machine(3)
  const running = await begin()
  let release = () => {}
  let applied = false
  running.controller.metadata.subscribe(async () => {
    await new Promise<void>((resolve) => {
      release = resolve
    })
    applied = true
  })
  let answered = false
  const creation = createTopic(running, 'a').then(() => {
    answered = true
  })
  await world.runFor(1000)
  t.same([answered, running.controller.metadata.image.topics.size], [false, 0], 'nobody sees what is not applied')
  release()
  await settle(creation)
  t.same([applied, running.controller.metadata.image.topics.size], [true, 1])
})

t.test('delegation tokens that have expired are removed, by whoever leads', async (t) => {
  const { world, begin, again, settle } = machine(7, {
    'delegation.token.secret.key': 'key',
    'delegation.token.expiry.check.interval.ms': '1000',
  })
  const createToken = ({ controller }: Running, maxLifetimeMs: bigint) =>
    controller.forward(
      'CreateDelegationToken',
      { ownerPrincipalType: null, ownerPrincipalName: null, renewers: [], maxLifetimeMs },
      context,
    )
  const idsIn = ({ controller }: Running) => [...controller.metadata.image.delegationTokens].map(([id]) => id).sort()
  const first = await begin()
  const [short, medium, long] = [
    await settle(createToken(first, 500n)),
    await settle(createToken(first, 2500n)),
    await settle(createToken(first, -1n)),
  ].map(({ tokenId }) => tokenId!)
  t.same(idsIn(first), [short, medium, long].sort())
  await world.runFor(1500)
  t.same(idsIn(first), [medium, long].sort())
  const second = await again('power')
  t.same(idsIn(second), [medium, long].sort())
  await world.runFor(3000)
  t.same(idsIn(second), [long])
  await settle(stop(second))
})

t.test('a command after its deadline is not begun', async (t) => {
  const { begin, settle, node } = machine(4)
  const { controller } = await begin()
  const late = { ...context, deadlineMs: node.process.environment.clock.monotonicMs() - 1 }
  await t.rejects(settle(controller.life.allocateProducerIds(late.deadlineMs)), { code: 7 })
  const request = { topics: [], timeoutMs: 1000, validateOnly: false }
  await t.rejects(settle(controller.forward('CreateTopics', request, late)), { code: 7 })
})

t.test('a disk that fails: the command is refused, and so is every later one', async (t) => {
  const { begin, settle, node, again } = machine(5)
  const running = await begin()
  await settle(createTopic(running, 'kept'))
  node.disk.failNext('sync', 'EIO', /__cluster_metadata-0.*\.log/)
  await t.rejects(settle(createTopic(running, 'lost')), { code: 56 })
  await t.rejects(settle(createTopic(running, 'later')), { code: 56 })
  t.same(namesIn(running.controller.metadata.image), ['kept'])
  const { controller } = await again('power')
  t.ok(namesIn(controller.metadata.image).includes('kept'))
})

t.test('snapshots replace the log before them, and a start from one finds everything', async (t) => {
  const properties = {
    'metadata.log.max.record.bytes.between.snapshots': '2000',
    'metadata.max.retention.bytes': '4000',
  }
  const { begin, again, settle, node } = machine(6, properties)
  const running = await begin()
  for (let i = 0; i < 60; i++) await settle(createTopic(running, `t${i}`))
  const before = running.controller.metadata.image
  await settle(stop(running))
  const names = await settle(node.process.environment.files.readDirectory(METADATA))
  const snapshots = names.filter((name) => name.endsWith('.checkpoint'))
  t.ok(snapshots.length >= 1 && snapshots.length <= 3, snapshots.join(' '))
  const { controller } = await again('power')
  const { cluster: _, ...content } = { ...controller.metadata.image }
  t.same(contentOf({ ...controller.metadata.image, cluster: before.cluster }), contentOf(before))
  t.ok(content.topics.size === 60)
})

t.test('an image from a snapshot and the log behind it is the image of the whole log', async (t) => {
  const whole = machine(7)
  const cut = machine(7, { 'metadata.log.max.record.bytes.between.snapshots': '3000' })
  const images: MetadataImage[] = []
  for (const { begin, again, settle } of [whole, cut]) {
    const running = await begin()
    for (let i = 0; i < 30; i++) await settle(createTopic(running, `t${i}`, [{ name: 'retention.ms', value: `${i}` }]))
    for (let i = 0; i < 30; i += 3) await settle(deleteTopic(running, `t${i}`))
    await settle(stop(running))
    images.push((await again('kill')).controller.metadata.image)
  }
  t.same(namesIn(images[0]), namesIn(images[1]))
  t.same([...images[0].configs].length, [...images[1].configs].length)
})

const bytesOf = (file: string): Buffer => {
  const { hex } = facts('vectors', 'MetaFiles.json').find((each: { file: string }) => each.file === file)
  return Buffer.from(hex, 'hex')
}

/** Puts a file of Apache's on the disk. */
async function place(files: Environment['files'], path: string, bytes: Buffer): Promise<void> {
  await files.makeDirectory(posix.dirname(path))
  await writeFileAtomically(files, path, bytes)
}

t.test('a directory that Apache has formatted for an older release keeps its metadata.version', async (t) => {
  const { begin, again, settle, node } = machine(8)
  await settle(place(node.process.environment.files, `${DATA}/bootstrap.checkpoint`, bytesOf('bootstrap.checkpoint')))
  const running = await begin()
  await settle(createTopic(running, 'a'))
  t.same([...running.controller.metadata.image.features], [['metadata.version', 7]])
  t.same(
    await settle(node.process.environment.files.readDirectory(METADATA)).then((names) =>
      names.filter(isSnapshotFileName),
    ),
    [],
  )
  t.equal(running.controller.metadata.image.cluster.controllers.size, 0, 'registered only from level 15 on')
  await settle(stop(running))
  t.same(namesIn((await again('kill')).controller.metadata.image), ['a'])
})

t.test('a directory formatted with --standalone: the voters of the snapshot stay in charge', async (t) => {
  const { begin, again, settle, node } = machine(9)
  // The vector's snapshot has the voter 1 as `kafka-storage format --standalone` writes it, under another name.
  const bytes = bytesOf('00000000000000001973-0000000012.checkpoint')
  await settle(place(node.process.environment.files, `${METADATA}/00000000000000000000-0000000000.checkpoint`, bytes))
  const running = await begin()
  await settle(createTopic(running, 'a'))
  await settle(stop(running))
  const { files } = node.process.environment
  const text = (await settle(files.readFile(`${METADATA}/quorum-state`))).toString()
  t.match(JSON.parse(text), { data_version: 1, leaderId: 1, leaderEpoch: 1 })
  t.ok((await settle(files.readFile(`${METADATA}/partition.metadata`))).length > 0)
  t.same(namesIn((await again('power')).controller.metadata.image), ['a', 'snap-topic'])
})

const CONTROLLER_LISTENER = {
  listeners: 'PLAINTEXT://localhost:9092,CONTROLLER://127.0.0.1:41823',
  'controller.listener.names': 'CONTROLLER',
}
/** Control records that Apache 4.4.0 wrote when its kafka-features raised kraft.version; the directory's id is left out. */
const RAISED_BY_APACHE = [
  [5, '0000000100'],
  [6, '00000200000001<directory>020b434f4e54524f4c4c45520a3132372e302e302e31a35f0000000001000000'],
] as const

async function raise({ controller }: Running): Promise<void> {
  const featureUpdates = [{ feature: 'kraft.version', maxVersionLevel: 1, upgradeType: 1, allowDowngrade: false }]
  const request = { timeoutMs: 1000, validateOnly: false, featureUpdates }
  const { errorCode } = await controller.forward('UpdateFeatures', request, context)
  if (errorCode) throw new Error(`UpdateFeatures was answered ${errorCode}`)
}

const kraftVersionOf = ({ controller }: Running) => controller.metadata.image.quorum.kraftVersion

t.test('a raised kraft.version is written as Apache writes it, and outlives snapshots and crashes', async (t) => {
  const properties = { ...CONTROLLER_LISTENER, 'metadata.log.max.record.bytes.between.snapshots': '2000' }
  const { begin, again, settle, node } = machine(12, properties)
  const textOf = (name: string) => settle(node.process.environment.files.readFile(`${METADATA}/${name}`))
  const first = await begin()
  t.equal(kraftVersionOf(first), 0)
  await settle(raise(first))
  await settle(raise(first))
  t.equal(kraftVersionOf(first), 1)
  const directory = Buffer.from(first.logs.metadataDirectoryId, 'base64url').toString('hex')
  const written = [...readBatches(await textOf('00000000000000000000.log'))].slice(1).filter(({ records }) => {
    return records.some(({ controlType }) => controlType !== null)
  })
  const records = written.map((batch) =>
    batch.records.map(({ controlType, value }) => [controlType, value.toString('hex')]),
  )
  t.same(records, [RAISED_BY_APACHE.map(([type, hex]) => [type, hex.replace('<directory>', directory)])])
  t.match(JSON.parse(String(await textOf('quorum-state'))), { data_version: 0 }, 'of this epoch it says what it said')

  const second = await again('power')
  t.equal(kraftVersionOf(second), 1)
  t.match(JSON.parse(String(await textOf('quorum-state'))), { data_version: 1, leaderEpoch: 2 })
  for (let i = 0; i < 60; i++) await settle(createTopic(second, `t${i}`))
  await settle(stop(second))
  const names = await settle(node.process.environment.files.readDirectory(METADATA))
  t.ok(names.filter(isSnapshotFileName).length > 1, names.join(' '))
  const third = await again('kill')
  t.equal(kraftVersionOf(third), 1)
  t.equal(third.controller.metadata.image.topics.size, 60)
  const { quorum } = third.controller.metadata.image
  t.match(quorum.voters?.voters, [{ voterId: 1, endpoints: [{ name: 'CONTROLLER', host: '127.0.0.1', port: 41823 }] }])
})

t.test(
  'where the controller listens elsewhere, a new epoch says so; without a listener the address stays',
  async (t) => {
    const { begin, settle, node, world } = machine(13, CONTROLLER_LISTENER)
    const first = await begin()
    await settle(raise(first))
    await settle(stop(first))
    const portAt = async (properties: Record<string, string>) => {
      const running = await world.settle(start(node.process.environment, properties))
      const { quorum } = running.controller.metadata.image
      await settle(stop(running))
      return quorum.voters?.voters.map(({ endpoints }) => endpoints.map(({ port }) => port))
    }
    t.same(await portAt({}), [[41823]])
    t.same(await portAt({ ...CONTROLLER_LISTENER, listeners: 'PLAINTEXT://localhost:9092,CONTROLLER://:9999' }), [
      [9999],
    ])
    t.same(await portAt({}), [[9999]])
  },
)

t.test('a log that cannot be continued is refused with one sentence', async (t) => {
  const { begin, settle, node } = machine(10)
  const running = await begin()
  await settle(stop(running))
  const { files } = node.process.environment
  await settle(place(files, `${METADATA}/00000000000000001973-0000000012.checkpoint`, Buffer.from('torn')))
  node.crash('kill')
  node.start()
  await t.rejects(begin(), /is damaged: its end is missing/)
})

t.test('the snapshot that a directory was formatted with is done without once the log has begun', async (t) => {
  const { begin, again, settle, node } = machine(14)
  const first = await begin()
  await settle(createTopic(first, 'a'))
  await settle(stop(first))
  const { files } = node.process.environment
  const torn = (await settle(files.readFile(`${METADATA}/${BOOTSTRAP}`))).subarray(0, 90)
  await settle(place(files, `${METADATA}/${BOOTSTRAP}`, torn))
  const second = await again('power')
  t.same(namesIn(second.controller.metadata.image), ['a'])
  t.same([...second.controller.metadata.image.features], [...first.controller.metadata.image.features])

  const formatted = machine(15)
  await formatted.settle(place(formatted.node.process.environment.files, `${METADATA}/${BOOTSTRAP}`, torn))
  await t.rejects(formatted.begin(), /is damaged: its end is missing, .* Restore the file from a copy.$/)
})

/** Creates and deletes until it dies; tells what was acknowledged and what was asked for without an answer. */
async function work(running: Running, acknowledged: Set<string>, open: Set<string>): Promise<void> {
  for (let i = 0; i < 12; i++) {
    open.add(`t${i}`)
    await createTopic(running, `t${i}`)
    open.delete(`t${i}`)
    acknowledged.add(`t${i}`)
    if (i % 4 !== 3) continue
    open.add(`t${i - 1}`)
    acknowledged.delete(`t${i - 1}`)
    await deleteTopic(running, `t${i - 1}`)
    open.delete(`t${i - 1}`)
  }
}

for (const mode of ['kill', 'power'] as const) {
  t.test(`a crash (${mode}) at every effect keeps what was acknowledged`, async (t) => {
    const properties = { 'metadata.log.max.record.bytes.between.snapshots': '1000' }
    let crashes = 0
    for (let effects = 1; ; effects++) {
      const { world, node, again } = machine(`${mode} ${effects}`, properties)
      const acknowledged = new Set<string>()
      const open = new Set<string>()
      let isDone = false
      node.crashAfter(effects, mode)
      void start(node.process.environment, properties)
        .then((running) => work(running, acknowledged, open))
        .then(() => {
          isDone = true
        })
      await world.runUntil(() => isDone || !node.isUp, 'the end of the work or the crash')
      if (isDone) break
      crashes++
      const { controller } = await again(mode)
      const found = new Set(namesIn(controller.metadata.image))
      for (const name of acknowledged) if (!found.has(name)) t.fail(`${name} is gone, crash after ${effects}`)
      for (const name of found) {
        if (!acknowledged.has(name) && !open.has(name)) t.fail(`${name} has come back, crash after ${effects}`)
      }
    }
    t.ok(crashes > 50, `${crashes} crashes`)
  })
}

t.test(
  'a new directory is the one that kafka-storage format makes, at the level of the release asked for',
  async (t) => {
    const vectors: { file: string; hex: string }[] = facts('vectors', 'MetaFiles.json')
    const bootstraps = vectors.filter(({ file }) => file === BOOTSTRAP).map(({ hex }) => hex)
    for (const [release, expected] of [
      ['3.3', bootstraps[0]],
      [undefined, bootstraps[1]],
    ] as const) {
      const { begin, settle, node } = machine(10, release === undefined ? {} : { 'samsa.release.version': release })
      const running = await begin()
      const bytes = await settle(node.process.environment.files.readFile(`${METADATA}/${BOOTSTRAP}`))
      t.equal(timeless(bytes), timeless(Buffer.from(expected, 'hex')), release ?? 'the newest')
      await settle(stop(running))
    }
  },
)

t.test('a release asked for changes nothing in a directory that has a level', async (t) => {
  const { world, node, begin, settle } = machine(11, { 'samsa.release.version': '4.3' })
  const levels = ({ controller }: Running) => controller.metadata.image.features
  const running = await begin()
  t.equal(levels(running).get('metadata.version'), 30)
  t.equal(levels(running).get('share.version'), 1)
  await settle(stop(running))
  const again = await world.settle(start(node.process.environment))
  t.equal(levels(again).get('metadata.version'), 30)
  await settle(stop(again))
})

const BOOTSTRAP = '00000000000000000000-0000000000.checkpoint'

/** The batches without their times, and the checksums that go with these. */
function timeless(bytes: Buffer): string {
  const batches = [...readBatches(bytes)].map(({ baseOffset, lastOffset, epoch, records }) => ({
    baseOffset,
    lastOffset,
    epoch,
    records: records.map(({ controlType, value }) => [controlType, controlType === 3 ? '' : value.toString('hex')]),
  }))
  return JSON.stringify(batches)
}
