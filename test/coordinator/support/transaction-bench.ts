import pino from 'pino'
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { decodeBatches } from '../../../protocol/records/decode.ts'
import type { TransactionMarker } from '../../../src/coordinator/runtime/shard.ts'
import { ProducerIds } from '../../../src/coordinator/transaction/producer-ids.ts'
import type { TransactionCoordinatorConfig } from '../../../src/coordinator/transaction/transaction-config.ts'
import type { TransactionPartitions } from '../../../src/coordinator/transaction/transaction-metadata.ts'
import {
  decodeTransactionRecord,
  type TransactionRecord,
} from '../../../src/coordinator/transaction/transaction-records.ts'
import { TransactionCoordinator } from '../../../src/coordinator/transaction-coordinator.ts'
import { MemoryLog } from './memory-log.ts'
import { VirtualClock } from './virtual-clock.ts'

export const SECOND_MS = 1_000
export const DAY_MS = 24 * 60 * 60 * SECOND_MS

const CONFIG: TransactionCoordinatorConfig = {
  maxTimeoutMs: 900 * SECOND_MS,
  idExpirationMs: 7 * DAY_MS,
  abortTimedOutIntervalMs: 10 * SECOND_MS,
  removeExpiredIntervalMs: 3_600 * SECOND_MS,
  isTwoPhaseCommitEnabled: false,
  loadBufferBytes: 5_242_880,
  writeTimeoutMs: 30 * SECOND_MS,
}

const TIMEOUT_MS = 60 * SECOND_MS

/** All that outlives a coordinator. */
export interface World {
  readonly log: MemoryLog
  readonly clock: VirtualClock
  /** Markers in the order in which they were written. */
  readonly markers: (TransactionMarker & { readonly partition: string })[]
  nextProducerId: bigint
}

export interface BenchOptions {
  readonly transactionVersion?: number
  readonly config?: Partial<TransactionCoordinatorConfig>
  /** Called before each marker is written; throws or waits to keep it from being written. */
  readonly beforeMarker?: (partition: string) => Promise<void> | void
  readonly log?: MemoryLog
}

export type Producer = { producerId: bigint; producerEpoch: number }

/** Partitions by topic, from names such as `a-0`. */
export function partitionsOf(...names: string[]): TransactionPartitions {
  const partitions = new Map<string, Set<number>>()
  for (const name of names) {
    const [topic, index] = name.split('-')
    partitions.set(topic, new Set([...(partitions.get(topic) ?? []), Number(index)]))
  }
  return partitions
}

/** A transaction coordinator of one partition on a log, a clock and partitions that the test controls. */
export class TransactionBench {
  readonly world: World
  readonly coordinator: TransactionCoordinator
  readonly #options: BenchOptions
  /** Partitions that were deleted. */
  readonly deleted = new Set<string>()

  private constructor(options: BenchOptions, world: World, leaderEpoch: number) {
    this.#options = options
    this.world = world
    const log = options.log ?? world.log
    this.coordinator = new TransactionCoordinator({
      config: { ...CONFIG, ...options.config },
      log,
      environment: { clock: world.clock },
      logger: pino({ level: 'silent' }),
      producerIds: new ProducerIds(async () => {
        const firstId = world.nextProducerId
        world.nextProducerId += 1_000n
        return { firstId, size: 1_000 }
      }),
      partitionCount: () => 1,
      transactionVersion: () => options.transactionVersion ?? 2,
      writeMarker: async (topic, index, marker) => {
        const partition = `${topic}-${index}`
        await options.beforeMarker?.(partition)
        if (this.deleted.has(partition)) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
        world.markers.push({ partition, ...marker })
      },
      exists: (topic, partition) => !this.deleted.has(`${topic}-${partition}`),
    })
    this.coordinator.onElection(0, leaderEpoch)
  }

  static async start(options: BenchOptions = {}, world?: World, leaderEpoch = 1): Promise<TransactionBench> {
    const fresh = { log: new MemoryLog(), clock: new VirtualClock(), markers: [], nextProducerId: 0n }
    const bench = new TransactionBench(options, world ?? fresh, leaderEpoch)
    await bench.settle()
    return bench
  }

  /** The coordinator dies; another one starts on what is in the log. */
  restart(options: BenchOptions = this.#options): Promise<TransactionBench> {
    this.coordinator.stop()
    return TransactionBench.start(options, this.world, 2)
  }

  /** Lets everything that can happen now happen. */
  async settle(): Promise<void> {
    for (let i = 0; i < 6; i++) {
      this.world.clock.advance(0)
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }

  async advance(ms: number): Promise<void> {
    this.world.clock.advance(ms)
    await this.settle()
  }

  /** The answer of a request, or its error code. */
  async ask<T>(request: Promise<T>): Promise<T | number> {
    let answer: T | number | undefined
    request.then(
      (value) => {
        answer = value
      },
      (error) => {
        if (!(error instanceof KafkaError)) throw error
        answer = error.code
      },
    )
    await this.settle()
    if (answer === undefined) await this.advance(20)
    return answer as T | number
  }

  init(expected: Producer | null = null, timeoutMs = TIMEOUT_MS, transactionalId = 'tx'): Promise<Producer | number> {
    const flags = { enableTwoPhaseCommit: false, keepPreparedTransaction: false }
    return this.ask(this.coordinator.initProducerId({ transactionalId, timeoutMs, expected, ...flags }))
  }

  async initialized(transactionalId = 'tx'): Promise<Producer> {
    return (await this.init(null, TIMEOUT_MS, transactionalId)) as Producer
  }

  add(producer: Producer, names: string[], clientVersion = 2, transactionalId = 'tx'): Promise<number> {
    const input = { transactionalId, ...producer, partitions: partitionsOf(...names) }
    return this.#code(this.coordinator.addPartitions(input, clientVersion))
  }

  end(
    producer: Producer,
    committed: boolean,
    transactionVersion = 2,
    transactionalId = 'tx',
  ): Promise<Producer | number> {
    return this.ask(this.coordinator.endTransaction({ transactionalId, ...producer, committed, transactionVersion }))
  }

  async state(transactionalId = 'tx') {
    const described = await this.ask(this.coordinator.describeTransactions([transactionalId]))
    return (described as Exclude<typeof described, number>)[0]
  }

  failNextAppend(): void {
    this.world.log.failure = new KafkaError(ErrorCode.NOT_ENOUGH_REPLICAS)
  }

  /** The records in the log, oldest first. */
  records(): TransactionRecord[] {
    return this.world.log.batches.flatMap((batch) =>
      decodeBatches(batch).flatMap(({ records }) =>
        records.map(({ key, value }) => decodeTransactionRecord(key as Buffer, value) as TransactionRecord),
      ),
    )
  }

  async #code(request: Promise<void>): Promise<number> {
    const answer = await this.ask(request.then(() => ErrorCode.NONE))
    return answer
  }
}
