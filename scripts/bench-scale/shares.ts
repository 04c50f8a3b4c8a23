/** The memory of a share group's records in flight. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { AcknowledgeType, acknowledge } from '../../src/share/partition/acknowledge.ts'
import { acquire } from '../../src/share/partition/acquire.ts'
import { SharePartition } from '../../src/share/partition/share-partition.ts'

/** The most that a group has in flight in one partition by default. */
const RECORDS_PER_PARTITION = 2_000
const RECORDS_PER_BATCH = 20
const LOCK_MS = 60_000

/** For every other record: neighbours have other counts and locks, so that nothing of them can be kept as one. */
const everyOther = (records: number): number[] =>
  Array.from({ length: records }, (_, i) => (i % 2 === 0 ? AcknowledgeType.RELEASE : AcknowledgeType.RENEW))

/** The heap that the state of records in flight takes in a broker, in bytes. */
export function measureState(records: number): number {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const limits = {
    maxInFlight: RECORDS_PER_PARTITION,
    maxDeliveryCount: 5,
    lockMs: LOCK_MS,
    mayRenew: true,
    hasDeadLetterQueue: false,
  }
  const heap = (): number => {
    for (let i = 0; i < 3; i++) collect()
    return process.memoryUsage().heapUsed
  }
  const before = heap()
  const partitions = Array.from({ length: records / RECORDS_PER_PARTITION }, () => {
    const partition = new SharePartition({ startOffset: 0, stateEpoch: 0, batches: [] }, () => limits)
    takeAll(partition, 0)
    const last = RECORDS_PER_PARTITION - 1
    const change = acknowledge(partition, 'm', [{ firstOffset: 0, lastOffset: last, types: everyOther(last + 1) }], 1)
    partition.settle(change, true, 2)
    takeAll(partition, 3)
    return partition
  })
  const bytes = heap() - before
  const inFlight = partitions.reduce((sum, { inFlightCount }) => sum + inFlightCount, 0)
  if (inFlight !== records) throw new Error(`${inFlight} of ${records} records are in flight`)
  return bytes
}

function takeAll(partition: SharePartition, nowMs: number): void {
  const batches = Array.from({ length: RECORDS_PER_PARTITION / RECORDS_PER_BATCH }, (_, i) => ({
    baseOffset: i * RECORDS_PER_BATCH,
    lastOffset: (i + 1) * RECORDS_PER_BATCH - 1,
  }))
  const all = { maxRecords: RECORDS_PER_PARTITION, batchSize: RECORDS_PER_BATCH, isExact: false, aborted: [] }
  acquire(partition, { memberId: 'm', batches, fetchOffset: 0, nowMs, ...all })
}
