import { nextBatch } from '../../../protocol/records/batch.ts'
import { buildBatch } from '../../../protocol/records/build.ts'
import { type DecodedBatch, decodeBatch } from '../../../protocol/records/decode.ts'
import { OffsetStore } from '../../../src/coordinator/group/offsets/offset-store.ts'
import { TransactionShard } from '../../../src/coordinator/transaction/transaction-shard.ts'
import { PartitionLog } from '../../../src/log/partition-log.ts'
import { ProducerState } from '../../../src/log/producers/producer-state.ts'
import { Partition } from '../../../src/replication/partition.ts'
import type { AnomalyType } from '../../histories/anomalies.ts'
import { SeededRandom } from '../random.ts'
import { type Sabotage, withFile } from '../seams.ts'
import { runTransactions, type ScenarioOptions, type ScenarioResult } from './scenario.ts'
import { TransactionalProducer } from './transactional-producer.ts'

/** Replaces a method of the broker's own; the answer puts it back. */
type Patch = (random: SeededRandom) => () => void

export interface BrokenBroker {
  /** The anomalies that it must be caught by; none: by whatever does not come out right. */
  readonly anomalies: readonly AnomalyType[]
  /** Only crashes and other blows bring it to light. */
  readonly needsTorment?: boolean
  readonly options?: ScenarioOptions
  readonly patch?: Patch
  readonly environment?: Sabotage
}

/** `change` makes the new method of the old one. */
function patched<Target extends object, Name extends keyof Target>(
  target: Target,
  name: Name,
  change: (original: Target[Name]) => Target[Name],
): () => void {
  const original = target[name]
  target[name] = change(original)
  return () => {
    target[name] = original
  }
}

type Fetch = Partition['fetch']
type Fetched = Awaited<ReturnType<Fetch>>

/** Changes what readers are sent of topics that are no coordinator's. */
function patchedFetch(change: (batches: DecodedBatch[], fetched: Fetched, partition: Partition) => Buffer[] | null) {
  return patched(Partition.prototype, 'fetch', (original) => {
    return function (this: Partition, request, options) {
      const changed = (fetched: Fetched): Fetched => {
        if (fetched.sizeBytes === 0 || this.topic.startsWith('__')) return fetched
        const bytes = Buffer.concat(fetched.records)
        const records = change(wholeBatches(bytes), fetched, this)
        if (records === null) return fetched
        return { ...fetched, records, sizeBytes: records.reduce((sum, { length }) => sum + length, 0) }
      }
      const fetched = original.call(this, request, options)
      return fetched instanceof Promise ? fetched.then(changed) : changed(fetched)
    }
  })
}

function wholeBatches(bytes: Buffer): DecodedBatch[] {
  const batches: DecodedBatch[] = []
  for (let at = 0, next = 0; (next = nextBatch(bytes, at)) !== -1; at = next) batches.push(decodeBatch(bytes, at))
  return batches
}

/** A batch as it was, or with other values, or elsewhere. */
function encoded(batch: DecodedBatch, changes: { values?: readonly string[]; baseOffset?: bigint } = {}): Buffer {
  const { producerId, producerEpoch, baseSequence, isTransactional, isControl, leaderEpoch } = batch
  const { baseOffset = batch.baseOffset } = changes
  const producer = { producerId, producerEpoch, baseSequence, isTransactional, isControl }
  return buildBatch(
    { ...producer, baseOffset, partitionLeaderEpoch: leaderEpoch },
    batch.records.map(({ key, value, timestamp }, index) => ({
      key,
      value: changes.values === undefined ? value : Buffer.from(changes.values[index]),
      timestamp,
    })),
  )
}

const encodedAll = (batches: readonly DecodedBatch[]) => batches.map((batch) => encoded(batch))

const hasData = ({ isControl }: DecodedBatch) => !isControl

/** Puts one thing in the place of another now and then, always for the same readers of the same batch. */
function everyNth(batch: DecodedBatch, nth: number): boolean {
  return hasData(batch) && Number(batch.baseOffset) % nth === nth - 1
}

type Append = Parameters<Partition['append']>

/**
 * Holds the appends to one partition back that it has acknowledged, markers too, until another producer's transaction
 * has come and gone before them.
 */
function patchedAppends(): () => void {
  const held = new Map<string, Append[]>()
  return patched(Partition.prototype, 'append', (original) => {
    return function (this: Partition, records, options, done) {
      const place = `${this.topic}-${this.partition}`
      const [batch] = wholeBatches(records)
      const append = (...args: Append) => original.apply(this, args)
      if (batch === undefined || place !== 'cards-0') return append(records, options, done)
      const waiting = held.get(place) ?? []
      const isSame = waiting.length > 0 && wholeBatches(waiting[0][0])[0].producerId === batch.producerId
      if (waiting.length === 0 ? batch.isControl : !isSame) {
        append(records, options, done)
        if (!batch.isControl) return
        held.delete(place)
        for (const args of waiting) append(...args)
        return
      }
      const copy = Buffer.from(records)
      const { verificationGuard: _, ...unverified } = options
      held.set(place, [...waiting, [copy, { ...unverified, origin: 'coordinator' }, () => {}]])
      const firstOffset = this.log.logEndOffset
      const lastOffset = firstOffset + batch.records.length - 1
      const { logStartOffset } = this.log
      const times = { logAppendTimeMs: -1, maxTimestampMs: -1 }
      done(null, { firstOffset, lastOffset, ...times, logStartOffset, leaderEpoch: 0, sizeBytes: 0, duplicate: false })
    }
  })
}

/** Brokers that are broken on purpose: the checker is worth something only if it catches each of them. */
export const BROKEN_BROKERS: Readonly<Record<string, BrokenBroker>> = {
  'does not tell readers what was aborted': {
    anomalies: ['G1a'],
    patch: () => patched(PartitionLog.prototype, 'abortedTransactions', () => () => []),
  },
  'shows what is not committed yet': {
    anomalies: ['dirty-read', 'precommitted-read', 'G1c'],
    patch: () =>
      patched(Partition.prototype, 'readableEnd', () => {
        return function (this: Partition) {
          return this.highWatermark
        }
      }),
  },
  'has lost some of what it acknowledged': {
    anomalies: ['lost-write', 'G1b'],
    patch: () => patchedFetch((batches) => encodedAll(batches.filter((batch) => !everyNth(batch, 7)))),
  },
  'has written some of it twice': {
    anomalies: ['duplicate'],
    patch: (random) =>
      patched(Partition.prototype, 'append', (original) => {
        return function (this: Partition, records, options, done) {
          if (options.origin !== 'client' || random.integer(10) > 0) return original.call(this, records, options, done)
          const again = Buffer.from(records)
          original.call(this, records, options, (error, result) => {
            if (error === null) original.call(this, again, { ...options, origin: 'coordinator' }, () => {})
            done(error, result)
          })
        }
      }),
  },
  'acknowledges what it has not written there': {
    anomalies: ['inconsistent-offsets'],
    patch: (random) =>
      patched(Partition.prototype, 'append', (original) => {
        return function (this: Partition, records, options, done) {
          original.call(this, records, options, (error, result) => {
            const isRight = result === null || options.origin !== 'client' || random.integer(10) > 0
            if (isRight) return done(error, result)
            done(error, { ...result, firstOffset: result.firstOffset + 1 })
          })
        }
      }),
  },
  'makes values up': {
    anomalies: ['unwritten'],
    patch: () =>
      patchedFetch((batches) =>
        batches.map((batch) => {
          if (!everyNth(batch, 11)) return encoded(batch)
          return encoded(batch, { values: batch.records.map(({ offset }) => `made up at ${offset}`) })
        }),
      ),
  },
  'passes over some of what it sends': {
    anomalies: ['poll-skip', 'int-poll-skip'],
    patch: (random) =>
      patchedFetch((batches) => {
        const data = batches.filter(hasData)
        if (data.length < 2 || random.integer(3) > 0) return null
        const passedOver = data[random.integer(data.length - 1)]
        return encodedAll(batches.filter((batch) => batch !== passedOver))
      }),
  },
  'sends some of it again': {
    anomalies: ['nonmonotonic-poll', 'int-nonmonotonic-poll'],
    patch: (random) => {
      const last = new Map<string, DecodedBatch>()
      return patchedFetch((batches, _, { topic, partition }) => {
        const place = `${topic}-${partition}`
        return batches.map((batch) => {
          const before = last.get(place)
          if (!hasData(batch)) return encoded(batch)
          last.set(place, batch)
          const isEarlier = before !== undefined && before.baseOffset < batch.baseOffset
          const fits = isEarlier && before.records.length <= batch.records.length
          return fits && random.integer(4) === 0 ? encoded(before, { baseOffset: batch.baseOffset }) : encoded(batch)
        })
      })
    },
  },
  'writes in another order than it acknowledges': {
    anomalies: ['nonmonotonic-send', 'G0', 'G0-realtime'],
    patch: patchedAppends,
  },
  'turns a transaction over': {
    anomalies: ['int-nonmonotonic-send'],
    patch: () =>
      patchedFetch((batches) =>
        batches.map((batch) => {
          if (!hasData(batch)) return encoded(batch)
          return encoded(batch, { values: batch.records.map(({ value }) => String(value)).reverse() })
        }),
      ),
  },
  'commits the offsets of what was aborted': {
    anomalies: [],
    patch: () =>
      patched(OffsetStore.prototype, 'replayEndTransaction', (original) => {
        return function (this: OffsetStore, producerId) {
          return original.call(this, producerId, true)
        }
      }),
  },
  'forgets the offsets of what was committed': {
    anomalies: [],
    patch: (random) =>
      patched(OffsetStore.prototype, 'replayEndTransaction', (original) => {
        return function (this: OffsetStore, producerId, committed) {
          return original.call(this, producerId, committed && random.integer(4) > 0)
        }
      }),
  },
  'takes offsets from members of generations that are over': {
    anomalies: [],
    needsTorment: true,
    // As if it did not look at who they come from.
    patch: () =>
      patched(TransactionalProducer.prototype, 'sendOffsets', (original) => {
        return function (this: TransactionalProducer, identity, topic, offsets) {
          return original.call(this, { ...identity, generationId: -1, memberId: '' }, topic, offsets)
        }
      }),
  },
  'does not carry out what it had decided before it crashed': {
    anomalies: [],
    needsTorment: true,
    patch: () =>
      patched(TransactionShard.prototype, 'loaded', (original) => {
        return function (this: TransactionShard, nowMs) {
          const effects = original.call(this, nowMs)
          effects.tasks.length = 0
          return effects
        }
      }),
  },
  'forgets at its start what is open': {
    anomalies: [],
    needsTorment: true,
    patch: () =>
      patched(ProducerState.prototype, 'load', (original) => {
        return function (this: ProducerState, entries, nowMs, expirationMs) {
          const closed = entries.map((entry) => ({ ...entry, currentTransactionFirstOffset: -1 }))
          return original.call(this, closed, nowMs, expirationMs)
        }
      }),
  },
  'answers before its decision is in the log': {
    anomalies: [],
    needsTorment: true,
    options: { crashMode: 'kill' },
    environment: withFile(/__transaction_state-.*\.log$/, (file, { clock }) => ({
      write: (buffers, position, done) => {
        // The caller may do with its buffers what it likes once it is told.
        const copies = buffers.map((buffer) => Buffer.from(buffer))
        clock.schedule(50, () => file.write(copies, position, () => {}))
        done(null)
      },
    })),
  },
  'does not sync its decisions': {
    anomalies: [],
    needsTorment: true,
    options: { crashMode: 'power' },
    environment: withFile(/__transaction_state-.*\.log$/, () => ({ sync: async () => {} })),
  },
}

/** One run against a broken broker; rejects when it was caught. */
export async function runBroken(seed: number, broken: BrokenBroker): Promise<ScenarioResult> {
  const restore = broken.patch?.(new SeededRandom(`${seed}/sabotage`))
  try {
    const { needsTorment: isTormented = false, environment: sabotage } = broken
    return await runTransactions(seed, { isTormented, sabotage, ...broken.options })
  } finally {
    restore?.()
  }
}
