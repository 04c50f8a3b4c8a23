import t from 'tap'
import { CorruptRecordError } from '../../../protocol/records/errors.ts'
import * as entries from '../../../protocol/records/index-entries.ts'
import { facts } from '../../support/facts.ts'

/** Partition directories that Kafka wrote: the bytes of each file and what they say. */
interface LogDirectory {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  readonly decoded: Readonly<Record<string, Decoded>>
}
// biome-ignore lint/suspicious/noExplicitAny: the shape is that of the file, which each test knows.
type Decoded = any

const directories: LogDirectory[] = facts('vectors', 'LogDirs.json')

function* filesOf(suffix: string): Generator<{ name: string; base: number; bytes: Buffer; decoded: Decoded }> {
  for (const { name, files, decoded } of directories) {
    for (const [file, hex] of Object.entries(files)) {
      if (!file.endsWith(suffix)) continue
      const base = Number(file.slice(0, -suffix.length))
      yield { name: `${name}/${file}`, base, bytes: Buffer.from(hex, 'hex'), decoded: decoded[file] }
    }
  }
}

t.test('offset index', (t) => {
  for (const { name, base, bytes, decoded } of filesOf('.index')) {
    const written = Buffer.alloc(bytes.length)
    decoded.forEach(({ offset, position }: { offset: string; position: number }, index: number) => {
      const at = index * entries.OFFSET_INDEX_ENTRY_BYTES
      t.equal(base + entries.offsetIndexRelativeOffset(bytes, at), Number(offset), name)
      t.equal(entries.offsetIndexPosition(bytes, at), position, name)
      entries.writeOffsetIndexEntry(written, at, Number(offset) - base, position)
    })
    t.ok(written.equals(bytes), name)
  }
  t.end()
})

t.test('time index', (t) => {
  for (const { name, base, bytes, decoded } of filesOf('.timeindex')) {
    const written = Buffer.alloc(bytes.length)
    decoded.forEach(({ timestamp, offset }: { timestamp: string; offset: string }, index: number) => {
      const at = index * entries.TIME_INDEX_ENTRY_BYTES
      t.equal(entries.timeIndexTimestamp(bytes, at), Number(timestamp), name)
      t.equal(base + entries.timeIndexRelativeOffset(bytes, at), Number(offset), name)
      entries.writeTimeIndexEntry(written, at, Number(timestamp), Number(offset) - base)
    })
    t.ok(written.equals(bytes), name)
  }
  t.end()
})

t.test('index of aborted transactions', (t) => {
  for (const { name, bytes, decoded } of filesOf('.txnindex')) {
    const read = decoded.map((expected: Record<string, string>, index: number) => {
      const txn = entries.decodeAbortedTxn(bytes, index * entries.ABORTED_TXN_ENTRY_BYTES)
      const { producerId, firstOffset, lastOffset, lastStableOffset } = expected
      t.strictSame(
        Object.values(txn),
        [producerId, firstOffset, lastOffset, lastStableOffset].map((value) => Number(value)),
        name,
      )
      return txn
    })
    t.ok(Buffer.concat(read.map(entries.encodeAbortedTxn)).equals(bytes), name)
  }
  t.throws(() => entries.decodeAbortedTxn(Buffer.alloc(34, 1), 0), CorruptRecordError)
  t.end()
})

t.test('producer snapshot', (t) => {
  for (const { name, bytes, decoded } of filesOf('.snapshot')) {
    const read = entries.decodeProducerSnapshot(bytes)
    t.strictSame(
      read,
      decoded.json.producerEntries.map((entry: object) =>
        Object.fromEntries(Object.entries(entry).map(([field, value]) => [field, Number(value)])),
      ),
      name,
    )
    t.ok(entries.encodeProducerSnapshot(read).equals(bytes), name)
  }
  t.end()
})

t.test('a broken producer snapshot is refused', (t) => {
  const good = entries.encodeProducerSnapshot([])
  const broken = [good.subarray(0, 5), Buffer.from(good), Buffer.from(good)]
  broken[1][1] = 2
  broken[2][9] = 1
  for (const bytes of broken) t.throws(() => entries.decodeProducerSnapshot(bytes), CorruptRecordError)
  t.end()
})
