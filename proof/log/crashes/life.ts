/** One life of a process with a log: it opens the data directory, looks at what is there, and goes on writing. */
import { ErrorCode, type KafkaError } from '../../../protocol/errors.ts'
import type { Environment } from '../../../src/env/index.ts'
import { DEFAULT_LOG_CONFIG } from '../../../src/log/log-config.ts'
import { LogManager } from '../../../src/log/manager/log-manager.ts'
import type { PartitionLog } from '../../../src/log/partition-log.ts'
import type { SeededRandom } from '../../sim/random.ts'
import { ANY_TIME, quiet, readAll, records, TOPIC_ID } from '../support.ts'
import { type Ending, type History, PRODUCERS, type Sent } from './history.ts'

const BATCHES = 25

export interface Setting {
  readonly segmentBytes: number
  readonly flushMessages: number
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
    this.#history.check(await readAll(log), log, ending)
    for (const sent of this.#history.unanswered.splice(0)) await this.#send(log, sent)
    for (let i = 0; i < BATCHES && !this.#diskFailed; i++) await this.#act(log)
    return manager
  }

  async #act(log: PartitionLog): Promise<void> {
    const history = this.#history
    const random = this.#random
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
