import { appendFileSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { append, openLog, readValues, records, temporaryDirectory } from '../../proof/log/support.ts'
import { ErrorCode } from '../../protocol/errors.ts'
import { buildEndTxnMarker, ControlRecordType } from '../../protocol/records/control.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'

const segments = (directory: string) =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.log'))
    .sort()

t.test('what is appended is read back, in order and from any offset', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory })
  const results = await Promise.all([
    append(log, records(['a', 'b'])),
    append(log, records(['c'])),
    append(log, records(['d', 'e'])),
  ])
  t.same(
    results.map(({ firstOffset, lastOffset }) => [firstOffset, lastOffset]),
    [
      [0, 1],
      [2, 2],
      [3, 4],
    ],
  )
  t.equal(log.logEndOffset, 5)
  t.equal(log.replica.highWatermark, 5)
  t.same(await readValues(log), ['a', 'b', 'c', 'd', 'e'])
  t.same(await readValues(log, 3, 1), ['d', 'e'])
  t.same(await readValues(log, 4), ['e'])
  await log.close()
  const again = await openLog({ directory })
  t.same(await readValues(again, 0, 1), ['a', 'b', 'c', 'd', 'e'], 'from the files, one batch at a time')
  t.throws(() => again.read(6, { maxBytes: 1, upToOffset: 5, minOneBatch: true }), {
    code: ErrorCode.OFFSET_OUT_OF_RANGE,
  })
  await again.close()
})

t.test('a read stops at the bound and gives at least one batch', async (t) => {
  const log = await openLog({ directory: join(temporaryDirectory(t), 't-0'), context: { tailCacheBytes: 0 } })
  for (const value of ['a', 'b', 'c']) await append(log, records([value]))
  const size = records(['a']).length
  const read = async (maxBytes: number, upToOffset: number, minOneBatch: boolean) =>
    (await log.read(0, { maxBytes, upToOffset, minOneBatch })).sizeBytes
  t.equal(await read(1000, 2, true), 2 * size)
  t.equal(await read(10, 3, true), size)
  t.equal(await read(10, 3, false), 10, 'a partial batch, as Kafka gives it')
  t.equal(await read(size + 5, 3, true), size + 5)
  t.equal(await read(1000, 0, true), 0)
})

t.test('segments roll by size and are read across', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory, config: { segmentBytes: 200, indexIntervalBytes: 0 } })
  const values = Array.from({ length: 20 }, (_, i) => `value-${i}`)
  await Promise.all(values.map((value) => append(log, records([value]))))
  t.ok(segments(directory).length >= 7)
  t.same(await readValues(log), values)
  await log.close()
  const again = await openLog({ directory, config: { segmentBytes: 200 } })
  t.same(await readValues(again), values)
  t.equal(again.logEndOffset, 20)
  await again.close()
})

t.test('segments roll by the records’ time', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory, config: { segmentMs: 1000 } })
  await append(log, records(['a'], {}, 1000))
  await append(log, records(['b'], {}, 2000))
  await append(log, records(['c'], {}, 2001))
  t.same(segments(directory), ['00000000000000000000.log', '00000000000000000002.log'])
})

t.test('after a crash the torn tail is cut and everything before it is there', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory, config: { segmentBytes: 300 } })
  for (let i = 0; i < 9; i++) await append(log, records([`v${i}`]))
  await log.flush()
  const last = segments(directory).at(-1)!
  const torn = records(['torn']).subarray(0, 40)
  appendFileSync(join(directory, last), torn)
  const again = await openLog({ directory, offsets: { hadCleanShutdown: false }, config: { segmentBytes: 300 } })
  t.equal(again.logEndOffset, 9)
  t.same(
    await readValues(again),
    Array.from({ length: 9 }, (_, i) => `v${i}`),
  )
  await append(again, records(['next']))
  t.equal((await readValues(again)).at(-1), 'next')
})

t.test('a corrupt batch behind the recovery point ends the log there, and later segments go', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory, config: { segmentBytes: 200 } })
  for (let i = 0; i < 9; i++) await append(log, records([`v${i}`]))
  await log.flush()
  const [, second, ...later] = segments(directory)
  const bytes = readFileSync(join(directory, second))
  bytes[bytes.length - 1] ^= 1
  writeFileSync(join(directory, second), bytes)
  const again = await openLog({ directory, offsets: { hadCleanShutdown: false } })
  const end = again.logEndOffset
  t.ok(end > Number.parseInt(second, 10) && end < Number.parseInt(later[0], 10))
  t.same(
    await readValues(again),
    Array.from({ length: end }, (_, i) => `v${i}`),
  )
  for (const name of later) t.notOk(existsSync(join(directory, name)))
})

t.test('a corrupt batch before the recovery point is left alone', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory })
  for (let i = 0; i < 4; i++) await append(log, records([`v${i}`]))
  await log.flush()
  const path = join(directory, segments(directory)[0])
  const bytes = readFileSync(path)
  bytes[bytes.length / 4 - 1] ^= 1
  writeFileSync(path, bytes)
  const again = await openLog({ directory, offsets: { hadCleanShutdown: false, recoveryPoint: 4 } })
  t.equal(again.logEndOffset, 4)
  t.equal(readFileSync(path).length, bytes.length)
})

t.test('idempotent producers: duplicates, gaps, epochs', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory })
  const batch = (baseSequence: number, producerEpoch = 0) =>
    records(['x', 'y'], { producerId: 7, producerEpoch, baseSequence })
  t.equal((await append(log, batch(4))).firstOffset, 0, 'an unknown producer may start anywhere')
  for (let i = 1; i < 5; i++) await append(log, batch(4 + 2 * i))
  const duplicate = await append(log, batch(4))
  t.match(duplicate, { firstOffset: 0, lastOffset: 1, duplicate: true, sizeBytes: 0 })
  await append(log, batch(14))
  await t.rejects(append(log, batch(4)), { code: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER }, 'not among the last five')
  await t.rejects(append(log, batch(18)), { code: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER })
  await t.rejects(append(log, batch(1, 1)), { code: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER }, 'a new epoch starts at 0')
  await append(log, batch(0, 1))
  await t.rejects(append(log, batch(16)), { code: ErrorCode.INVALID_PRODUCER_EPOCH })
  t.equal(log.logEndOffset, 14)
  for (const hadCleanShutdown of [true, false]) {
    if (hadCleanShutdown) await log.close()
    const again = await openLog({ directory, offsets: { hadCleanShutdown } })
    t.match(await append(again, batch(0, 1)), { firstOffset: 12, duplicate: true })
    await t.rejects(append(again, batch(4, 1)), { code: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER })
  }
})

t.test('a duplicate of what is still queued is answered after it', async (t) => {
  const log = await openLog({ directory: join(temporaryDirectory(t), 't-0') })
  const batch = () => records(['x'], { producerId: 7, producerEpoch: 0, baseSequence: 0 })
  const [first, second] = await Promise.all([append(log, batch()), append(log, batch())])
  t.match(first, { firstOffset: 0, duplicate: false })
  t.match(second, { firstOffset: 0, lastOffset: 0, duplicate: true })
  t.equal(log.logEndOffset, 1)
})

t.test('transactions hold the last stable offset back, aborted ones are named to readers', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory })
  const producer = (producerId: number, baseSequence: number) => ({
    producerId,
    producerEpoch: 0,
    baseSequence,
    isTransactional: true,
  })
  const marker = (producerId: number, type: 0 | 1) =>
    append(
      log,
      buildEndTxnMarker({ type, producerId, producerEpoch: 0, coordinatorEpoch: 0, timestampMs: 1_700_000_000_000 }),
      { origin: 'coordinator' },
    )
  await append(log, records(['a'], producer(1, 0)))
  await append(log, records(['b'], producer(2, 0)))
  t.equal(log.replica.lastStableOffset, 0)
  await marker(1, ControlRecordType.ABORT)
  t.equal(log.replica.lastStableOffset, 1)
  await marker(2, ControlRecordType.COMMIT)
  t.equal(log.replica.lastStableOffset, 4)
  await t.rejects(
    append(
      log,
      buildEndTxnMarker({
        type: ControlRecordType.ABORT,
        producerId: 2,
        producerEpoch: 0,
        coordinatorEpoch: -1,
        timestampMs: 1,
      }),
      { origin: 'coordinator' },
    ),
    { code: ErrorCode.TRANSACTION_COORDINATOR_FENCED },
  )
  const aborted = async (from: typeof log) =>
    from.abortedTransactions(
      await from.read(0, { maxBytes: 1 << 20, upToOffset: from.replica.lastStableOffset, minOneBatch: true }),
    )
  t.same(await aborted(log), [{ producerId: 1, firstOffset: 0 }])
  await log.close()
  for (const hadCleanShutdown of [true, false]) {
    const again = await openLog({ directory, offsets: { hadCleanShutdown } })
    t.same(await aborted(again), [{ producerId: 1, firstOffset: 0 }])
    t.equal(again.replica.lastStableOffset, 4)
  }
})

t.test('truncation takes records, producers and epochs back', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory, config: { segmentBytes: 250 } })
  for (let i = 0; i < 8; i++)
    await append(log, records([`v${i}`], { producerId: 1, producerEpoch: 0, baseSequence: i }), { leaderEpoch: i >> 1 })
  await log.truncateTo(5)
  t.equal(log.logEndOffset, 5)
  t.equal(log.latestEpoch, 2)
  t.same(await readValues(log), ['v0', 'v1', 'v2', 'v3', 'v4'])
  t.same(log.endOffsetForEpoch(1), { epoch: 1, endOffset: 4 })
  await append(log, records(['again'], { producerId: 1, producerEpoch: 0, baseSequence: 5 }), { leaderEpoch: 9 })
  t.same(await readValues(log), ['v0', 'v1', 'v2', 'v3', 'v4', 'again'])
  await log.truncateFullyAndStartAt(100)
  t.match(log, { logStartOffset: 100, logEndOffset: 100, latestEpoch: -1 })
  t.equal((await append(log, records(['new']))).firstOffset, 100)
  await log.close()
  const again = await openLog({ directory })
  t.same(await readValues(again), ['new'])
})

t.test('a flush in the middle of a truncation does not take what is cut for durable', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const environment = nodeEnvironment()
  let flushed: Promise<void> | null = null
  const { files } = environment
  const remove = files.remove.bind(files)
  files.remove = async (path) => {
    if (path.endsWith('.log')) await (flushed ??= log.flush())
    await remove(path)
  }
  const log = await openLog({ directory, environment, config: { segmentBytes: 250 } })
  for (let i = 0; i < 8; i++) await append(log, records([`v${i}`]))
  await log.truncateTo(5)
  t.ok(flushed, 'the log was flushed while files of it were going')
  t.same([log.recoveryPoint <= 5, log.logEndOffset], [true, 5])
  await append(log, records(['again']))
  await log.flush()
  t.equal(log.recoveryPoint, 6)
  t.same(await readValues(log), ['v0', 'v1', 'v2', 'v3', 'v4', 'again'])
  await log.close()
})

t.test('retention by size and time takes whole segments from the front', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory, config: { segmentBytes: 200, retentionBytes: 400, fileDeleteDelayMs: 0 } })
  for (let i = 0; i < 10; i++) await append(log, records([`v${i}`], {}, 1000 * i))
  const before = log.sizeBytes
  t.ok((await log.deleteOldSegments(10_000)) > 0)
  t.ok(log.sizeBytes >= 400 && log.sizeBytes < before)
  t.equal(log.logStartOffset, Number.parseInt(segments(directory)[0], 10))
  log.updateConfig({ ...log.config, retentionBytes: -1, retentionMs: 500 })
  await log.deleteOldSegments(100_000)
  t.equal(log.logStartOffset, 10, 'all of them: the log goes on in a new segment')
  t.equal((await append(log, records(['next']))).firstOffset, 10)
})

t.test('DeleteRecords moves the start', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory })
  await append(log, records(['a', 'b', 'c']))
  t.equal(await log.deleteRecordsBefore(2), 2)
  t.throws(() => log.read(1, { maxBytes: 1, upToOffset: 3, minOneBatch: true }), {
    code: ErrorCode.OFFSET_OUT_OF_RANGE,
  })
  await t.rejects(log.deleteRecordsBefore(4), { code: ErrorCode.OFFSET_OUT_OF_RANGE })
  await t.rejects(log.deleteRecordsBefore(-1), { code: ErrorCode.OFFSET_OUT_OF_RANGE })
  t.equal(await log.deleteRecordsBefore(3), 3)
})

t.test('what comes while a log is closed, or after it, is refused and not written', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory })
  await append(log, records(['in time']))
  const closing = log.close()
  await Promise.resolve()
  const refused = { code: ErrorCode.KAFKA_STORAGE_ERROR }
  await t.rejects(append(log, records(['meanwhile'])), refused)
  await closing
  await t.rejects(append(log, records(['afterwards'])), refused)
  const again = await openLog({ directory })
  t.same(await readValues(again), ['in time'])
})

t.test('what waits while a log is abandoned is refused', async (t) => {
  const log = await openLog({ directory: join(temporaryDirectory(t), 't-0') })
  await append(log, records(['in time']))
  const abandoned = log.abandon()
  await Promise.resolve()
  await t.rejects(append(log, records(['late'])), { code: ErrorCode.KAFKA_STORAGE_ERROR })
  await abandoned
})

t.test('what is looked up in a log whose directory goes is refused, and its disk is not blamed', async (t) => {
  const parent = temporaryDirectory(t)
  const directory = join(parent, 't-0')
  const log = await openLog({ directory, config: { segmentBytes: 200, indexIntervalBytes: 0 } })
  const producer = { producerId: 7, producerEpoch: 0 }
  await append(log, records(['undone'], { ...producer, baseSequence: 0, isTransactional: true }))
  const marker = { ...producer, type: ControlRecordType.ABORT, coordinatorEpoch: 0, timestampMs: 1_700_000_000_000 }
  await append(log, buildEndTxnMarker(marker), { origin: 'coordinator' })
  for (let i = 0; i < 10; i++) await append(log, records([`value-${i}`], {}, 1_700_000_001_000 + i))
  await log.close()

  const failures: Error[] = []
  // Nothing is in memory: neither records nor indexes.
  const context = { tailCacheBytes: 0 }
  const again = await openLog({ directory, context, onFailure: (error) => void failures.push(error) })
  const read = await again.read(0, { maxBytes: 1000, upToOffset: 12, minOneBatch: true })
  const asked = [
    again.offsetForTimestamp(1_700_000_001_005),
    again.offsetForTimestamp(-3),
    again.segmentOffsetsBefore(1_700_000_001_005, 100),
    Promise.resolve(again.abortedTransactions(read)),
  ]
  const answers = Promise.allSettled(asked)
  await again.abandon()
  renameSync(directory, join(parent, 'gone'))
  for (const answer of await answers) {
    t.match(answer, { status: 'rejected', reason: { code: ErrorCode.KAFKA_STORAGE_ERROR } })
  }
  t.same(failures, [])
})
