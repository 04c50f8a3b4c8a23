import { lastOffset, nextBatch } from '../../../protocol/records/batch.ts'
import { LeaderEpochCache } from '../../../src/log/leader-epoch-cache.ts'
import { PartitionLog } from '../../../src/log/partition-log.ts'
import { ProducerState } from '../../../src/log/producers/producer-state.ts'
import { FollowedPartition } from '../../../src/replication/fetcher/followed-partition.ts'
import { ReplicaFetchers } from '../../../src/replication/fetcher/replica-fetchers.ts'
import { FollowerProgress } from '../../../src/replication/follower-progress.ts'
import { FollowerRole } from '../../../src/replication/follower-role.ts'
import { InSyncProposals } from '../../../src/replication/in-sync-proposals.ts'
import { InSyncReplicas } from '../../../src/replication/in-sync-replicas.ts'
import { LeaderRole } from '../../../src/replication/leader-role.ts'
import { Partition } from '../../../src/replication/partition.ts'
import { patched } from '../patched.ts'
import { runReplication, type ScenarioOptions } from './scenario.ts'
import { runClusterTransactions } from './transactions.ts'
import { WORLDS } from './worlds.ts'

export interface PlantedBug {
  /** The world that brings it to light. */
  readonly options: ScenarioOptions
  /** Whether it takes a group and transactions to see it. */
  readonly needsCoordinators?: boolean
  /** Replaces methods of the brokers' own; the answer puts them back. */
  readonly patch?: () => () => void
}

function withGetter(target: object, name: string, get: (this: never, original: () => unknown) => unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name)
  if (before?.get === undefined) throw new Error(`${name} is no getter`)
  const original = before.get
  Object.defineProperty(target, name, {
    ...before,
    get(this: never) {
      return get.call(this, () => original.call(this))
    },
  })
  return () => Object.defineProperty(target, name, before)
}

const both =
  (...patches: (() => () => void)[]) =>
  () => {
    const restore = patches.map((patch) => patch())
    return () => {
      for (const each of restore) each()
    }
  }

const saysNoEpoch = patched(FollowedPartition.prototype, ({ wanted }) => ({
  wanted(this: FollowedPartition, maxBytes) {
    return { ...wanted.call(this, maxBytes), lastFetchedEpoch: -1 }
  },
}))

const acknowledgesAlone = patched(LeaderRole.prototype, ({ append }) => ({
  append(this: LeaderRole, records, options, done) {
    append.call(this, records, { ...options, acks: options.acks === -1 ? 1 : options.acks }, done)
  },
}))

/** Bugs planted on purpose: the simulation is worth something only if it finds each of them. */
export const PLANTED_BUGS: Readonly<Record<string, PlantedBug>> = {
  'cuts its log to the watermark, not by epoch': {
    options: WORLDS.kills,
    patch: both(
      saysNoEpoch,
      patched(ReplicaFetchers.prototype, ({ follow }) => {
        const begun = new WeakSet<object>()
        return {
          follow(this: ReplicaFetchers, partition) {
            const { role } = partition
            const begin = () => follow.call(this, partition)
            if (role.kind !== 'follower' || begun.has(role)) return begin()
            begun.add(role)
            role.truncateTo(Math.min(partition.highWatermark, partition.log.logEndOffset)).then(begin, begin)
          },
        }
      }),
    ),
  },
  'does not say in which epoch its log ends': { options: WORLDS.kills, patch: saysNoEpoch },
  'does not cut where its log leaves the leader': {
    options: WORLDS.kills,
    patch: patched(FollowerRole.prototype, () => ({
      truncateToEpochEnd: async (diverging) => ({
        offset: diverging.endOffset,
        isComplete: true,
      }),
    })),
  },
  'cuts one record too few': {
    options: WORLDS.kills,
    patch: patched(FollowerRole.prototype, ({ truncateToEpochEnd }) => ({
      truncateToEpochEnd(this: FollowerRole, { epoch, endOffset }) {
        return truncateToEpochEnd.call(this, { epoch, endOffset: endOffset + 1 })
      },
    })),
  },
  'cuts more than it has to': {
    options: WORLDS.kills,
    patch: patched(FollowerRole.prototype, ({ truncateToEpochEnd }) => ({
      truncateToEpochEnd(this: FollowerRole, { epoch, endOffset }) {
        return truncateToEpochEnd.call(this, { epoch, endOffset: Math.max(0, endOffset - 50) })
      },
    })),
  },
  'lets every epoch begin one record too late': {
    options: WORLDS.kills,
    patch: patched(LeaderEpochCache.prototype, ({ assign }) => ({
      assign(this: LeaderEpochCache, epoch, startOffset) {
        assign.call(this, epoch, this.latestEpoch < epoch ? startOffset + 1 : startOffset)
      },
    })),
  },
  'keeps the epochs of what it has cut': {
    // A leader has to be cut off before anybody has the first record of its epoch.
    options: WORLDS.lateFetches,
    patch: patched(LeaderEpochCache.prototype, () => ({ truncateFromEnd: () => {} })),
  },
  'lets every epoch end where its log does': {
    options: WORLDS.kills,
    patch: patched(LeaderEpochCache.prototype, () => ({
      endOffsetFor: (epoch: number, endOffset: number) => ({
        epoch,
        endOffset,
      }),
    })),
  },
  'takes a proposal for committed': {
    options: WORLDS.clean,
    patch: both(
      () =>
        withGetter(InSyncReplicas.prototype, 'committed', function (this: InSyncReplicas, original) {
          return this.proposed?.replicas ?? original()
        }),
      patched(InSyncReplicas.prototype, () => ({
        maximalHas(this: InSyncReplicas, replicaId) {
          return this.committed.includes(replicaId)
        },
      })),
    ),
  },
  'does not count who is proposed': {
    // A follower that is proposed counts for the watermark as well while it keeps up: here it has little time for it.
    options: WORLDS.unheardDecisions,
    patch: patched(InSyncReplicas.prototype, () => ({
      maximalHas(this: InSyncReplicas, replicaId) {
        return this.committed.includes(replicaId)
      },
    })),
  },
  'lets the watermark run ahead of the in-sync replicas': {
    options: WORLDS.clean,
    patch: patched(Partition.prototype, ({ commit }) => ({
      commit(this: Partition, offset) {
        // The role that is being made asks as well.
        const role: Partition['role'] | undefined = this.role
        return commit.call(this, role?.kind === 'leader' ? role.endOffset : offset)
      },
    })),
  },
  'acknowledges what it alone has written': { options: WORLDS.kills, patch: acknowledgesAlone },
  'keeps the state of a coordinator to itself': {
    options: WORLDS.seldomFetches,
    needsCoordinators: true,
    patch: acknowledgesAlone,
  },
  'writes markers of transactions into its own partitions alone': {
    options: { ...WORLDS.kills, brokerConfig: { 'process.roles': 'broker,controller' } },
    needsCoordinators: true,
  },
  'says that it has records before they are written': {
    options: WORLDS.kills,
    patch: patched(FollowerRole.prototype, ({ append }) => ({
      async append(this: FollowerRole, records, leader) {
        const appended = append.call(this, records, leader)
        appended.catch(() => {})
        const last = lastOf(records)
        return last === null ? appended : { ...NOTHING, lastOffset: last }
      },
    })),
  },
  'counts a follower one record ahead': {
    options: WORLDS.clean,
    patch: patched(FollowerProgress.prototype, ({ fetched }) => ({
      fetched(this: FollowerProgress, fetch) {
        fetched.call(this, { ...fetch, offset: fetch.offset + 1 })
      },
    })),
  },
  'does not tell the lives of a follower apart': {
    options: WORLDS.rashReturns,
    patch: patched(FollowerProgress.prototype, ({ fetched }) => ({
      fetched(this: FollowerProgress, fetch) {
        fetched.call(this, { ...fetch, brokerEpoch: -1n })
      },
    })),
  },
  'takes replicas for in sync that lack committed records': {
    options: WORLDS.slowCatchUp,
    patch: patched(LeaderRole.prototype, () => ({
      mayJoin(this: LeaderRole, { replicaId, brokerEpoch }) {
        return !this.isr.maximalHas(replicaId) && brokerEpoch !== null
      },
    })),
  },
  'takes nobody back in sync': {
    options: WORLDS.kills,
    patch: patched(LeaderRole.prototype, () => ({ mayJoin: () => false })),
  },
  'never asks for other in-sync replicas': {
    options: WORLDS.kills,
    patch: patched(InSyncProposals.prototype, () => ({ submit: () => {} })),
  },
  'takes its whole log for committed when it is elected': {
    options: WORLDS.lateFetches,
    patch: patched(Partition.prototype, ({ follow }) => ({
      async follow(this: Partition, state) {
        await follow.call(this, state)
        if (this.role.kind === 'leader') this.commit(this.log.logEndOffset)
      },
    })),
  },
  'shows consumers what is not committed': {
    options: WORLDS.clean,
    patch: patched(Partition.prototype, () => ({
      readableEnd(this: Partition) {
        return this.log.logEndOffset
      },
    })),
  },
  'does not know a batch that was sent again to another leader': {
    options: WORLDS.kills,
    patch: patched(ProducerState.prototype, () => ({ duplicateOf: () => undefined })),
  },
  'begins another role while the log is writing': {
    options: WORLDS.busyLeaders,
    patch: patched(PartitionLog.prototype, () => ({ settled: async () => {} })),
  },
  'begins an epoch among appends of the last one': {
    options: WORLDS.busyLeaders,
    patch: patched(PartitionLog.prototype, () => ({ holdAppends: (work) => work() })),
  },
  'lets its controller elect a leader in the old epoch': { options: { ...WORLDS.kills, flaws: { keepsEpoch: true } } },
  'lets its controller elect replicas that lack records': {
    options: { ...WORLDS.kills, flaws: { electsAnybody: true } },
  },
  'lets its controller trust a broker that has lost its records': {
    options: { ...WORLDS.earlyLosses, flaws: { trustsUncleanBrokers: true } },
  },
}

const NOTHING = {
  firstOffset: -1,
  logAppendTimeMs: -1,
  maxTimestampMs: -1,
  logStartOffset: 0,
  leaderEpoch: -1,
  sizeBytes: 0,
  duplicate: false,
}

/** The last offset of the whole batches; null: there is none. */
function lastOf(records: Buffer): number | null {
  let last: number | null = null
  for (let at = 0, next = nextBatch(records, at); next !== -1; next = nextBatch(records, at)) {
    last = lastOffset(records, at)
    at = next
  }
  return last
}

/** Rejects when the bug is found. */
export async function runWithBug(seed: number | string, bug: PlantedBug): Promise<void> {
  const run = bug.needsCoordinators ? runClusterTransactions : runReplication
  const restore = bug.patch?.()
  try {
    await run(seed, bug.options)
  } finally {
    restore?.()
  }
}
