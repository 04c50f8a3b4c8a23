/**
 * The port to the coordinator of share state (KIP-932), wherever it runs: leaders of share partitions read and write
 * their state by it, group coordinators begin and delete states. Each call concerns one share partition and resolves to
 * Kafka's own error code; it does not reject with a `KafkaError`.
 */
import { ErrorCode } from '../../protocol/errors.ts'
import type { Clock } from '../env/index.ts'
import { failedRead, failedSummary, refused } from './share/operations.ts'
import type {
  NewShareState,
  ShareOutcome,
  ShareStateUpdate,
  ShareSummary,
  StoredShareState,
} from './share/share-outcomes.ts'
import type { SharePartitionKey } from './share/share-state.ts'

export interface SharePersister {
  initialize(key: SharePartitionKey, state: NewShareState): Promise<ShareOutcome>
  /** The reader says in which epoch it leads: leaders of older epochs are fenced from then on. */
  read(key: SharePartitionKey, leaderEpoch: number): Promise<StoredShareState>
  write(key: SharePartitionKey, update: ShareStateUpdate): Promise<ShareOutcome>
  delete(key: SharePartitionKey): Promise<ShareOutcome>
  readSummary(key: SharePartitionKey): Promise<ShareSummary>
}

/** The patience is Apache's, some 15 s, but it begins in smaller steps: a coordinator has moved within a second. */
const MAX_ATTEMPTS = 8
const FIRST_BACKOFF_MS = 125
const MAX_BACKOFF_MS = 30_000

const WORTH_WAITING: ReadonlySet<number> = new Set([
  ErrorCode.NOT_COORDINATOR,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  // No answer has come from another broker, which may have carried out what it was asked: that does no harm twice.
  ErrorCode.NETWORK_EXCEPTION,
  ErrorCode.REQUEST_TIMED_OUT,
])

interface Options {
  readonly coordinator: SharePersister
  readonly clock: Clock
  /** Resolves when `__share_group_state` can be used; false when it cannot be created now. */
  readonly ensureTopic: () => Promise<boolean>
  /** Whether this broker knows the partition: a coordinator that does not is behind with the metadata. */
  readonly exists: (key: SharePartitionKey) => boolean
}

/**
 * The share coordinator as those who need it reach it: its topic is made when it is needed for the first time, and a
 * coordinator that is being elected or loaded is asked again, a few times, later each time (as Apache's persister does).
 */
export class RetryingPersister implements SharePersister {
  readonly #options: Options

  constructor(options: Options) {
    this.#options = options
  }

  initialize(key: SharePartitionKey, state: NewShareState): Promise<ShareOutcome> {
    return this.#patiently(key, (coordinator) => coordinator.initialize(key, state), same)
  }

  read(key: SharePartitionKey, leaderEpoch: number): Promise<StoredShareState> {
    return this.#patiently(key, (coordinator) => coordinator.read(key, leaderEpoch), failedRead)
  }

  write(key: SharePartitionKey, update: ShareStateUpdate): Promise<ShareOutcome> {
    return this.#patiently(key, (coordinator) => coordinator.write(key, update), same)
  }

  delete(key: SharePartitionKey): Promise<ShareOutcome> {
    return this.#patiently(key, (coordinator) => coordinator.delete(key), same)
  }

  readSummary(key: SharePartitionKey): Promise<ShareSummary> {
    return this.#patiently(key, (coordinator) => coordinator.readSummary(key), failedSummary)
  }

  #isWorthWaiting(key: SharePartitionKey, { errorCode }: ShareOutcome): boolean {
    if (errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) return this.#options.exists(key)
    return WORTH_WAITING.has(errorCode)
  }

  async #patiently<Outcome extends ShareOutcome>(
    key: SharePartitionKey,
    ask: (coordinator: SharePersister) => Promise<Outcome>,
    failed: (outcome: ShareOutcome) => Outcome,
  ): Promise<Outcome> {
    const { coordinator, ensureTopic, clock } = this.#options
    for (
      let attempt = 1, backoffMs = FIRST_BACKOFF_MS;
      ;
      attempt++, backoffMs = Math.min(2 * backoffMs, MAX_BACKOFF_MS)
    ) {
      const outcome = (await ensureTopic())
        ? await ask(coordinator)
        : failed(refused(ErrorCode.COORDINATOR_NOT_AVAILABLE))
      if (attempt === MAX_ATTEMPTS || !this.#isWorthWaiting(key, outcome)) return outcome
      await new Promise<void>((resolve) => clock.schedule(backoffMs, resolve))
    }
  }
}

const same = (outcome: ShareOutcome): ShareOutcome => outcome
