/**
 * Compaction on the simulated disk: a log with a few keys is written, cleaned all the while, and the machine crashes at
 * any effect of it. Whatever happens, every key has the value that it was given last, and no value of an aborted
 * transaction is seen.
 */
import { ErrorCode, type KafkaError } from '../../../protocol/errors.ts'
import { buildBatch } from '../../../protocol/records/build.ts'
import { CompressionType } from '../../../protocol/records/compression-type.ts'
import { buildEndTxnMarker, ControlRecordType } from '../../../protocol/records/control.ts'
import type { Environment } from '../../../src/env/index.ts'
import { DEFAULT_LOG_CONFIG } from '../../../src/log/log-config.ts'
import { LogManager } from '../../../src/log/manager/log-manager.ts'
import type { PartitionLog } from '../../../src/log/partition-log.ts'
import { SoleReplica } from '../../../src/log/replica.ts'
import type { CrashMode, SimDisk } from '../../sim/disk.ts'
import { SeededRandom } from '../../sim/random.ts'
import type { Sabotage } from '../../sim/seams.ts'
import { World } from '../../sim/world.ts'
import { ANY_TIME, quiet, TOPIC_ID } from '../support.ts'
import { type CommittedRecord, readCommitted } from './read-committed.ts'

export const LIVES = 6
const BATCHES_PER_LIFE = 30
const KEYS = 6
const CODECS = [CompressionType.NONE, CompressionType.NONE, CompressionType.GZIP, CompressionType.LZ4]

/** The records that were appended, by offset: null is a tombstone. Records of aborted transactions are not here. */
class History {
  written = new Map<number, { key: string; value: string | null; transactionOf: number }>()
  aborted = new Set<string>()
  /** Sent and not answered, so that nobody knows whether they are there. */
  unanswered = new Set<string>()
  acknowledgedEnd = 0
  durableEnd = 0
  counter = 0
  cleanings = 0
  /** A producer that was under way when the broker went down starts over under another id. */
  producerId = 0

  check(found: readonly CommittedRecord[], log: PartitionLog, powerFailed: boolean): void {
    const end = log.logEndOffset
    const promisedEnd = powerFailed ? this.durableEnd : this.acknowledgedEnd
    if (end < promisedEnd) throw new Error(`ends at ${end}, and was promised to reach ${promisedEnd}`)
    this.#adopt(found)
    for (const offset of this.written.keys()) if (offset >= end) this.written.delete(offset)
    this.acknowledgedEnd = end
    const last = new Map<string, number>()
    let previous = -1
    for (const { offset, key, value } of found) {
      if (offset <= previous) throw new Error(`offset ${offset} follows ${previous}`)
      previous = offset
      const was = this.written.get(offset)
      if (was === undefined || was.key !== key || was.value !== value) {
        throw new Error(`${key}=${value} at ${offset}, where ${was?.key}=${was?.value} was written`)
      }
      last.set(key, offset)
    }
    this.#checkKeys(last, Math.min(log.replica.lastStableOffset, powerFailed ? this.durableEnd : end))
  }

  /** Records that survived although nobody was told of them are part of history from now on. */
  #adopt(found: readonly CommittedRecord[]): void {
    for (const { offset, key, value } of found) {
      if (value !== null && this.aborted.has(value)) throw new Error(`${value} at ${offset} was aborted`)
      if (this.written.has(offset)) continue
      const isUnknown = offset < this.acknowledgedEnd || (value !== null && !this.unanswered.has(value))
      if (isUnknown) throw new Error(`${key}=${value} at ${offset} comes from nowhere`)
      this.written.set(offset, { key, value, transactionOf: -1 })
    }
  }

  /** A crash has taken the decision, or it was never made. */
  transactionAborted(producerId: number, firstOffset: number): void {
    for (const [offset, { transactionOf, value }] of this.written) {
      if (transactionOf !== producerId || offset < firstOffset) continue
      this.written.delete(offset)
      if (value !== null) this.aborted.add(value)
    }
  }

  #checkKeys(found: ReadonlyMap<string, number>, before: number): void {
    const expected = new Map<string, number>()
    for (const [offset, { key }] of this.written)
      if (offset < before) expected.set(key, Math.max(offset, expected.get(key) ?? -1))
    for (const [key, offset] of expected) {
      const at = found.get(key) ?? -1
      // A tombstone may be gone, with everything before it.
      const isDeleted = at === -1 && this.written.get(offset)!.value === null
      if (at < offset && !isDeleted) throw new Error(`${key} was last written at ${offset}, and is found at ${at}`)
    }
  }
}

interface Setting {
  segmentBytes: number
  deleteRetentionMs: number
  flushMessages: number
  dedupeBufferBytes: number
}

async function live(env: Environment, random: SeededRandom, history: History, setting: Setting, powerFailed: boolean) {
  const failed = { disk: false }
  const { dedupeBufferBytes, ...topic } = setting
  const manager = await LogManager.open({
    environment: env,
    logger: quiet,
    logDirectories: ['/data'],
    nodeId: 1,
    clusterId: null,
    initialTaskDelayMs: 50,
    flushOffsetCheckpointIntervalMs: 40,
    cleaner: {
      threads: 1,
      backoffMs: 5,
      dedupeBufferBytes,
      loadFactor: 0.9,
      ioBufferBytes: 1000,
      ioMaxBytesPerSecond: 1e9,
    },
    onDirectoryFailure: () => {
      failed.disk = true
    },
  })
  const config = {
    ...DEFAULT_LOG_CONFIG,
    ...ANY_TIME,
    ...topic,
    compact: true,
    delete: false,
    minCleanableDirtyRatio: 0.01,
    indexIntervalBytes: 100,
    fileDeleteDelayMs: 20,
  }
  await manager.loadLogs({ configOf: () => config, isKnown: () => true, topicIdOf: () => TOPIC_ID })
  if (failed.disk) return manager
  const log = manager.getLog('t', 0) ?? (await manager.createLog('t', 0, { topicId: TOPIC_ID, config }))
  // As the partition above it does, where there is no other replica.
  log.attach(new SoleReplica(log))
  await abortOpenTransactions(log, history)
  await check(log, history, powerFailed)
  history.producerId++
  history.unanswered.clear()
  for (let i = 0; i < BATCHES_PER_LIFE && !failed.disk; i++) {
    await act(log, history, random, env)
    if (random.chance(0.1)) await check(log, history, false)
  }
  history.cleanings += log.state.replacements
  return manager
}

/** Readers go on beside the cleaner, until its disk fails. */
async function check(log: PartitionLog, history: History, powerFailed: boolean): Promise<void> {
  let found: CommittedRecord[]
  try {
    found = await readCommitted(log)
  } catch (error) {
    if (log.offline) return
    throw error
  }
  history.check(found, log, powerFailed)
}

async function abortOpenTransactions(log: PartitionLog, history: History): Promise<void> {
  for (const { producerId, producerEpoch, currentTransactionFirstOffset } of log.activeProducers()) {
    if (currentTransactionFirstOffset === -1) continue
    history.transactionAborted(producerId, currentTransactionFirstOffset)
    await mark(log, history, producerId, producerEpoch, false)
  }
}

async function act(log: PartitionLog, history: History, random: SeededRandom, env: Environment): Promise<void> {
  if (random.chance(0.1)) {
    const end = log.logEndOffset
    await log.flush().then(
      () => {
        history.durableEnd = Math.max(history.durableEnd, end)
      },
      () => {},
    )
  }
  if (random.chance(0.2)) await new Promise<void>((resolve) => env.clock.schedule(random.integer(40), resolve))
  if (random.chance(0.25)) return transact(log, history, random)
  const producerId = random.chance(0.5) ? -1 : history.producerId * 2
  await send(log, history, draw(history, random), producerId, random)
}

async function transact(log: PartitionLog, history: History, random: SeededRandom): Promise<void> {
  const records = draw(history, random)
  const commits = random.chance(0.5)
  const producerId = history.producerId * 2 + 1
  if (!commits) for (const { value } of records) if (value !== null) history.aborted.add(value)
  // Tombstones of an aborted transaction could not be told from others.
  const sent = commits ? records : records.filter(({ value }) => value !== null)
  if (sent.length === 0) return
  if (await send(log, history, sent, producerId, random, { isTransactional: true, counts: commits })) {
    // On a full disk there may be no room for the end of it: then it stays open, and another producer goes on.
    if (!(await mark(log, history, producerId, 0, commits))) history.producerId++
  }
}

function draw(history: History, random: SeededRandom): { key: string; value: string | null }[] {
  return Array.from({ length: 1 + random.integer(4) }, () => ({
    key: `key-${random.integer(KEYS)}`,
    value: random.chance(0.15) ? null : `value-${history.counter++}-${'x'.repeat(random.integer(60))}`,
  }))
}

const sequences = new WeakMap<History, Map<number, number>>()

/** True once it has been appended. */
function send(
  log: PartitionLog,
  history: History,
  records: readonly { key: string; value: string | null }[],
  producerId: number,
  random: SeededRandom,
  { isTransactional = false, counts = true } = {},
): Promise<boolean> {
  const next = sequences.get(history) ?? new Map<number, number>()
  sequences.set(history, next)
  const baseSequence = next.get(producerId) ?? 0
  next.set(producerId, baseSequence + records.length)
  const producer = producerId === -1 ? {} : { producerId, producerEpoch: 0, baseSequence, isTransactional }
  const written = records.map(({ key, value }, i) => ({
    key: Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    timestamp: 1_700_000_000_000 + i,
  }))
  const bytes = buildBatch({ ...producer, compression: random.pick(CODECS) }, written)
  for (const { value } of records) if (value !== null) history.unanswered.add(value)
  return new Promise((resolve, reject) => {
    log.appendAsLeader(bytes, { leaderEpoch: 0, origin: 'client' }, (error: KafkaError | null, result) => {
      if (error === null) {
        const transactionOf = isTransactional ? producerId : -1
        if (counts) {
          for (const [i, record] of records.entries()) {
            history.written.set(result!.firstOffset + i, { ...record, transactionOf })
          }
        }
        history.acknowledgedEnd = Math.max(history.acknowledgedEnd, result!.lastOffset + 1)
        return resolve(true)
      }
      const isExpected =
        error.code === ErrorCode.KAFKA_STORAGE_ERROR || error.code === ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
      if (isExpected) resolve(false)
      else reject(error)
    })
  })
}

function mark(log: PartitionLog, history: History, producerId: number, producerEpoch: number, commits: boolean) {
  const type = commits ? ControlRecordType.COMMIT : ControlRecordType.ABORT
  const bytes = buildEndTxnMarker({
    type,
    coordinatorEpoch: 0,
    producerId,
    producerEpoch,
    timestampMs: 1_700_000_000_000,
  })
  return new Promise<boolean>((resolve) => {
    log.appendAsLeader(bytes, { leaderEpoch: 0, origin: 'coordinator' }, (error, result) => {
      if (error === null) history.acknowledgedEnd = Math.max(history.acknowledgedEnd, result!.lastOffset + 1)
      resolve(error === null)
    })
  })
}

/** Rejects with the first thing that is not as it was promised; else how many segments were replaced. */
export async function tellCleaningStory(seed: number, sabotage?: Sabotage): Promise<number> {
  const world = new World(seed)
  const random = new SeededRandom(`cleaner ${seed}`)
  const history = new History()
  const setting = {
    segmentBytes: random.pick([500, 1500]),
    deleteRetentionMs: random.pick([0, 50, 86_400_000]),
    flushMessages: random.pick([1, 5, Infinity]),
    dedupeBufferBytes: random.pick([24 * 5, 24 * 1000]),
  }
  const node = world.spawn('broker', () => {})
  node.crash('kill')
  let powerFailed = false
  for (let life = 0; life < LIVES; life++) {
    let done = false
    const losesPages = troubleDisk(node.disk, random)
    const afterPower = powerFailed
    node.start(async (env) => {
      const manager = await live(sabotage?.(env) ?? env, random.stream(`life ${life}`), history, setting, afterPower)
      powerFailed = false
      if (random.chance(0.3)) await manager.stop(life)
      done = true
    })
    const mode: CrashMode = losesPages ? 'power' : random.pick(['kill', 'power'])
    node.crashAfter(60 + random.integer(900), mode)
    await world.runUntil(() => done || !node.isUp, `life ${life}`)
    if (node.isUp) node.crash(mode)
    node.disk.clearFaults()
    node.disk.capacityBytes = 1 << 30
    if (mode === 'power') {
      powerFailed = true
      history.acknowledgedEnd = history.durableEnd
    }
  }
  return history.cleanings
}

/** True when a sync will fail: the machine has to go down with a disk that has lost pages. */
function troubleDisk(disk: SimDisk, random: SeededRandom): boolean {
  if (random.chance(0.15)) disk.capacityBytes = 4000 + random.integer(20_000)
  if (random.chance(0.05)) disk.failNext('write', 'EIO', /\.cleaned$/, 1)
  if (random.chance(0.05)) disk.failNext('rename', 'EIO', /\.(cleaned|swap)$/, 1)
  if (!random.chance(0.05)) return false
  disk.failNext('sync', 'EIO', /\.cleaned$/, 1)
  return true
}
