import fc from 'fast-check'
import t from 'tap'
import { type BatchOptions, buildBatch } from '../../../protocol/records/build.ts'
import { buildLegacy } from '../../../protocol/records/build-legacy.ts'
import { CompressionType } from '../../../protocol/records/compression.ts'
import { type DecodedRecord, decodeBatches } from '../../../protocol/records/decode.ts'

const bytes = (maxLength: number) =>
  fc.option(
    fc.uint8Array({ maxLength }).map((array) => Buffer.from(array)),
    { nil: null },
  )
const int64 = fc.oneof(fc.integer({ min: -1, max: 100 }).map(BigInt), fc.bigInt(0n, 2n ** 62n))
const header = fc.record({ key: fc.string({ unit: 'grapheme', maxLength: 6 }), value: bytes(6) })
const record = fc.record({
  key: bytes(20),
  // Lengths on both sides of where varints grow.
  value: fc.oneof(bytes(80), bytes(20_000)),
  timestamp: int64,
  headers: fc.array(header, { maxLength: 3 }),
})
const codec = fc.constantFrom(...Object.values(CompressionType))

t.test('what is built is what is read', (t) => {
  const options = fc.record({
    baseOffset: fc.bigInt(0n, 2n ** 62n),
    compression: codec,
    producerId: fc.bigInt(-1n, 2n ** 62n),
    producerEpoch: fc.integer({ min: 0, max: 32767 }),
    baseSequence: fc.integer({ min: 0, max: 2147483647 }),
    isTransactional: fc.boolean(),
    partitionLeaderEpoch: fc.integer({ min: -1, max: 2147483647 }),
  }) as fc.Arbitrary<Required<BatchOptions>>
  fc.assert(
    fc.property(options, fc.array(record, { minLength: 1, maxLength: 5 }), (options, records) => {
      const [decoded] = decodeBatches(buildBatch(options, records))
      const { baseOffset, producerId, producerEpoch, baseSequence, isTransactional } = decoded
      const { compression, partitionLeaderEpoch, ...kept } = options
      t.match({ baseOffset, producerId, producerEpoch, baseSequence, isTransactional }, kept)
      t.equal(decoded.leaderEpoch, partitionLeaderEpoch)
      t.equal(decoded.attributes & 7, compression)
      decoded.records.forEach((read, index) => {
        t.strictSame(content(read), content(records[index]))
        t.equal(read.offset, baseOffset + BigInt(index))
      })
      t.equal(decoded.records.length, records.length)
    }),
    { numRuns: 100 },
  )
  t.end()
})

t.test('and so it is in magic 0 and 1', (t) => {
  const plain = fc.record({ key: bytes(20), value: bytes(200), timestamp: int64 })
  const legacyCodec = codec.filter((type) => type !== CompressionType.ZSTD)
  fc.assert(
    fc.property(
      fc.constantFrom(0, 1),
      legacyCodec,
      fc.array(plain, { minLength: 1, maxLength: 5 }),
      (magic, c, records) => {
        const built = buildLegacy({ magic: magic as 0 | 1, baseOffset: 1000, compression: c }, records)
        const read = decodeBatches(built).flatMap((decoded) => decoded.records)
        t.strictSame(
          read.map(content),
          records.map((one) => content({ ...one, timestamp: magic === 0 ? -1n : one.timestamp, headers: [] })),
        )
        t.strictSame(
          read.map(({ offset }) => offset),
          records.map((_, index) => 1000n + BigInt(index)),
        )
      },
    ),
    { numRuns: 100 },
  )
  t.end()
})

function content({ key, value, timestamp, headers }: Pick<DecodedRecord, 'key' | 'value' | 'timestamp' | 'headers'>) {
  const hex = (bytes: Buffer | null): string | null => (bytes === null ? null : bytes.toString('hex'))
  return {
    key: hex(key),
    value: hex(value),
    timestamp,
    headers: headers.map((header) => [header.key, hex(header.value)]),
  }
}
