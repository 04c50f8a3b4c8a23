/**
 * The share coordinator (KIP-932): keeps the states of share partitions in `__share_group_state`. `share/share-shard.ts`
 * has the states, invariants and crash points; here a share partition finds its shard, and errors become outcomes.
 */
import { KafkaError } from '../../protocol/errors.ts'
import { coordinatorPartition, sharePartitionKey } from '../../protocol/hashes.ts'
import type { Environment } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import { clientErrorCode } from './runtime/client-error.ts'
import type { CoordinatorLog } from './runtime/coordinator-log.ts'
import { CoordinatorRuntime } from './runtime/coordinator-runtime.ts'
import { Deadlines } from './runtime/deadlines.ts'
import type { RequestId } from './runtime/effects.ts'
import {
  deleteState,
  failedRead,
  failedSummary,
  forgetTopics,
  initializeState,
  readState,
  readSummary,
  refused,
  writeState,
} from './share/operations.ts'
import type { ShareCoordinatorConfig } from './share/share-config.ts'
import type {
  NewShareState,
  ShareOutcome,
  ShareStateUpdate,
  ShareSummary,
  StoredShareState,
} from './share/share-outcomes.ts'
import {
  type ShareContext,
  type ShareShard,
  type ShareTopics,
  type ShareWords,
  shareShardKind,
} from './share/share-shard.ts'
import type { SharePartitionKey } from './share/share-state.ts'
import type { SharePersister } from './share-persister.ts'

export interface ShareCoordinatorOptions {
  readonly config: ShareCoordinatorConfig
  readonly log: CoordinatorLog
  readonly environment: Pick<Environment, 'clock'>
  readonly logger: Logger
  /** How many partitions `__share_group_state` has, or will have. */
  readonly partitionCount: () => number
  readonly topics: ShareTopics
  /** Deletes the records of a partition of `__share_group_state` that lie before the offset. */
  readonly prune: (partition: number, offset: number) => Promise<void>
}

export class ShareCoordinator implements SharePersister {
  readonly #partitionCount: () => number
  readonly #topics: ShareTopics
  readonly #deadlines: Deadlines
  readonly #runtime: CoordinatorRuntime<ShareShard, ShareWords>

  constructor({ config, log, environment, logger, partitionCount, topics, prune }: ShareCoordinatorOptions) {
    this.#partitionCount = partitionCount
    this.#topics = topics
    this.#deadlines = new Deadlines(environment.clock)
    this.#runtime = new CoordinatorRuntime(shareShardKind(config, topics), {
      log,
      clock: environment.clock,
      deadlines: this.#deadlines,
      logger,
      appendLingerMs: config.appendLingerMs,
      writeTimeoutMs: config.writeTimeoutMs,
      loadBufferBytes: config.loadBufferBytes,
      compressionTypeId: config.compressionTypeId,
      // As Apache's share coordinator has it, byte for byte.
      baseSequence: 0,
      perform: ({ offset }, { partition }) => {
        prune(partition, offset).catch((err) => logger.warn({ err }, 'Records of share groups could not be pruned'))
      },
    })
  }

  /** The partition of `__share_group_state` whose leader coordinates the share partition. */
  partitionFor({ groupId, topicId, partition }: SharePartitionKey): number {
    return coordinatorPartition(sharePartitionKey(groupId, topicId, partition), this.#partitionCount())
  }

  onElection(partition: number, leaderEpoch: number): void {
    this.#runtime.onElection(partition, leaderEpoch)
  }

  onResignation(partition: number, leaderEpoch: number | null): void {
    this.#runtime.onResignation(partition, leaderEpoch)
  }

  /** Resolves when the states of the topics' partitions are gone from all shards here. */
  async onTopicsDeleted(topics: readonly { readonly topicId: string }[]): Promise<void> {
    const topicIds = new Set(topics.map(({ topicId }) => topicId))
    const forgotten = this.#runtime.partitions().map(async (partition) => {
      try {
        await this.#write(partition, (context, id) => {
          forgetTopics(context, topicIds)
          context.effects.reply(id, {})
        })
      } catch (error) {
        // A shard that is being loaded keeps states of a topic whose id will never come again.
        if (!(error instanceof KafkaError)) throw error
      }
    })
    await Promise.all(forgotten)
  }

  initialize(key: SharePartitionKey, state: NewShareState): Promise<ShareOutcome> {
    return this.#outcome(key, (context, id) => initializeState(context, key, state, id), refusedWrite)
  }

  read(key: SharePartitionKey, leaderEpoch: number): Promise<StoredShareState> {
    return this.#outcome(key, (context, id) => readState(context, key, leaderEpoch, id), refusedRead)
  }

  write(key: SharePartitionKey, update: ShareStateUpdate): Promise<ShareOutcome> {
    return this.#outcome(key, (context, id) => writeState(context, key, update, id), refusedWrite)
  }

  delete(key: SharePartitionKey): Promise<ShareOutcome> {
    return this.#outcome(key, (context, id) => deleteState(context, key, id), refusedWrite)
  }

  async readSummary(key: SharePartitionKey): Promise<ShareSummary> {
    try {
      return await this.#runtime.read(this.partitionFor(key), (shard, epoch) =>
        readSummary(shard, this.#topics, key, epoch),
      )
    } catch (error) {
      return failedSummary(outcomeOf(error))
    }
  }

  stop(): void {
    this.#runtime.stop()
    this.#deadlines.stop()
  }

  async #outcome<Outcome extends object>(
    key: SharePartitionKey,
    operation: ShareOperation,
    failed: (outcome: ShareOutcome) => Outcome,
  ): Promise<Outcome> {
    try {
      return await this.#write<Outcome>(this.partitionFor(key), operation)
    } catch (error) {
      return failed(outcomeOf(error))
    }
  }

  #write<Response extends object>(partition: number, operation: ShareOperation): Promise<Response> {
    return this.#runtime.write<Response>(partition, (shard, { request, nowMs }) => {
      const context = shard.context(nowMs)
      operation(context, request)
      return context.effects
    })
  }
}

type ShareOperation = (context: ShareContext, request: RequestId) => void

const refusedWrite = (outcome: ShareOutcome): ShareOutcome => outcome
const refusedRead = (outcome: ShareOutcome): StoredShareState => failedRead(outcome)

function outcomeOf(error: unknown): ShareOutcome {
  if (error instanceof KafkaError) return refused(clientErrorCode(error.code))
  throw error
}
