/** Verification of transactional appends (KIP-890): what a late record may not begin. */
import { join } from 'node:path'
import t from 'tap'
import { append, openLog, records, temporaryDirectory } from '../../../proof/log/support.ts'
import { ErrorCode } from '../../../protocol/errors.ts'
import { buildEndTxnMarker, ControlRecordType } from '../../../protocol/records/control.ts'
import type { PartitionLog } from '../../../src/log/partition-log.ts'

const { INVALID_TXN_STATE, INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER } = ErrorCode
const producerId = 7

const batch = (producerEpoch: number, baseSequence: number) =>
  records(['x'], { producerId, producerEpoch, baseSequence, isTransactional: true })

const start = (log: PartitionLog, epoch: number, bumpsEpoch: boolean, baseSequence = 0) =>
  log.startVerification({ producerId, epoch, baseSequence, bumpsEpoch })

function marker(log: PartitionLog, producerEpoch: number, transactionVersion: number) {
  const type = ControlRecordType.ABORT
  const bytes = buildEndTxnMarker({
    type,
    producerId,
    producerEpoch,
    coordinatorEpoch: 0,
    timestampMs: 1_700_000_000_000,
  })
  return append(log, bytes, { origin: 'coordinator', transactionVersion })
}

async function newLog(t: { teardown(fn: () => void): unknown }): Promise<PartitionLog> {
  return openLog({ directory: join(temporaryDirectory(t), 't-0') })
}

t.test('the first append of a transaction needs the guard of its own verification', async (t) => {
  const log = await newLog(t)
  await t.rejects(append(log, batch(0, 0), { verificationGuard: null }), { code: INVALID_TXN_STATE })
  const guard = start(log, 0, false)
  t.equal(start(log, 0, false), guard, 'the same while it is not used')
  await t.rejects(append(log, batch(0, 0), { verificationGuard: {} }), { code: INVALID_TXN_STATE })
  await append(log, batch(0, 0), { verificationGuard: guard })
  t.equal(start(log, 0, false), null, 'under way')
  await append(log, batch(0, 1), { verificationGuard: null })
  await marker(log, 0, 0)
  await t.rejects(append(log, batch(0, 2), { verificationGuard: null }), { code: INVALID_TXN_STATE })
})

t.test('a marker that comes between the question and the append takes the guard away', async (t) => {
  const log = await newLog(t)
  const guard = start(log, 0, false)
  await marker(log, 0, 0)
  await t.rejects(append(log, batch(0, 0), { verificationGuard: guard }), { code: INVALID_TXN_STATE })
  t.equal(log.replica.lastStableOffset, log.logEndOffset)
})

t.test('with bumped epochs, the marker of the transaction before does not', async (t) => {
  const log = await newLog(t)
  await append(log, batch(0, 0), { verificationGuard: start(log, 0, true) })
  // The client was answered and goes on with the next epoch while the marker is on its way.
  const next = start(log, 1, true)
  await marker(log, 1, 2)
  await append(log, batch(1, 0), { verificationGuard: next })
  t.equal(log.replica.lastStableOffset, 2)
})

t.test('a record with the epoch of a transaction that has ended is refused', async (t) => {
  const log = await newLog(t)
  await append(log, batch(0, 0), { verificationGuard: start(log, 0, true) })
  await marker(log, 1, 2)
  t.throws(() => start(log, 0, true), { code: INVALID_PRODUCER_EPOCH })
  await t.rejects(append(log, batch(0, 1), { verificationGuard: null }), { code: INVALID_PRODUCER_EPOCH })
})

t.test('a later batch may not overtake one whose verification failed', async (t) => {
  const log = await newLog(t)
  start(log, 0, false, 3)
  const guard = start(log, 0, false, 4)
  await t.rejects(append(log, batch(0, 4), { verificationGuard: guard }), { code: OUT_OF_ORDER_SEQUENCE_NUMBER })
  await append(log, batch(0, 3), { verificationGuard: guard })
})

t.test('a new producer of transaction version 2 begins with sequence 0', async (t) => {
  const log = await newLog(t)
  const guard = start(log, 0, true, 5)
  await t.rejects(append(log, batch(0, 5), { verificationGuard: guard }), { code: OUT_OF_ORDER_SEQUENCE_NUMBER })
})
