/** Replicas that move between directories (KIP-113), on virtual time, with crashes at every effect. */
import t from 'tap'
import { ANY_TIME, append, quiet, readValues, records, TOPIC_ID } from '../../../proof/log/support.ts'
import { World } from '../../../proof/sim/world.ts'
import { ErrorCode } from '../../../protocol/errors.ts'
import type { Environment } from '../../../src/env/index.ts'
import { DEFAULT_LOG_CONFIG } from '../../../src/log/log-config.ts'
import { LogManager } from '../../../src/log/manager/log-manager.ts'
import type { PartitionLog } from '../../../src/log/partition-log.ts'
import { SoleReplica } from '../../../src/log/replica.ts'
import { repetitions } from '../../support/repetitions.ts'

const CONFIG = { ...DEFAULT_LOG_CONFIG, ...ANY_TIME, segmentBytes: 600, fileDeleteDelayMs: 1000, indexIntervalBytes: 0 }
const DURABLE = { ...CONFIG, flushMessages: 1 }
const SEEDS = Number(process.env.SAMSA_SIM_SEEDS ?? repetitions(10))

async function open(env: Environment, moveBytesPerSecond?: number, config = CONFIG): Promise<LogManager> {
  const manager = await LogManager.open({
    environment: env,
    logger: quiet,
    logDirectories: ['/one', '/two'],
    nodeId: 1,
    clusterId: null,
    moveBytesPerSecond,
  })
  await manager.loadLogs({ configOf: () => config, isKnown: () => true, topicIdOf: () => undefined })
  return manager
}

function lead(log: PartitionLog): PartitionLog {
  log.attach(new SoleReplica(log))
  return log
}

async function onMachine(
  story: (env: Environment, wait: (ms: number) => Promise<void>) => Promise<void>,
): Promise<void> {
  const world = new World(1)
  let done = false
  const node = world.spawn('broker', () => {})
  node.crash('kill')
  node.start(async (env) => {
    await story(env, (ms) => new Promise((resolve) => env.clock.schedule(ms, resolve)))
    done = true
  })
  await world.runUntil(() => done, 'the story')
}

const values = (from: number, count: number) => Array.from({ length: count }, (_, i) => `value-${from + i}`.padEnd(100))
const directoriesOf = async (env: Environment) => {
  const names = [...(await env.files.readDirectory('/one')), ...(await env.files.readDirectory('/two'))]
  return names.filter((name) => name.startsWith('t-')).map((name) => name.replace(/[0-9a-f]{32}/, 'id'))
}

t.test('a log moves while it is written, and is the same afterwards', async (t) => {
  await onMachine(async (env, wait) => {
    const manager = await open(env, 2000)
    const log = lead(await manager.createLog('t', 0, { topicId: TOPIC_ID, config: CONFIG }))
    const source = manager.directoryOf(log)!.path
    const target = source === '/one' ? '/two' : '/one'
    for (let i = 0; i < 40; i++) await append(log, records(values(i, 1)))
    await log.deleteRecordsBefore(3)
    await manager.moves.alter('t', 0, target)
    t.same((await directoriesOf(env)).sort(), ['t-0', 't-0.id-future'])
    t.ok(manager.moves.moveOf(log), 'throttled, so that it takes some seconds')
    for (let i = 40; i < 50; i++) await append(log, records(values(i, 1)))
    await wait(10_000)
    t.equal(manager.directoryOf(log)!.path, target)
    t.equal(log.directory, `${target}/t-0`)
    t.same(await directoriesOf(env), ['t-0'], 'the old one has gone after file.delete.delay.ms')
    for (let i = 50; i < 60; i++) await append(log, records(values(i, 1)))
    t.same(await readValues(log), values(3, 57))
    await manager.stop(1)
    const again = await open(env)
    t.equal(again.getLog('t', 0)!.logStartOffset, 3)
    t.same(await readValues(again.getLog('t', 0)!), values(3, 57))
    await again.stop(2)
  })
})

t.test('another target, a truncation and a deletion end a move', async (t) => {
  await onMachine(async (env, wait) => {
    const manager = await open(env, 1000)
    const log = lead(await manager.createLog('t', 0, { topicId: TOPIC_ID, config: CONFIG }))
    const source = manager.directoryOf(log)!.path
    const target = source === '/one' ? '/two' : '/one'
    for (let i = 0; i < 40; i++) await append(log, records(values(i, 1)))
    await manager.moves.alter('t', 0, target)
    await wait(2000)
    await manager.moves.alter('t', 0, source)
    t.same(await directoriesOf(env), ['t-0'], 'back to where it is: the copy is removed')
    await manager.moves.alter('t', 0, target)
    await wait(2000)
    await log.truncateTo(5)
    for (let i = 5; i < 8; i++) await append(log, records(values(100 + i, 1)))
    await wait(20_000)
    t.equal(manager.directoryOf(log)!.path, target)
    t.same(await readValues(log), [...values(0, 5), ...values(105, 3)])
    await manager.moves.alter('t', 0, source)
    await manager.deleteLog('t', 0)
    await wait(2000)
    t.same(await directoriesOf(env), [])
    await manager.stop(1)
  })
})

t.test('what cannot be moved is refused as Kafka does', async (t) => {
  await onMachine(async (env) => {
    const manager = await open(env)
    const refused = (topic: string, path: string) =>
      manager.moves.alter(topic, 0, path).then(
        () => 0,
        ({ code }) => code,
      )
    t.equal(await refused('t', '/three'), ErrorCode.LOG_DIR_NOT_FOUND)
    t.equal(await refused('x'.repeat(240), '/one'), ErrorCode.INVALID_TOPIC_EXCEPTION)
    t.equal(await refused('t', '/two'), ErrorCode.REPLICA_NOT_AVAILABLE)
    const log = await manager.createLog('t', 0, { topicId: TOPIC_ID, config: CONFIG })
    t.equal(manager.directoryOf(log)!.path, '/two', 'and is remembered for when it comes')
    t.equal(await refused('t', '/two'), 0)
    manager.directoryFailed(manager.allDirectories[0], new Error('gone'))
    t.equal(await refused('t', '/one'), ErrorCode.KAFKA_STORAGE_ERROR)
    await manager.stop(1)
  })
})

/** Moves back and forth under load; whatever the crash, what was acknowledged is there, once. */
async function crashStory(seed: number): Promise<number> {
  const world = new World(seed)
  const node = world.spawn('broker', () => {})
  node.crash('kill')
  const acknowledged: string[] = []
  let moves = 0
  for (let life = 0; life < 6; life++) {
    let done = false
    node.start(async (env) => {
      const manager = await open(env, undefined, DURABLE)
      const known = manager.getLog('t', 0)
      const log = lead(known ?? (await manager.createLog('t', 0, { topicId: TOPIC_ID, config: DURABLE })))
      const found = await readValues(log)
      const lost = acknowledged.find((value, i) => found[i] !== value)
      if (lost !== undefined) throw new Error(`${lost.trim()} is not where it was`)
      // Records whose append was not answered before the crash count from now on.
      await log.flush()
      acknowledged.splice(0, acknowledged.length, ...found)
      for (let i = 0; i < 20; i++) {
        const path = manager.directoryOf(log)!.path
        if (i % 5 === 0) await manager.moves.alter('t', 0, path === '/one' ? '/two' : '/one')
        const [value] = values(acknowledged.length, 1)
        await append(log, records([`${value} ${life}`]))
        acknowledged.push(`${value} ${life}`)
        if (manager.directoryOf(log)!.path !== path) moves++
      }
      done = true
    })
    const mode = (seed + life) % 2 === 0 ? 'kill' : 'power'
    node.crashAfter(30 + ((seed * 37 + life * 101) % 500), mode)
    await world.runUntil(() => done || !node.isUp, `life ${life}`)
    if (node.isUp) node.crash(mode)
  }
  return moves
}

t.test(`crashes in ${SEEDS} stories`, { timeout: 3_600_000 }, async (t) => {
  let moves = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      moves += await crashStory(seed)
    } catch (error) {
      t.fail(`seed ${seed}: ${(error as Error).stack}`)
      break
    }
  }
  t.ok(moves > 0, `${moves} moves were seen to end`)
})
