/**
 * The log on the simulated disk: crashes at every kind of point, lost pages, full and failing disks. A life opens the
 * data directory, checks what it finds against what earlier lives were promised, and goes on writing.
 */
import t from 'tap'
import { ErrorCode, type KafkaError } from '../../protocol/errors.ts'
import type { DecodedRecord } from '../../protocol/records/decode.ts'
import type { Environment } from '../../src/env/index.ts'
import { DEFAULT_LOG_CONFIG } from '../../src/log/log-config.ts'
import { LogManager } from '../../src/log/log-manager.ts'
import type { PartitionLog } from '../../src/log/partition-log.ts'
import type { SimDisk } from '../sim/disk.ts'
import type { CrashMode } from '../sim/process.ts'
import { SeededRandom } from '../sim/random.ts'
import { World } from '../sim/world.ts'
import { ANY_TIME, quiet, readAll, records, TOPIC_ID } from './support.ts'

const FIRST_SEED = Number(process.env.SAMSA_SIM_SEED ?? 1)
const SEEDS = Number(process.env.SAMSA_SIM_SEEDS ?? 100)
const LIVES = 6
const BATCHES_PER_LIFE = 25
const PRODUCERS = 3

/** A batch that was sent and not answered: its producer sends it again in its next life. */
interface Sent {
  producer: number
  baseSequence: number
  values: string[]
}

class History {
  /** By offset. */
  acknowledged = new Map<number, string>()
  /** Everything before it was durable when it was promised to be. */
  durableUpTo = 0
  logStartOffset = 0
  /** A producer id is never used again after a power failure, which may have taken back what it was told. */
  generation = 0
  nextSequence = new Array<number>(PRODUCERS).fill(0)
  unanswered: Sent[] = []
  counter = 0
  /** Since the log was last looked at. */
  powerFailed = false

  lostPower(): void {
    this.powerFailed = true
    this.generation++
    this.nextSequence.fill(0)
    this.unanswered = []
  }

  check(found: readonly DecodedRecord[], log: PartitionLog, mode: CrashMode | 'stop'): void {
    const problem = this.#problem(found, log, mode)
    if (problem !== null) throw new Error(`after ${mode}: ${problem}`)
    for (const offset of this.acknowledged.keys()) if (offset >= log.logEndOffset) this.acknowledged.delete(offset)
    this.powerFailed = false
  }

  #problem(found: readonly DecodedRecord[], log: PartitionLog, mode: CrashMode | 'stop'): string | null {
    if (log.logStartOffset < this.logStartOffset) return `starts at ${log.logStartOffset}, not ${this.logStartOffset}`
    const values = new Set<string>()
    for (const [i, record] of found.entries()) {
      const offset = log.logStartOffset + i
      if (Number(record.offset) !== offset) return `offset ${record.offset} where ${offset} should be`
      const value = String(record.value)
      const promised = this.acknowledged.get(offset)
      if (promised !== undefined && promised !== value)
        return `${value} at ${offset}, where ${promised} was acknowledged`
      if (values.has(value)) return `${value} twice`
      values.add(value)
    }
    const end = log.logStartOffset + found.length
    if (end !== log.logEndOffset) return `ends at ${log.logEndOffset}, and ${end} can be read`
    if (end < this.durableUpTo) return `ends at ${end}, and ${this.durableUpTo} was durable`
    if (mode === 'power') return null
    const last = Math.max(-1, ...this.acknowledged.keys())
    return end <= last ? `ends at ${end}, and ${last} was acknowledged` : null
  }
}

interface Setting {
  segmentBytes: number
  flushMessages: number
}

async function live(
  env: Environment,
  random: SeededRandom,
  history: History,
  setting: Setting,
  mode: CrashMode | 'stop',
) {
  const failed = { disk: false }
  const manager = await LogManager.open({
    environment: env,
    logger: quiet,
    logDirectories: ['/data'],
    nodeId: 1,
    clusterId: null,
    initialTaskDelayMs: 50,
    flushOffsetCheckpointIntervalMs: 40,
    retentionCheckIntervalMs: 60,
    onDirectoryFailure: () => {
      failed.disk = true
    },
  })
  const config = { ...DEFAULT_LOG_CONFIG, ...ANY_TIME, ...setting, indexIntervalBytes: 100, fileDeleteDelayMs: 20 }
  await manager.loadLogs({ configOf: () => config, isKnown: () => true, topicIdOf: () => TOPIC_ID })
  if (failed.disk) return manager
  const log = manager.getLog('t', 0) ?? (await manager.createLog('t', 0, { topicId: TOPIC_ID, config }))
  history.check(await readAll(log), log, mode)
  for (const sent of history.unanswered.splice(0)) await send(log, history, sent, setting)
  for (let i = 0; i < BATCHES_PER_LIFE && !failed.disk; i++) await act(log, history, random, setting)
  return manager
}

async function act(log: PartitionLog, history: History, random: SeededRandom, setting: Setting): Promise<void> {
  if (random.chance(0.1)) {
    const end = log.logEndOffset
    await log.flush().then(
      () => {
        history.durableUpTo = Math.max(history.durableUpTo, end)
      },
      () => {},
    )
  } else if (random.chance(0.07)) {
    const target = log.logStartOffset + random.integer(log.highWatermark - log.logStartOffset + 1)
    await log.deleteRecordsBefore(target).then(
      (start) => {
        history.logStartOffset = Math.max(history.logStartOffset, start)
      },
      () => {},
    )
  } else if (random.chance(0.05)) {
    await log.roll().catch(() => {})
  }
  const producer = random.integer(PRODUCERS)
  const values = Array.from(
    { length: 1 + random.integer(4) },
    () => `value-${history.counter++}-${'x'.repeat(random.integer(60))}`,
  )
  const sent = { producer, baseSequence: history.nextSequence[producer], values }
  history.nextSequence[producer] += values.length
  const answered = send(log, history, sent, setting)
  if (random.chance(0.5)) await answered
}

/** Resolves when the batch has been answered; until then, and for ever if a crash comes first, it is unanswered. */
function send(log: PartitionLog, history: History, sent: Sent, setting: Setting): Promise<void> {
  history.unanswered.push(sent)
  const producerId = history.generation * PRODUCERS + sent.producer
  const batch = records(sent.values, { producerId, producerEpoch: 0, baseSequence: sent.baseSequence })
  return new Promise((resolve, reject) => {
    log.appendAsLeader(
      batch,
      { leaderEpoch: history.generation, origin: 'client' },
      (error: KafkaError | null, result) => {
        if (error === null) {
          history.unanswered = history.unanswered.filter((other) => other !== sent)
          for (const [i, value] of sent.values.entries()) history.acknowledged.set(result!.firstOffset + i, value)
          if (setting.flushMessages === 1) history.durableUpTo = Math.max(history.durableUpTo, result!.lastOffset + 1)
        } else if (
          error.code !== ErrorCode.KAFKA_STORAGE_ERROR &&
          error.code !== ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
        ) {
          // What follows a refused batch of the same producer is out of order until that is sent again.
          return reject(error)
        }
        resolve()
      },
    )
  })
}

async function story(seed: number): Promise<void> {
  const world = new World(seed)
  const random = new SeededRandom(`log ${seed}`)
  const history = new History()
  const setting = {
    segmentBytes: random.pick([700, 3000, 1 << 20]),
    flushMessages: random.pick([1, 5, Infinity, Infinity]),
  }
  const node = world.spawn('broker', () => {})
  node.crash('kill')
  let ended = 'kill' as CrashMode | 'stop'
  for (let life = 0; life < LIVES; life++) {
    // A life may end before it has looked: what came before it still counts.
    const mode = history.powerFailed ? 'power' : ended
    let manager: LogManager | null = null
    let done = false
    const losesPages = troubleDisk(node.disk, random)
    node.start(async (env) => {
      manager = await live(env, random.stream(`life ${life}`), history, setting, mode)
      if (random.chance(0.3)) {
        await manager.stop(life)
        if (manager.directories.every(({ offline }) => !offline)) ended = 'stop'
      }
      done = true
    })
    const crash = losesPages ? 'power' : random.pick(['kill', 'power'] as const)
    ended = crash
    node.crashAfter(20 + random.integer(400), crash)
    await world.runUntil(() => done || !node.isUp, `life ${life}`)
    if (node.isUp) {
      // After a clean stop even the power may go.
      node.crash(crash)
    }
    node.disk.clearFaults()
    node.disk.capacityBytes = 1 << 30
    if (ended === 'power') history.lostPower()
  }
}

/**
 * True when a sync will fail. Pages that it lost stay in the kernel's cache, where the next process would find them and
 * believe them durable; no process can tell, so the machine has to go down with such a disk.
 */
function troubleDisk(disk: SimDisk, random: SeededRandom): boolean {
  if (random.chance(0.15)) disk.capacityBytes = 2000 + random.integer(20_000)
  if (random.chance(0.1)) disk.failNext('write', 'EIO', /\.log$/, 1)
  if (!random.chance(0.1)) return false
  disk.failNext('sync', 'EIO', /\.log$/, 1)
  return true
}

/** These have found something: lost directories, gaps, indexes that were not durable, a roll that was given up. */
const FINDERS = [10, 20, 31, 42, 179, 243, 291, 820, 3464, 5076, 5571]
const range = Array.from({ length: SEEDS }, (_, i) => FIRST_SEED + i)
const seeds = process.env.SAMSA_SIM_SEED === undefined ? [...new Set([...range, ...FINDERS])] : range

t.test(`crashes from seed ${FIRST_SEED} on`, { timeout: 3_600_000 }, async (t) => {
  for (const seed of seeds) {
    try {
      await story(seed)
    } catch (error) {
      t.fail(`seed ${seed}: ${(error as Error).message}`)
      break
    }
  }
  t.pass(`${seeds.length} stories of ${LIVES} lives`)
})
