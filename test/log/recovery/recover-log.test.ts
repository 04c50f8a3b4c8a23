/** Recovery from the recovery point on: the same as recovery of everything, for less. */
import { cpSync, openSync, readdirSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { append, CRASHED, openLog, readValues, records, temporaryDirectory } from '../../../proof/log/support.ts'
import { ErrorCode } from '../../../protocol/errors.ts'
import { buildEndTxnMarker, ControlRecordType } from '../../../protocol/records/control.ts'
import type { PartitionLog } from '../../../src/log/partition-log.ts'

const config = { indexIntervalBytes: 100 }
const PRODUCER = { producerId: 7, producerEpoch: 0, isTransactional: true }
const ABORT = { type: ControlRecordType.ABORT, coordinatorEpoch: 0, timestampMs: 1_700_000_000_000 }

/** Plain records with timestamps up and down, and a transaction that is aborted in between. */
async function write(log: PartitionLog, rounds: number): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    const first = log.logEndOffset
    await append(log, records([`plain-${first}`, 'x'.repeat(40)], {}, 1_700_000_000_000 + ((first * 7919) % 1000)))
    await append(log, records([`aborted-${first}`], { ...PRODUCER, baseSequence: first }), { origin: 'coordinator' })
    const marker = buildEndTxnMarker({ producerId: 7, producerEpoch: 0, ...ABORT })
    await append(log, marker, { origin: 'coordinator' })
  }
}

/** Content of the files that say what recovery has found out, after a clean stop. */
function findings(directory: string): Record<string, string> {
  const telling = /\.(log|index|timeindex|txnindex|snapshot)$|^leader-epoch-checkpoint$/
  const names = readdirSync(directory).filter((name) => telling.test(name))
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(directory, name)).toString('hex')]))
}

t.test('from wherever recovery goes on, it finds what recovery of everything finds', async (t) => {
  const root = temporaryDirectory(t)
  const directory = join(root, 't-0')
  const before = await openLog({ directory, config })
  await write(before, 10)
  await before.close()
  const cleanEnd = before.logEndOffset
  const log = await openLog({ directory, config })
  await write(log, 10)
  await log.flush()
  const flushed = log.recoveryPoint
  await write(log, 5)
  const end = log.logEndOffset
  cpSync(directory, join(root, 'crashed'), { recursive: true })

  const recovered = async (name: string, recoveryPoint: number) => {
    const copy = join(root, name)
    cpSync(join(root, 'crashed'), copy, { recursive: true })
    const again = await openLog({ directory: copy, config, offsets: { ...CRASHED, recoveryPoint, highWatermark: end } })
    t.equal(again.logEndOffset, end)
    t.equal(again.recoveryPoint, Math.min(recoveryPoint, end))
    const values = await readValues(again)
    const newest = await again.offsetForTimestamp(-3)
    await again.close()
    return { values, newest, files: findings(copy) }
  }
  const everything = await recovered('everything', 0)
  t.equal(everything.values.length, 25 * 4)
  for (const recoveryPoint of [4, cleanEnd - 3, cleanEnd, cleanEnd + 5, flushed, end]) {
    t.same(await recovered(`from-${recoveryPoint}`, recoveryPoint), everything, `recovery point ${recoveryPoint}`)
  }
})

t.test('aborted transactions before a step back are known after a crash', async (t) => {
  const root = temporaryDirectory(t)
  const directory = join(root, 't-0')
  const log = await openLog({ directory, config })
  await write(log, 10)
  await log.truncateTo(log.logEndOffset - 5)
  const cutAt = log.logEndOffset
  await write(log, 2)
  const end = log.logEndOffset
  cpSync(directory, join(root, 'crashed'), { recursive: true })
  for (const recoveryPoint of [0, cutAt]) {
    const copy = join(root, `from-${recoveryPoint}`)
    cpSync(join(root, 'crashed'), copy, { recursive: true })
    const again = await openLog({ directory: copy, config, offsets: { ...CRASHED, recoveryPoint, highWatermark: end } })
    const read = await again.read(0, { maxBytes: 1 << 20, upToOffset: end, minOneBatch: true })
    const aborted = await again.abortedTransactions(read)
    t.equal(aborted.length, 10, `recovery point ${recoveryPoint}`)
    await again.close()
  }
})

t.test('a log that nobody has written to since its clean stop is not read again', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory, config })
  await write(log, 50)
  await log.close()
  const end = log.logEndOffset
  const path = join(directory, '00000000000000000000.log')
  // Damage that a reader of it all would come upon.
  writeSync(openSync(path, 'r+'), Buffer.alloc(500, 0xff), 0, 500, 2000)
  const copy = `${directory}-copy`
  cpSync(directory, copy, { recursive: true })
  const readAgain = await openLog({ directory: copy, config, offsets: CRASHED })
  t.ok(readAgain.logEndOffset < end, 'which is found where it is looked for')
  await readAgain.close()
  const again = await openLog({ directory, config, offsets: { ...CRASHED, recoveryPoint: end } })
  t.equal(again.logEndOffset, end)
  t.same((await readValues(again, end - 4)).slice(0, 3), [`plain-${end - 4}`, 'x'.repeat(40), `aborted-${end - 4}`])
  await write(again, 1)
  t.equal(again.logEndOffset, end + 4)
  await again.close()
})

t.test('an index that does not agree with the log is built anew, and its file is emptied at once', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory, config })
  await write(log, 20)
  await log.close()
  const end = log.logEndOffset
  const expected = findings(directory)
  // As power may leave it: the right length, and the last entry of another life.
  const index = join(directory, '00000000000000000000.index')
  const { length } = readFileSync(index)
  writeSync(openSync(index, 'r+'), Buffer.from([0, 0, 0, end - 1, 0, 0, 0x7f, 0]), 0, 8, length - 8)
  const again = await openLog({ directory, config, offsets: { ...CRASHED, recoveryPoint: end } })
  t.equal(readFileSync(index).length, 0)
  t.equal(again.logEndOffset, end)
  await again.close()
  t.same(findings(directory), expected)
})

t.test('what the files of indexes have behind the recovery point goes for good', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory, config })
  await write(log, 20)
  await log.close()
  const path = join(directory, '00000000000000000000.log')
  truncateSync(path, readFileSync(path).length - 10)
  const again = await openLog({ directory, config, offsets: { ...CRASHED, recoveryPoint: 20 } })
  t.equal(again.logEndOffset, 79, 'the torn marker is cut')
  const index = readFileSync(join(directory, '00000000000000000000.index'))
  t.ok(index.length > 0)
  for (let at = 0; at < index.length; at += 8) t.ok(index.readInt32BE(at) < 20)
  await again.close()
})

t.test('a preallocated segment ends where its batches do, after a roll, a stop and a crash', async (t) => {
  const root = temporaryDirectory(t)
  const directory = join(root, 't-0')
  const preallocating = { ...config, preallocate: true, segmentBytes: 4096 }
  const log = await openLog({ directory, config: preallocating })
  const sizes = (where: string) =>
    readdirSync(where)
      .filter((name) => name.endsWith('.log'))
      .map((name) => readFileSync(join(where, name)).length)
  t.same(sizes(directory), [4096])
  await write(log, 20)
  const found = sizes(directory)
  t.equal(found.at(-1), 4096, 'the segment that grows has its full length')
  t.ok(found.length > 1 && found.slice(0, -1).every((size) => size < 4096))
  const values = await readValues(log)
  cpSync(directory, join(root, 'crashed'), { recursive: true })
  await log.close()
  t.ok(sizes(directory).every((size) => size < 4096))
  t.equal(
    log.sizeBytes,
    sizes(directory).reduce((sum, size) => sum + size),
  )
  for (const [where, offsets] of [
    [directory, {}],
    [join(root, 'crashed'), CRASHED],
  ] as const) {
    const again = await openLog({ directory: where, config: preallocating, offsets })
    t.equal(again.logEndOffset, 80)
    await write(again, 1)
    t.same((await readValues(again)).slice(0, values.length), values)
    await again.close()
  }
  t.same(sizes(join(root, 'crashed')), sizes(directory))
})

t.test('what the disk has damaged is refused to readers, and nothing else is', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory })
  const size = records(['a']).length
  for (const value of ['a', 'b', 'c', 'd']) await append(log, records([value]))
  await log.close()
  const path = join(directory, '00000000000000000000.log')
  writeSync(openSync(path, 'r+'), Buffer.from('X'), 0, 1, 2 * size + size - 2)
  for (const offsets of [{}, { ...CRASHED, recoveryPoint: 4 }]) {
    const again = await openLog({ directory, offsets: { ...offsets, highWatermark: 4 } })
    const read = async (offset: number, maxBytes = 1000) => {
      const found = await again.read(offset, { maxBytes, upToOffset: 4, minOneBatch: true })
      return found.sizeBytes
    }
    t.equal(again.logEndOffset, 4, 'it is not cut')
    t.equal(await read(0), 2 * size, 'what is before it')
    t.equal(await read(1), size)
    await t.rejects(read(2), { code: ErrorCode.CORRUPT_MESSAGE })
    await t.rejects(read(2, 1), { code: ErrorCode.CORRUPT_MESSAGE })
    t.equal(await read(3), size, 'what follows it')
    t.equal(await read(0, 1), size)
    await append(again, records(['e'])).then(({ firstOffset }) => t.equal(firstOffset, 4))
    await again.truncateTo(4)
    await again.close()
  }
})

t.test('a clean stop before the offset index has an entry keeps what was aborted by then', async (t) => {
  const root = temporaryDirectory(t)
  const directory = join(root, 't-0')
  const sparse = { indexIntervalBytes: 1_000_000 }
  const before = await openLog({ directory, config: sparse })
  await write(before, 1)
  await before.close()
  const log = await openLog({ directory, config: sparse })
  await write(log, 1)
  const crashed = join(root, 'crashed')
  cpSync(directory, crashed, { recursive: true })
  const offsets = { ...CRASHED, recoveryPoint: before.logEndOffset, highWatermark: log.logEndOffset }
  const again = await openLog({ directory: crashed, config: sparse, offsets })
  const read = await again.read(0, { maxBytes: 1 << 20, upToOffset: again.logEndOffset, minOneBatch: true })
  const aborted = await again.abortedTransactions(read)
  t.strictSame(
    aborted.map(({ firstOffset }) => firstOffset),
    [2, 6],
  )
})
