/**
 * Dead-letter queues (KIP-1191): records that a share group gives up, rejected or delivered too often, are written to a
 * topic that the group names, with headers that say where they come from. With
 * `errors.deadletterqueue.copy.record.enable` their keys and values go along.
 *
 *     asked ──topic may be used──> (created ──>) written, batch after batch ──> done
 *       └──may not──> given up        └──five attempts have failed──> given up
 *
 * A record is written at least once: the share partition has stored that it is being archived, and archives it when the
 * queue is done with it; a broker that dies in between leaves it to the next leader, who writes it again. A queue that
 * cannot be written holds nothing up: the records are archived without it, and the log says so.
 */
import { ErrorCode, isRetriable, KafkaError } from '../../../protocol/errors.ts'
import type { SharePartitionKey } from '../../coordinator/share/share-state.ts'
import type { Clock } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'
import type { DeadRecords } from '../partition/share-partition.ts'
import { buildDeadBatch, type OriginalRecord } from './dead-batch.ts'

/** The topics of dead-letter queues, wherever they are led. */
export interface DeadLetterTopics {
  /** Null: there is no such topic. */
  topic(name: string): DeadLetterTopic | null
  /** Creates the topic with the cluster's defaults. Rejects with a `KafkaError`. */
  create(name: string): Promise<void>
  /** Rejects with a `KafkaError`. */
  append(topic: string, partition: number, batch: Buffer): Promise<void>
}

export interface DeadLetterTopic {
  readonly partitionCount: number
  /** errors.deadletterqueue.group.enable */
  readonly isQueue: boolean
  /** max.message.bytes */
  readonly maxBatchBytes: number
}

export interface DeadLetterConfig {
  /** errors.deadletterqueue.topic.name */
  topic(groupId: string): string
  /** errors.deadletterqueue.copy.record.enable */
  copiesRecords(groupId: string): boolean
  /** errors.deadletterqueue.auto.create.topics.enable */
  createsTopics(): boolean
  /** errors.deadletterqueue.topic.name.prefix */
  prefix(): string
}

/** Records as they are in their partition, as far as they can be read. */
export type ReadOriginals = (
  key: SharePartitionKey,
  firstOffset: number,
  lastOffset: number,
  maxBytes: number,
) => Promise<Originals>

export interface Originals {
  readonly records: ReadonlyMap<number, OriginalRecord>
  /** Records after it are still to be read. */
  readonly lastOffset: number
}

interface Options {
  readonly topics: DeadLetterTopics
  readonly config: DeadLetterConfig
  readonly readOriginals: ReadOriginals
  /** From 0 to below 1. */
  readonly random: () => number
  readonly clock: Clock
  readonly logger: Logger
}

const MAX_ATTEMPTS = 5
const FIRST_BACKOFF_MS = 1000
const MAX_BACKOFF_MS = 30_000
const JITTER = 0.2

export class DeadLetterQueue {
  readonly #options: Options

  constructor(options: Options) {
    this.#options = options
  }

  /** Resolves when the records are written, or cannot be. */
  async bury(key: SharePartitionKey, topic: string, dead: DeadRecords): Promise<void> {
    try {
      await this.#write(key, topic, dead)
    } catch (err) {
      const records = `Records ${dead.firstOffset} to ${dead.lastOffset} of ${topic}-${key.partition}`
      this.#options.logger.error({ err }, `${records} did not reach the dead-letter queue of the group ${key.groupId}`)
    }
  }

  async #write(key: SharePartitionKey, topic: string, dead: DeadRecords): Promise<void> {
    const { config, readOriginals, clock, topics } = this.#options
    const { groupId, partition } = key
    const { lastOffset } = dead
    for (let firstOffset = dead.firstOffset; firstOffset <= lastOffset; ) {
      const queue = await this.#queue(groupId)
      const originals = config.copiesRecords(groupId)
        ? await readOriginals(key, firstOffset, lastOffset, queue.maxBatchBytes)
        : { records: NO_RECORDS, lastOffset }
      const origin = { ...dead, topic, partition, groupId, firstOffset, lastOffset: originals.lastOffset }
      const built = buildDeadBatch(origin, originals.records, queue.maxBatchBytes, clock.nowMs())
      await this.#retrying(() => topics.append(queue.name, partition % queue.partitionCount, built.batch))
      firstOffset = built.lastOffset + 1
    }
  }

  /** The topic that the group names now, which is created where it may be. */
  async #queue(groupId: string): Promise<DeadLetterTopic & { readonly name: string }> {
    const { topics, config } = this.#options
    const name = config.topic(groupId)
    checkName(groupId, name, config.prefix())
    let topic = topics.topic(name)
    if (topic === null) {
      if (!config.createsTopics()) throw refusal(`does not exist, and its creation is disabled`, groupId, name)
      await this.#retrying(async () => {
        if (topics.topic(name) === null) await topics.create(name)
        topic = topics.topic(name)
        if (topic === null) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
      })
    }
    if (!topic?.isQueue) throw refusal('is not enabled as a dead-letter queue', groupId, name)
    return { ...topic, name }
  }

  async #retrying(attempt: () => Promise<void>): Promise<void> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await attempt()
      } catch (error) {
        if (!(error instanceof KafkaError && isWorthAnotherTry(error.code)) || attempts >= MAX_ATTEMPTS) throw error
      }
      await this.#backoff(attempts)
    }
  }

  #backoff(attempts: number): Promise<void> {
    const { random, clock } = this.#options
    const delayMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempts - 1))
    return new Promise((resolve) => clock.schedule(delayMs * (1 + JITTER * (2 * random() - 1)), resolve))
  }
}

const NO_RECORDS: ReadonlyMap<number, OriginalRecord> = new Map()

const isWorthAnotherTry = (code: number): boolean =>
  isRetriable(code) || code === ErrorCode.TOPIC_ALREADY_EXISTS || code === ErrorCode.THROTTLING_QUOTA_EXCEEDED

function checkName(groupId: string, name: string, prefix: string): void {
  if (name === '') throw refusal('has no name', groupId, name)
  if (name.startsWith('__')) throw refusal('begins with __, as internal topics do', groupId, name)
  if (!name.startsWith(prefix)) throw refusal(`does not begin with ${prefix}`, groupId, name)
}

function refusal(reason: string, groupId: string, name: string): KafkaError {
  return new KafkaError(ErrorCode.INVALID_CONFIG, `The topic ${name} of the group ${groupId} ${reason}`)
}
