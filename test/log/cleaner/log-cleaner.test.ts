/** When logs are cleaned, and what stops it, on virtual time. What is left of a log is judged by test/golden/cleaner. */
import t from 'tap'
import { readCommitted } from '../../../proof/log/cleaner/read-committed.ts'
import { ANY_TIME, append, quiet, TOPIC_ID } from '../../../proof/log/support.ts'
import type { SimDisk } from '../../../proof/sim/disk.ts'
import { World } from '../../../proof/sim/world.ts'
import { buildBatch } from '../../../protocol/records/build.ts'
import type { Environment } from '../../../src/env/index.ts'
import { type CleanerSettings, DEFAULT_CLEANER_SETTINGS } from '../../../src/log/cleaner/cleaner-settings.ts'
import { DEFAULT_LOG_CONFIG, type LogConfig } from '../../../src/log/log-config.ts'
import { LogManager } from '../../../src/log/manager/log-manager.ts'
import type { PartitionLog } from '../../../src/log/partition-log.ts'
import { SoleReplica } from '../../../src/log/replica.ts'

const COMPACTED: LogConfig = {
  ...DEFAULT_LOG_CONFIG,
  ...ANY_TIME,
  compact: true,
  delete: false,
  segmentBytes: 2000,
  fileDeleteDelayMs: 1000,
}
const LONGEST_STORY_MS = 24 * 3_600_000
const CHECKPOINT = '/data/cleaner-offset-checkpoint'

interface Machine {
  env: Environment
  disk: SimDisk
  manager: LogManager
  /** Lets virtual time pass. */
  wait(ms: number): Promise<void>
  create(topic: string, config?: Partial<LogConfig>): Promise<PartitionLog>
}

/** Runs `story` on a machine of its own; the cleaner looks every 15 s, as by default. */
async function onMachine(settings: Partial<CleanerSettings> | null, story: (machine: Machine) => Promise<void>) {
  const world = new World(1)
  let done = false
  const node = world.spawn('broker', () => {})
  node.crash('kill')
  node.start(async (env) => {
    const manager = await LogManager.open({
      environment: env,
      logger: quiet,
      logDirectories: ['/data'],
      nodeId: 1,
      clusterId: null,
      cleaner: settings === null ? null : { ...DEFAULT_CLEANER_SETTINGS, ...settings },
    })
    await manager.loadLogs({ configOf: () => COMPACTED, isKnown: () => true, topicIdOf: () => undefined })
    const wait = (ms: number) => new Promise<void>((resolve) => env.clock.schedule(ms, resolve))
    const create = async (topic: string, config: Partial<LogConfig> = {}) => {
      const log = await manager.createLog(topic, 0, { topicId: TOPIC_ID, config: { ...COMPACTED, ...config } })
      log.attach(new SoleReplica(log))
      return log
    }
    await story({ env, disk: node.disk, manager, wait, create })
    await manager.stop(1)
    done = true
  })
  await world.runUntil(() => done, 'the story', LONGEST_STORY_MS)
}

/** `count` records of 1,000 bytes, one a batch, over and over the same `keys`; the last one is in the active segment. */
async function write(log: PartitionLog, count: number, keys = 3, timestamp = 1_700_000_000_000): Promise<void> {
  for (let i = 0; i < count; i++) {
    const value = Buffer.from(`${i}`.padEnd(1000))
    await append(log, buildBatch({}, [{ key: Buffer.from(`key-${i % keys}`), value, timestamp }]))
  }
}

const offsets = async (log: PartitionLog) => (await readCommitted(log)).map(({ offset }) => offset)
const checkpoint = async ({ env }: Machine) => String(await env.files.readFile(CHECKPOINT))

t.test('a dirty log is cleaned, and its checkpoint says up to where', async (t) => {
  await onMachine({}, async (machine) => {
    const log = await machine.create('t')
    await write(log, 11)
    await machine.wait(20_000)
    t.same(await offsets(log), [7, 8, 9, 10])
    t.equal(await checkpoint(machine), '0\n1\nt 0 10\n')
    t.equal(log.logStartOffset, 0)

    await write(log, 1)
    await machine.wait(30_000)
    t.same(await offsets(log), [7, 8, 9, 10, 11], 'a third of it is dirty: not worth it')
  })
})

t.test('what is not compacted, or too young, or on a broker without a cleaner, stays', async (t) => {
  await onMachine({}, async ({ env, create, wait }) => {
    const plain = await create('plain', { compact: false })
    const young = await create('young', { minCompactionLagMs: 3_600_000 })
    await write(plain, 9)
    await write(young, 9, 3, env.clock.nowMs())
    await wait(40_000)
    t.equal((await offsets(plain)).length, 9)
    t.equal((await offsets(young)).length, 9)
    await wait(3_600_000)
    t.same(await offsets(young), [5, 6, 7, 8])
  })
  await onMachine(null, async ({ create, wait }) => {
    const log = await create('t')
    await write(log, 9)
    await wait(60_000)
    t.equal((await offsets(log)).length, 9)
  })
})

t.test('max.compaction.lag.ms cleans a log that is not worth it', async (t) => {
  await onMachine({}, async ({ env, create, wait }) => {
    const log = await create('t', { minCleanableDirtyRatio: 1, maxCompactionLagMs: 60_000 })
    await write(log, 9, 3, env.clock.nowMs())
    await wait(40_000)
    t.equal((await offsets(log)).length, 9)
    await wait(40_000)
    t.same(await offsets(log), [5, 6, 7, 8])
  })
})

t.test('compact,delete: what is old goes, with the segments that are before the log start offset', async (t) => {
  await onMachine({}, async ({ env, create, wait }) => {
    const log = await create('t', { delete: true, retentionMs: 100_000 })
    await write(log, 9, 9, env.clock.nowMs())
    await wait(60_000)
    t.equal((await offsets(log)).length, 9, 'no key is there twice')
    await wait(80_000)
    t.equal(log.logStartOffset, 9)
    const other = await create('other')
    await write(other, 9, 9)
    await other.deleteRecordsBefore(5)
    await wait(60_000)
    t.equal(other.state.segments.first.baseOffset, 5, 'without delete, too')
  })
})

t.test('truncation takes the checkpoint back, deletion takes it away', async (t) => {
  await onMachine({}, async (machine) => {
    const log = await machine.create('t')
    await write(log, 11)
    await machine.wait(20_000)
    await log.truncateTo(9)
    t.equal(await checkpoint(machine), '0\n1\nt 0 9\n')
    await write(log, 7)
    await machine.wait(30_000)
    t.same(await offsets(log), [12, 13, 14, 15], 'and what came after it is cleaned')
    await machine.manager.deleteLog('t', 0)
    t.equal(await checkpoint(machine), '0\n0\n')
  })
})

t.test('a change that a cleaning must not see aborts it, and waits for its end', async (t) => {
  await onMachine({ ioMaxBytesPerSecond: 1000 }, async (machine) => {
    const { manager, wait, create } = machine
    const log = await create('t')
    await write(log, 12)
    await wait(16_000)
    await log.truncateTo(8)
    t.same(await offsets(log), [0, 1, 2, 3, 4, 5, 6, 7])
    const left = (await machine.env.files.readDirectory(log.directory)).filter((name) => /cleaned|swap/.test(name))
    t.same(left, [])
    await wait(15_000)
    const cleaning = manager.cleaner!
    t.notOk(cleaning.isUncleanable(log))
    manager.updateConfig('t', { ...COMPACTED, compact: false })
    await wait(200_000)
    t.same(await offsets(log), [0, 1, 2, 3, 4, 5, 6, 7], 'cleanup.policy is delete now')
  })
})

t.test('the throttle holds for reading and writing together', async (t) => {
  await onMachine({ ioMaxBytesPerSecond: 1000 }, async ({ create, wait }) => {
    const log = await create('t')
    await write(log, 13)
    // 12 batches of some 1,070 bytes are read to see what is in them, and once more to be cleaned, one after another.
    await wait(15_000 + 12_000)
    t.equal((await offsets(log)).length, 13)
    await wait(7_000)
    t.equal((await offsets(log)).length, 7)
    await wait(10_000)
    t.same(await offsets(log), [9, 10, 11, 12])
  })
})

t.test('a damaged batch makes its log uncleanable, and the others are cleaned', async (t) => {
  await onMachine({}, async ({ env, manager, create, wait }) => {
    const damaged = await create('damaged')
    const sound = await create('sound')
    await write(damaged, 9)
    await write(sound, 9)
    await damaged.flush()
    const file = await env.files.open(damaged.state.segments.first.path, 'write')
    await new Promise<void>((resolve, reject) => {
      file.write([Buffer.from('?')], 100, (error) => (error === null ? resolve() : reject(error)))
    })
    await wait(60_000)
    t.ok(manager.cleaner!.isUncleanable(damaged))
    t.equal(damaged.state.segments.count, 9, 'nothing of it has been touched')
    t.same(await offsets(sound), [5, 6, 7, 8])
  })
})

t.test('a full disk leaves the log as it is, and it is cleaned when there is room', async (t) => {
  await onMachine({}, async ({ env, disk, manager, create, wait }) => {
    const log = await create('t')
    await append(log, buildBatch({}, [{ key: Buffer.from('stays'), value: Buffer.alloc(1000), timestamp: 0 }]))
    await write(log, 9)
    await log.flush()
    const { usableBytes } = await env.files.space('/data')
    disk.capacityBytes -= usableBytes - 1000
    await wait(60_000)
    t.equal((await offsets(log)).length, 10)
    t.notOk(log.offline)
    t.notOk(manager.cleaner!.isUncleanable(log))
    disk.capacityBytes += 1 << 20
    await wait(20_000)
    t.same(await offsets(log), [0, 6, 7, 8, 9])
  })
})

t.test('a failing disk takes its directory offline', async (t) => {
  await onMachine({}, async ({ disk, create, wait }) => {
    const log = await create('t')
    await write(log, 9)
    disk.failNext('sync', 'EIO', /\.cleaned$/, 1)
    await wait(20_000)
    t.ok(log.offline)
  })
})

t.test('settings may change while it runs', async (t) => {
  await onMachine({ backoffMs: 3_600_000 }, async ({ manager, create, wait }) => {
    const log = await create('t')
    await write(log, 9)
    await wait(60_000)
    t.equal((await offsets(log)).length, 9)
    manager.cleaner!.configure({ ...DEFAULT_CLEANER_SETTINGS, threads: 2 })
    await wait(1000)
    t.same(await offsets(log), [5, 6, 7, 8])
  })
})
