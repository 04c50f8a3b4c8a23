import { KafkaError } from '../../../protocol/errors.ts'
import { ShareShard } from '../../../src/coordinator/share/share-shard.ts'
import { RetryingPersister } from '../../../src/coordinator/share-persister.ts'
import { AcknowledgeType } from '../../../src/share/partition/acknowledge.ts'
import { SharePartition } from '../../../src/share/partition/share-partition.ts'
import { ShareLeader } from '../../../src/share/share-leader.ts'
import { patched } from '../patched.ts'
import { losesWrites, type Sabotage } from '../seams.ts'
import { LARGE_LIMIT } from './queue-history.ts'
import { runShares, type SharesResult } from './scenario.ts'

export interface PlantedBug {
  /** The limit of deliveries that brings it to light. */
  readonly deliveryLimit: number
  readonly environment?: Sabotage
  /** Replaces methods of the broker's own; the answer puts them back. */
  readonly patch?: () => () => void
}

const STORED = { errorCode: 0, errorMessage: null }
const NOTHING = { batches: [], transition: null, dead: [] }
const EARLY_MS = 2500
/** Every so many times. */
const SELDOM = 7

const strict = (patch: () => () => void): PlantedBug => ({ deliveryLimit: LARGE_LIMIT, patch })

/** Bugs planted on purpose: the judge of queues is worth something only if it finds each of them. */
export const BROKEN_QUEUES: Readonly<Record<string, PlantedBug>> = {
  'answers an acknowledgement that it has not stored': strict(
    patched(RetryingPersister.prototype, ({ write }) => {
      let count = 0
      return {
        write(key, update) {
          return ++count % SELDOM === 0 ? Promise.resolve(STORED) : write.call(this, key, update)
        },
      }
    }),
  ),
  'stores the start offset too far on': strict(
    patched(RetryingPersister.prototype, ({ write }) => ({
      write(key, update) {
        return write.call(this, key, { ...update, startOffset: update.startOffset + 2 })
      },
    })),
  ),
  'reads a state without its tail': strict(
    patched(RetryingPersister.prototype, ({ read }) => ({
      async read(key, leaderEpoch) {
        const state = await read.call(this, key, leaderEpoch)
        return { ...state, batches: state.batches.slice(0, -1) }
      },
    })),
  ),
  'takes snapshots without batches': strict(
    patched(ShareShard.prototype, ({ replay }) => ({
      replay(offset, producerId, record) {
        const isSnapshot = record.type === 'snapshot' && record.value !== null
        const emptied = isSnapshot ? { ...record, value: { ...record.value, batches: [] } } : record
        replay.call(this, offset, producerId, emptied as typeof record)
      },
    })),
  ),
  'loses a record of states now and then': {
    deliveryLimit: LARGE_LIMIT,
    environment: losesWrites(/__share_group_state-.*\.log$/),
  },
  'ends a lock too early': strict(
    patched(SharePartition.prototype, ({ endLocks, nextLockEndMs }) => ({
      endLocks(nowMs) {
        return endLocks.call(this, nowMs + EARLY_MS)
      },
      nextLockEndMs() {
        const atMs = nextLockEndMs.call(this)
        return atMs === null ? null : atMs - EARLY_MS
      },
    })),
  ),
  'never ends a lock, nor takes back what a session had': strict(
    patched(SharePartition.prototype, () => ({ endLocks: () => NOTHING, release: () => NOTHING })),
  ),
  'says that it has renewed a lock': strict(
    patched(ShareLeader.prototype, ({ acknowledge }) => ({
      acknowledge(memberId, acknowledgements) {
        const isRenewal = acknowledgements.every(({ types }) => types[0] === AcknowledgeType.RENEW)
        return isRenewal ? Promise.resolve() : acknowledge.call(this, memberId, acknowledgements)
      },
    })),
  ),
  'says that a late acknowledgement counts': strict(
    patched(ShareLeader.prototype, ({ acknowledge }) => ({
      acknowledge(memberId, acknowledgements) {
        return acknowledge.call(this, memberId, acknowledgements).catch((error: Error) => {
          if (!(error instanceof KafkaError)) throw error
        })
      },
    })),
  ),
  'delivers more often than the limit allows': {
    deliveryLimit: 2,
    patch: patched(SharePartition.prototype, () => ({ stateAfter: (_run, state) => state })),
  },
  'skips records': strict(
    patched(SharePartition.prototype, ({ nextFetchOffset }) => {
      let count = 0
      return {
        nextFetchOffset(this: SharePartition) {
          const offset = nextFetchOffset.call(this)
          return offset === this.endOffset + 1 && ++count % SELDOM === 0 ? offset + 1 : offset
        },
      }
    }),
  ),
}

export async function runBrokenQueue(
  seed: number | string,
  { deliveryLimit, environment, patch }: PlantedBug,
): Promise<SharesResult> {
  const restore = patch?.()
  try {
    return await runShares(seed, { deliveryLimit, sabotage: environment })
  } finally {
    restore?.()
  }
}
