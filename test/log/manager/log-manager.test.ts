import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  ANY_TIME,
  append,
  appendAsGiven,
  quiet,
  readValues,
  records,
  TOPIC_ID,
  temporaryDirectory,
} from '../../../proof/log/support.ts'
import { ErrorCode } from '../../../protocol/errors.ts'
import { nodeEnvironment } from '../../../src/env/node/index.ts'
import { DEFAULT_LOG_CONFIG, type LogConfig } from '../../../src/log/log-config.ts'
import { LogManager, type LogManagerOptions } from '../../../src/log/manager/log-manager.ts'

const CLUSTER_ID = 'ZgvxRFT2RyKr9uFDd5aCMQ'
const OTHER_TOPIC_ID = 'J8b4mYMsAErIjwb4DUvPAw'
const config: LogConfig = { ...DEFAULT_LOG_CONFIG, ...ANY_TIME, fileDeleteDelayMs: 0 }

const options = (path: string, more: Partial<LogManagerOptions> = {}): LogManagerOptions => ({
  environment: nodeEnvironment(),
  logger: quiet,
  logDirectories: [path],
  nodeId: 1,
  clusterId: CLUSTER_ID,
  ...more,
})

/** Resolves to the error that refuses `open`; the test fails if it is not refused. */
const refusal = async (refused: LogManagerOptions): Promise<{ problem?: string; message?: string }> => {
  try {
    await (await LogManager.open(refused)).stop(0)
    return {}
  } catch (error) {
    return error as Error
  }
}

const load = (manager: LogManager, topicId = TOPIC_ID) =>
  manager.loadLogs({
    configOf: () => config,
    isKnown: (_topic, _partition, id) => id === topicId,
    topicIdOf: () => undefined,
  })

t.test('logs are there again after a clean stop, and nothing is recovered', async (t) => {
  const path = temporaryDirectory(t)
  const manager = await LogManager.open(options(path))
  await load(manager)
  const log = await manager.createLog('orders', 0, { topicId: TOPIC_ID, config })
  await append(log, records(['a', 'b']))
  await log.deleteRecordsBefore(1)
  t.equal(
    readFileSync(join(path, 'log-start-offset-checkpoint'), 'utf8'),
    '0\n1\norders 0 1\n',
    'durable once answered',
  )
  await manager.stop(42)
  t.equal(readFileSync(join(path, '.kafka_cleanshutdown'), 'utf8'), '{"version":0,"brokerEpoch":42}')
  t.equal(readFileSync(join(path, 'recovery-point-offset-checkpoint'), 'utf8'), '0\n1\norders 0 2\n')

  const again = await LogManager.open(options(path, { clusterId: null }))
  t.equal(again.clusterId, CLUSTER_ID)
  await load(again)
  t.equal(again.hadCleanShutdown, true)
  t.equal(again.previousBrokerEpoch, 42n)
  t.notOk(existsSync(join(path, '.kafka_cleanshutdown')))
  t.same(await readValues(again.getLog('orders', 0)!), ['b'])
  await again.stop(43)
})

t.test('a start that is given up before the logs are loaded does not say that they were closed', async (t) => {
  const path = temporaryDirectory(t)
  const manager = await LogManager.open(options(path))
  await load(manager)
  await append(await manager.createLog('orders', 0, { topicId: TOPIC_ID, config }), records(['a']))
  await manager.stop(42)
  // As a crash leaves the directory.
  rmSync(join(path, '.kafka_cleanshutdown'))
  await (await LogManager.open(options(path))).stop(43)
  t.notOk(existsSync(join(path, '.kafka_cleanshutdown')))
  t.equal(readFileSync(join(path, 'recovery-point-offset-checkpoint'), 'utf8'), '0\n1\norders 0 1\n')
})

t.test('the snapshots of earlier stops are only in the way, and do not become many', async (t) => {
  const path = temporaryDirectory(t)
  const snapshots = () => readdirSync(join(path, 'orders-0')).filter((name) => name.endsWith('.snapshot'))
  const stopped: number[] = []
  for (let life = 0; life < 8; life++) {
    const manager = await LogManager.open(options(path))
    await load(manager)
    const log = await manager.createLog('orders', 0, { topicId: TOPIC_ID, config })
    await append(log, records(['a'], { producerId: 7, producerEpoch: 0, baseSequence: life }))
    await manager.stop(life)
    stopped.push(snapshots().length)
  }
  t.same(stopped, [1, 2, 3, 4, 5, 6, 2, 3])

  const checking = {
    initialTaskDelayMs: 0,
    retentionCheckIntervalMs: 5,
    producerIdExpirationMs: Number.POSITIVE_INFINITY,
  }
  const manager = await LogManager.open(options(path, checking))
  await load(manager)
  const log = manager.getLog('orders', 0)!
  while (snapshots().length > 1) await new Promise((resolve) => setTimeout(resolve, 5))
  t.same(snapshots(), ['00000000000000000008.snapshot'], 'the periodic check leaves the one that a start needs')
  t.same((await append(log, records(['a'], { producerId: 7, producerEpoch: 0, baseSequence: 7 }))).duplicate, true)
  await manager.stop(9)
})

t.test('a deleted log is renamed, its name can be used again, and its offsets are forgotten', async (t) => {
  const path = temporaryDirectory(t)
  const manager = await LogManager.open(options(path))
  await load(manager)
  const long = 'x'.repeat(249)
  for (const topic of ['orders', long]) {
    const log = await manager.createLog(topic, 0, { topicId: TOPIC_ID, config })
    await append(log, records(['old']))
    await log.deleteRecordsBefore(1)
    await manager.deleteLog(topic, 0)
    t.equal(manager.getLog(topic, 0), undefined)
    t.notOk(existsSync(join(path, `${topic}-0`)))
    await t.rejects(append(log, records(['late'])), { code: ErrorCode.KAFKA_STORAGE_ERROR })
  }
  const renamed = readdirSync(path).filter((name) => name.endsWith('-delete'))
  t.ok(renamed.every((name) => /^(orders|x+)-0\.[0-9a-f]{32}-delete$/.test(name) && name.length <= 255))
  const log = await manager.createLog('orders', 0, { topicId: OTHER_TOPIC_ID, config })
  t.equal(log.logEndOffset, 0)
  t.equal(readFileSync(join(path, 'log-start-offset-checkpoint'), 'utf8'), '0\n0\n')
  await t.rejects(manager.createLog('orders', 0, { topicId: TOPIC_ID, config }), {
    code: ErrorCode.INCONSISTENT_TOPIC_ID,
  })
  await manager.stop(1)
})

t.test('leftovers at the start: deleted directories go, unknown partitions are put aside', async (t) => {
  const path = temporaryDirectory(t)
  const manager = await LogManager.open(options(path))
  await load(manager)
  await manager.createLog('known', 0, { topicId: TOPIC_ID, config })
  await manager.createLog('unknown', 0, { topicId: OTHER_TOPIC_ID, config })
  await manager.stop(1)
  mkdirSync(join(path, `gone-0.${'0'.repeat(32)}-delete`))
  const again = await LogManager.open(options(path))
  await load(again)
  const names = readdirSync(path)
  t.ok(again.getLog('known', 0))
  t.notOk(again.getLog('unknown', 0))
  t.ok(names.some((name) => /^unknown-0\.[0-9a-f]{32}-stray$/.test(name)))
  t.notOk(names.some((name) => name.endsWith('-delete')))
  await again.stop(1)
})

t.test('several directories: new logs go where the fewest are, or where they are told to', async (t) => {
  const [first, second] = [temporaryDirectory(t), temporaryDirectory(t)]
  const manager = await LogManager.open(options(first, { logDirectories: [first, second] }))
  await load(manager)
  const ids = manager.directories.map(({ id }) => id)
  t.not(ids[0], ids[1])
  const homes: string[] = []
  for (let partition = 0; partition < 4; partition++) {
    homes.push((await manager.createLog('t', partition, { topicId: TOPIC_ID, config })).directory)
  }
  t.equal(homes.filter((home) => home.startsWith(first)).length, 2)
  const told = await manager.createLog('t', 9, { topicId: TOPIC_ID, config, directoryId: ids[1] })
  t.ok(told.directory.startsWith(second))
  await manager.stop(1)
})

t.test('a failed disk takes its directory offline and leaves the other one', async (t) => {
  const [first, second] = [temporaryDirectory(t), temporaryDirectory(t)]
  const failures: [string, number][] = []
  const onDirectoryFailure = (directory: string, _error: Error, remaining: number) =>
    failures.push([directory, remaining])
  const manager = await LogManager.open(options(first, { logDirectories: [first, second], onDirectoryFailure }))
  await load(manager)
  const [broken, other] = await Promise.all(
    [0, 1].map((i) => manager.createLog('t', i, { topicId: TOPIC_ID, config, directoryId: manager.directories[i].id })),
  )
  broken.state.fail(new Error('EIO'))
  t.same(failures, [[first, 1]])
  await t.rejects(append(broken, records(['a'])), { code: ErrorCode.KAFKA_STORAGE_ERROR })
  t.throws(() => broken.read(0, { maxBytes: 1, upToOffset: 0, minOneBatch: true }), {
    code: ErrorCode.KAFKA_STORAGE_ERROR,
  })
  t.equal((await append(other, records(['b']))).firstOffset, 0)
  await manager.stop(1)
  t.notOk(existsSync(join(first, '.kafka_cleanshutdown')))
  t.ok(existsSync(join(second, '.kafka_cleanshutdown')))
})

t.test('what keeps a broker from starting is one clear sentence, and nothing is touched', async (t) => {
  const path = temporaryDirectory(t)
  const manager = await LogManager.open(options(path))
  t.match(await refusal(options(path)), { problem: 'locked', message: /in use by another broker/ })
  await manager.stop(1)
  const meta = join(path, 'meta.properties')
  const before = readFileSync(meta, 'utf8')
  t.match(await refusal(options(path, { clusterId: 'AnotherClusterId000000' })), { problem: 'wrong cluster' })
  t.match(await refusal(options(path, { nodeId: 2 })), { problem: 'wrong node', message: /node\.id=1/ })
  t.equal(readFileSync(meta, 'utf8'), before)
  writeFileSync(meta, before.replace('version=1', 'version=2'))
  t.match(await refusal(options(path)), { problem: 'newer version' })
  const copy = temporaryDirectory(t)
  writeFileSync(meta, before)
  writeFileSync(join(copy, 'meta.properties'), before)
  t.match(await refusal(options(path, { logDirectories: [path, copy] })), { problem: 'duplicate' })
  const file = join(path, 'a-file')
  writeFileSync(file, '')
  t.match(await refusal(options(file)), { problem: 'not usable' })
})

t.test('the metadata log is recovered at every start', async (t) => {
  const path = temporaryDirectory(t)
  for (let start = 0; start < 3; start++) {
    const manager = await LogManager.open(options(path))
    const log = await manager.openMetadataLog(config)
    t.equal(log.directory, join(path, '__cluster_metadata-0'))
    t.equal(log.logEndOffset, start)
    const batch = records(['x'], { baseOffset: start, partitionLeaderEpoch: start + 1 })
    t.equal((await appendAsGiven(log, batch)).firstOffset, start)
    t.equal(log.latestEpoch, start + 1)
    await log.flush()
    await manager.stop(1)
  }
})
