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
  const fates = fatesOf(batches, abortedTransactions)
  const records = batches.flatMap((batch) =>
    batch.records
      .filter(({ offset }) => Number(offset) >= at)
      .map((record): FoundRecord => ({ partition, kind: fates(batch), record, batch })),
  )
  return { partition, records, next: Number(last.lastOffset) + 1, bytes: bytes?.length ?? 0, problem: null }
}

type Aborted = Answer['abortedTransactions']

/**
 * The kind of a batch's records. With a list of aborted transactions (committed records) a transaction that is not on it is
 * committed; without one the next marker of its producer decides.
 */
function fatesOf(batches: readonly DecodedBatch[], aborted: Aborted): (batch: DecodedBatch) => RecordKind {
  const markers = batches.filter(({ isControl }) => isControl)
  const nextMarker = ({ producerId, baseOffset }: DecodedBatch) =>
    markers.find((marker) => marker.producerId === producerId && marker.baseOffset > baseOffset)
  const endsBetween = (producerId: bigint, from: bigint, to: bigint) =>
    markers.some((marker) => marker.producerId === producerId && marker.baseOffset > from && marker.baseOffset < to)
  return (batch) => {
    if (batch.isControl) return 'control'
    if (!batch.isTransactional) return 'record'
    const marker = nextMarker(batch)
    if (marker !== undefined) return isAbort(marker) ? 'aborted' : 'record'
    if (aborted === null) return 'open'
    const isAborted = aborted.some(({ producerId, firstOffset }) => {
      const isMeant = producerId === batch.producerId && firstOffset <= batch.baseOffset
      return isMeant && !endsBetween(producerId, firstOffset, batch.baseOffset)
    })
    return isAborted ? 'aborted' : 'record'
  }
}

const isAbort = ({ records }: DecodedBatch): boolean => records[0]?.key?.readInt16BE(2) === ABORT
