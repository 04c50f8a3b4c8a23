/**
 * Records of partitions as they lie in the log, with all that consumers are not shown: control records, records of
 * transactions that were aborted, and records of those that are open.
 *
 * A fetch of committed records names the transactions that were aborted and ends at the last stable offset; what is behind
 * it is fetched again as uncommitted. There a transaction's fate is known if its marker was read too, and it is open if not.
 */

import type { DecodedResponseOf } from '../../../../protocol/api-types.ts'
import { ErrorCode, errorName } from '../../../../protocol/errors.ts'
import { type DecodedBatch, type DecodedRecord, decodeBatches } from '../../../../protocol/records/decode.ts'
import { type BrokerCalls, BY_NAME } from '../broker-calls.ts'
import type { RecordKind } from '../model.ts'

export interface FoundRecord {
  readonly partition: number
  readonly kind: RecordKind
  readonly record: DecodedRecord
  readonly batch: DecodedBatch
}

export interface FetchedPartition {
  readonly partition: number
  readonly records: readonly FoundRecord[]
  /** The offset behind all that was read. */
  readonly next: number
  readonly bytes: number
  readonly problem: string | null
}

export interface FetchOptions {
  readonly topic: string
  /** The offsets to begin at, by partition. */
  readonly from: ReadonlyMap<number, number>
  /** Leaves out what a consumer with `read_committed` is not given. */
  readonly committedOnly: boolean
  /** The time to wait where nothing is there yet. */
  readonly waitMs?: number
}

const PARTITION_BYTES = 1024 * 1024
const ANSWER_BYTES = 16 * 1024 * 1024
/** One compressed batch may inflate to this much. */
const LIMITS = { maxBytes: 256 * 1024 * 1024 }
const UNCOMMITTED = 0
const COMMITTED = 1
const ABORT = 0

export async function fetchRecords(calls: BrokerCalls, options: FetchOptions): Promise<FetchedPartition[]> {
  const { topic, from, committedOnly, waitMs = 0 } = options
  const settled = await fetchAt(calls, topic, from, COMMITTED, committedOnly ? waitMs : 0)
  if (committedOnly) {
    return settled.map((each) => ({ ...each, records: each.records.filter(({ kind }) => kind === 'record') }))
  }
  const isAtItsEnd = ({ partition, next, problem }: FetchedPartition) =>
    problem === null && next === from.get(partition)
  const rest = new Map(settled.filter(isAtItsEnd).map(({ partition, next }) => [partition, next]))
  if (rest.size === 0) return settled
  const open = await fetchAt(calls, topic, rest, UNCOMMITTED, rest.size === from.size ? waitMs : 0)
  const unsettled = new Map(open.map((each) => [each.partition, each]))
  return settled.map((each) => unsettled.get(each.partition) ?? each)
}

async function fetchAt(
  calls: BrokerCalls,
  topic: string,
  from: ReadonlyMap<number, number>,
  isolationLevel: number,
  maxWaitMs: number,
): Promise<FetchedPartition[]> {
  const request = {
    maxWaitMs,
    minBytes: 1,
    maxBytes: ANSWER_BYTES,
    isolationLevel,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [
      {
        topic,
        partitions: [...from].map(([partition, offset]) => ({
          partition,
          fetchOffset: BigInt(offset),
          partitionMaxBytes: PARTITION_BYTES,
        })),
      },
    ],
  }
  const { responses } = await calls.call('Fetch', request, BY_NAME.Fetch)
  return (responses[0]?.partitions ?? []).map((answer) => fetched(answer, from.get(answer.partitionIndex) ?? 0))
}

type Answer = DecodedResponseOf<'Fetch'>['responses'][number]['partitions'][number]

function fetched(answer: Answer, at: number): FetchedPartition {
  const { partitionIndex: partition, errorCode, records: bytes, abortedTransactions } = answer
  const nothing = { partition, records: [], next: at, bytes: 0 }
  if (errorCode !== ErrorCode.NONE) return { ...nothing, problem: errorName(errorCode) }
  let batches: DecodedBatch[]
  try {
    batches = decodeBatches(bytes ?? Buffer.alloc(0), LIMITS)
  } catch (error) {
    return { ...nothing, problem: `the batch at ${at} cannot be read: ${(error as Error).message}` }
  }
  const last = batches.at(-1)
  if (last === undefined) return { ...nothing, problem: null }
  const kinds = kindsOf(batches, abortedTransactions)
  const records = batches.flatMap((batch) =>
    batch.records
      .filter(({ offset }) => Number(offset) >= at)
      .map((record): FoundRecord => ({ partition, kind: kinds.get(batch) ?? 'record', record, batch })),
  )
  return { partition, records, next: Number(last.lastOffset) + 1, bytes: bytes?.length ?? 0, problem: null }
}

type Aborted = Answer['abortedTransactions']

/**
 * The kinds of the batches' records. The next marker of its producer decides on a batch; where none was read, a list of
 * aborted transactions (committed records) does, and without one the transaction is open. Each batch is looked at once:
 * an answer may hold thousands of transactions.
 */
function kindsOf(batches: readonly DecodedBatch[], aborted: Aborted): ReadonlyMap<DecodedBatch, RecordKind> {
  const markers = batches.filter(({ isControl }) => isControl)
  const lastMarkers = new Map(markers.map(({ producerId, baseOffset }) => [producerId, baseOffset]))
  const abortedFrom = new Map<bigint, bigint>()
  for (const { producerId, firstOffset } of aborted ?? []) {
    const isOver = (lastMarkers.get(producerId) ?? -1n) > firstOffset
    const known = abortedFrom.get(producerId)
    if (!isOver && (known === undefined || firstOffset < known)) abortedFrom.set(producerId, firstOffset)
  }
  const nextMarkers = new Map<bigint, DecodedBatch>()
  const kinds = new Map<DecodedBatch, RecordKind>()
  for (const batch of [...batches].reverse()) {
    const { producerId, baseOffset } = batch
    const marker = nextMarkers.get(producerId)
    if (batch.isControl) {
      kinds.set(batch, 'control')
      nextMarkers.set(producerId, batch)
    } else if (!batch.isTransactional) kinds.set(batch, 'record')
    else if (marker !== undefined) kinds.set(batch, isAbort(marker) ? 'aborted' : 'record')
    else if (aborted === null) kinds.set(batch, 'open')
    else kinds.set(batch, (abortedFrom.get(producerId) ?? baseOffset + 1n) <= baseOffset ? 'aborted' : 'record')
  }
  return kinds
}

const isAbort = ({ records }: DecodedBatch): boolean => records[0]?.key?.readInt16BE(2) === ABORT
