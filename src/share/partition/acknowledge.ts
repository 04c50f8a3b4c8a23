/** Acknowledgements of records that a member has acquired (KIP-932), and renewals of their locks (KIP-1222). */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { DeliveryState } from '../../coordinator/share/state-batches.ts'
import type { InFlightBatch, Run } from './in-flight.ts'
import { type Change, ChangeBuilder, invalidState, type SharePartition } from './share-partition.ts'

/** Kafka's numbers. A gap is an offset at which the client found no record. */
export const AcknowledgeType = { GAP: 0, ACCEPT: 1, RELEASE: 2, REJECT: 3, RENEW: 4 } as const

export interface Acknowledgement {
  readonly firstOffset: number
  readonly lastOffset: number
  /** One for all of the records, or one for each. */
  readonly types: readonly number[]
}

/**
 * Returns what is to be stored, after which the change is settled. Throws INVALID_RECORD_STATE for records that the member does
 * not have, INVALID_REQUEST for such that nobody has; then nothing has changed, except for locks that were renewed.
 */
export function acknowledge(
  partition: SharePartition,
  memberId: string,
  acknowledgements: readonly Acknowledgement[],
  nowMs: number,
): Change {
  const change = new ChangeBuilder({ memberId })
  try {
    for (const acknowledgement of acknowledgements) {
      if (acknowledgement.lastOffset < partition.startOffset) continue
      for (const batch of batchesOf(partition, acknowledgement)) {
        if (batch.lastOffset < partition.startOffset) continue
        acknowledgeBatch(partition, batch, memberId, acknowledgement, { change, nowMs })
      }
    }
  } catch (error) {
    partition.undo(change.done(), nowMs)
    throw error
  }
  return change.done()
}

function batchesOf(
  { inFlight, startOffset }: SharePartition,
  { firstOffset, lastOffset }: Acknowledgement,
): readonly InFlightBatch[] {
  let floor = inFlight.floor(firstOffset)
  // The start offset may have moved into the records since they were acquired, and those before it are forgotten.
  if (floor === undefined && firstOffset < startOffset && lastOffset >= startOffset) floor = inFlight.floor(startOffset)
  if (floor === undefined) {
    throw invalidState('Batch record not found. The request batch offsets are not found in the cache.')
  }
  const batches = inFlight.beginningIn(floor.firstOffset, lastOffset)
  const end = batches.at(-1)?.lastOffset ?? -1
  if (end < firstOffset) throw notFound('The first offset in request is past acquired records.')
  if (end < lastOffset) throw notFound('The last offset in request is past acquired records.')
  return batches
}

const notFound = (reason: string): KafkaError =>
  new KafkaError(ErrorCode.INVALID_REQUEST, `Batch record not found. ${reason}`)

interface Task {
  readonly change: ChangeBuilder
  readonly nowMs: number
}

function acknowledgeBatch(
  partition: SharePartition,
  batch: InFlightBatch,
  memberId: string,
  { firstOffset, lastOffset, types }: Acknowledgement,
  task: Task,
): void {
  if (!batch.isSplit) checkWhole(batch.whole, memberId)
  const from = Math.max(firstOffset, batch.firstOffset, partition.startOffset)
  const to = Math.min(lastOffset, batch.lastOffset)
  for (const run of batch.between(from, to)) checkRun(run, memberId, batch.isSplit)
  if (types.length === 1) return apply(partition, batch, [from, to], types[0] ?? AcknowledgeType.GAP, task)
  for (let at = from; at <= to; ) {
    const type = types[at - firstOffset] ?? AcknowledgeType.GAP
    let end = at
    while (end < to && types[end + 1 - firstOffset] === type) end++
    apply(partition, batch, [at, end], type, task)
    at = end + 1
  }
}

function checkWhole({ memberId: owner, state, transition }: Run, memberId: string): void {
  if (owner === '' && transition === null) {
    throw invalidState('The batch cannot be acknowledged. The batch is not in the acquired state.')
  }
  if (owner !== memberId && transition === null) throw invalidState('Member is not the owner of batch record')
  if (transition !== null) throw inTransition()
  if (state !== DeliveryState.ACQUIRED) {
    throw invalidState('The batch cannot be acknowledged. The batch is not in the acquired state.')
  }
}

function checkRun({ memberId: owner, state, transition }: Run, memberId: string, isSplit: boolean): void {
  if (!isSplit) return
  if (state !== DeliveryState.ACQUIRED)
    throw invalidState('The offset cannot be acknowledged. The offset is not acquired.')
  if (transition !== null) throw inTransition()
  if (owner !== memberId) throw invalidState('Member is not the owner of offset')
}

const inTransition = (): KafkaError =>
  invalidState('The record state is invalid. The acknowledgement of delivery could not be completed.')

function apply(
  partition: SharePartition,
  batch: InFlightBatch,
  [from, to]: readonly [number, number],
  type: number,
  { change, nowMs }: Task,
): void {
  const { limits } = partition
  for (const run of batch.between(from, to)) {
    if (type === AcknowledgeType.RENEW) {
      if (!limits.mayRenew) throw invalidState('Renewing acquisition locks is not enabled for the group.')
      run.lockedUntilMs = nowMs + limits.lockMs
    } else {
      const state =
        type === AcknowledgeType.REJECT && limits.hasDeadLetterQueue ? DeliveryState.ARCHIVING : STATES[type]
      if (state === undefined) throw new KafkaError(ErrorCode.INVALID_REQUEST, `Unknown acknowledge type id: ${type}`)
      const cause = type === AcknowledgeType.REJECT ? 'rejected' : 'delivered too often'
      change.add(run, partition.stateAfter(run, state), cause)
    }
  }
}

const STATES: readonly (number | undefined)[] = [
  DeliveryState.ARCHIVED,
  DeliveryState.ACKNOWLEDGED,
  DeliveryState.AVAILABLE,
  DeliveryState.ARCHIVED,
]
