/** One life of a process with a log: it opens the data directory, looks at what is there, and goes on writing. */
import { ErrorCode, type KafkaError } from '../../../protocol/errors.ts'
import { buildEndTxnMarker, ControlRecordType } from '../../../protocol/records/control.ts'
import type { Environment } from '../../../src/env/index.ts'
import { DEFAULT_LOG_CONFIG } from '../../../src/log/log-config.ts'
import { LogManager } from '../../../src/log/manager/log-manager.ts'
import type { PartitionLog } from '../../../src/log/partition-log.ts'
import type { SeededRandom } from '../../sim/random.ts'
import { ANY_TIME, append, quiet, records, TOPIC_ID } from '../support.ts'
import { contentOf } from './content.ts'
import { type Ending, type History, PRODUCERS, type Sent } from './history.ts'

const BATCHES = 25
const FIRST_TRANSACTIONAL_ID = 1_000_000
const MARKED_MS = 1_700_000_000_000

export interface Setting {
  readonly segmentBytes: number
  readonly flushMessages: number
  /** Whether transactions are written and the log steps back, too. */
  readonly isReplica: boolean
}

export class Life {
  readonly #environment: Environment
  readonly #random: SeededRandom
  readonly #history: History
  readonly #setting: Setting
  #diskFailed = false

  constructor(environment: Environment, random: SeededRandom, history: History, setting: Setting) {
    this.#environment = environment
    this.#random = random
    this.#history = history
    this.#setting = setting
  }

  /** `ending` is how the life before it ended. */
  async run(ending: Ending): Promise<LogManager> {
    const manager = await LogManager.open({
      environment: this.#environment,
      logger: quiet,
      logDirectories: ['/data'],
      nodeId: 1,
      clusterId: null,
      initialTaskDelayMs: 50,
      flushOffsetCheckpointIntervalMs: 40,
      retentionCheckIntervalMs: 60,
      onDirectoryFailure: () => {
        this.#diskFailed = true
      },
    })
    const config = {
      ...DEFAULT_LOG_CONFIG,
      ...ANY_TIME,
      ...this.#setting,
      indexIntervalBytes: 100,
      fileDeleteDelayMs: 20,
    }
    await manager.loadLogs({ configOf: () => config, isKnown: () => true, topicIdOf: () => TOPIC_ID })
    if (this.#diskFailed) return manager
    const log = manager.getLog('t', 0) ?? (await manager.createLog('t', 0, { topicId: TOPIC_ID, config }))
    this.#history.check(await contentOf(log), log, ending)
    for (const sent of this.#history.unanswered.splice(0)) await this.#send(log, sent)
    for (let i = 0; i < BATCHES && !this.#diskFailed; i++) await this.#act(log)
    return manager
  }

  async #act(log: PartitionLog): Promise<void> {
    const history = this.#history
    const random = this.#random
    if (this.#setting.isReplica) {
      if (random.chance(0.12)) return this.#transact(log).catch(() => {})
      if (random.chance(0.04)) return this.#stepBack(log).catch(() => {})
      if (random.chance(0.01)) return this.#startAnew(log).catch(() => {})
    }
    if (random.chance(0.1)) {
      const end = log.logEndOffset
      await log.flush().then(
        () => {
          history.durableUpTo = Math.max(history.durableUpTo, end)
        },
        () => {},
      )
    } else if (random.chance(0.07)) {
      const target = log.logStartOffset + random.integer(log.logEndOffset - log.logStartOffset + 1)
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
    const answered = this.#send(log, sent)
    if (random.chance(0.5)) await answered
  }

  /** A transaction of a producer that has no other one: records, more of other producers perhaps, and its end. */
  async #transact(log: PartitionLog): Promise<void> {
    const history = this.#history
    const producer = { producerId: FIRST_TRANSACTIONAL_ID + history.counter++, producerEpoch: 0 }
    const options = () => ({ leaderEpoch: history.generation, origin: 'coordinator' }) as const
    const value = `value-${history.counter++}`
    const sent = records([value], { ...producer, baseSequence: 0, isTransactional: true })
    const { firstOffset } = await append(log, sent, options())
    history.acknowledged.set(firstOffset, value)
    if (this.#random.chance(0.3)) await this.#act(log)
    const type = this.#random.pick([ControlRecordType.ABORT, ControlRecordType.ABORT, ControlRecordType.COMMIT])
    const marker = buildEndTxnMarker({ ...producer, type, coordinatorEpoch: 0, timestampMs: MARKED_MS })
    await append(log, marker, options())
  }

  async #stepBack(log: PartitionLog): Promise<void> {
    await log.settled()
    // A leader names the beginning of a batch.
    const { batches } = await contentOf(log)
    const target = Number(this.#random.pick(batches.slice(-10)).baseOffset)
    if (target < log.logStartOffset) return
    this.#history.letGoFrom(target)
    await log.truncateTo(target)
  }

  /** As a follower does whose leader begins behind the follower's end, or ends before its beginning. */
  async #startAnew(log: PartitionLog): Promise<void> {
    await log.settled()
    const { logStartOffset, logEndOffset } = log
    const target = this.#random.pick([
      logEndOffset + this.#random.integer(20),
      this.#random.integer(logStartOffset + 1),
    ])
    this.#history.startedAnew()
    await log.truncateFullyAndStartAt(target)
  }

  /** Resolves when the batch has been answered; until then, and for ever if a crash comes first, it is unanswered. */
  #send(log: PartitionLog, sent: Sent): Promise<void> {
    const history = this.#history
    history.unanswered.push(sent)
    for (const value of sent.values) history.refused.delete(value)
    const producerId = history.generation * PRODUCERS + sent.producer
    const batch = records(sent.values, { producerId, producerEpoch: 0, baseSequence: sent.baseSequence })
    const options = { leaderEpoch: history.generation, origin: 'client' } as const
    return new Promise((resolve, reject) => {
      log.appendAsLeader(batch, options, (error: KafkaError | null, result) => {
        if (error === null) this.#acknowledged(sent, result!.firstOffset, result!.lastOffset)
        else if (!REFUSALS.has(error.code)) return reject(error)
        // A log that fails cannot say what it has.
        else if (!log.offline) for (const value of sent.values) history.refused.add(value)
        resolve()
      })
    })
  }

  #acknowledged(sent: Sent, firstOffset: number, lastOffset: number): void {
    const history = this.#history
    history.unanswered = history.unanswered.filter((other) => other !== sent)
    for (const [i, value] of sent.values.entries()) history.acknowledged.set(firstOffset + i, value)
    if (this.#setting.flushMessages === 1) history.durableUpTo = Math.max(history.durableUpTo, lastOffset + 1)
  }
}

/** Batches of the same producer behind a refused one are out of order until that is sent again. */
const REFUSALS: ReadonlySet<number> = new Set([ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER])
