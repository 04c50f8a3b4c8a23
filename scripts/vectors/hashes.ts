import assert from 'node:assert/strict'
import {
  abs,
  coordinatorPartition,
  javaHashCode,
  murmur2,
  partitionForKey,
  sharePartitionKey,
  toPositive,
  uuidBytes,
  uuidHashCode,
  uuidText,
} from '../../protocol/hashes.ts'
import { Reader } from '../../protocol/reader.ts'
import { crc32, crc32c, crc32cTable } from '../../protocol/records/crc32c.ts'
import { RecordCursor } from '../../protocol/records/cursor.ts'
import { sizeOfVarlong, writeUnsignedVarint, writeVarint, writeVarlong } from '../../protocol/records/varint.ts'
import { credentialOf, hmac, SCRAM_MECHANISMS, saltedPassword } from '../../src/security/sasl/scram-keys.ts'
import type { VectorFolder } from './folder.ts'
import type { Report } from './report.ts'

interface HashVectors {
  murmur2: { key: string; murmur2: number; positive: number; partition: Record<string, number> }[]
  groupPartition: HashedId[]
  transactionalIdPartition: HashedId[]
  sharePartition: ({ groupId: string; topicId: string; partition: number; coordinatorKey: string } & HashedText)[]
  uuids: { hex: string; text: string; rfc4122: string; hashCode: number }[]
  crc: { bytes: string; crc32c: number; crc32: number }[]
  varints: { value: string; varlong: string; varint?: string; uvarint?: string }[]
  scram: ScramVector[]
}

/** `of50`: the partition out of fifty, and so on. */
type HashedText = { hashCode: number } & { [of: `of${number}`]: number }
type HashedId = { id: string; abs: number } & HashedText

interface ScramVector {
  mechanism: string
  password: string
  salt: string
  iterations: number
  saltedPassword: string
  clientKey: string
  storedKey: string
  serverKey: string
}

/** Partitioning, checksums, uuids, varints and SCRAM's keys. */
export function check(folder: VectorFolder, report: Report): void {
  const vectors = folder.load('hashes') as HashVectors | undefined
  if (vectors === undefined) return
  for (const [kind, checkOne] of Object.entries(CHECKS)) {
    const group = vectors[kind as keyof HashVectors] as object[]
    group.forEach((vector, index) => {
      report.check('hashes', `${kind} ${index}`, () => checkOne(vector as never))
    })
  }
}

const CHECKS: { [K in keyof HashVectors]: (vector: HashVectors[K][number]) => void } = {
  murmur2({ key, murmur2: hash, positive, partition }) {
    const bytes = Buffer.from(key, 'base64')
    assert.equal(murmur2(bytes), hash)
    assert.equal(toPositive(murmur2(bytes)), positive)
    for (const [partitions, expected] of Object.entries(partition)) {
      assert.equal(partitionForKey(bytes, Number(partitions)), expected)
    }
  },
  groupPartition: checkId,
  transactionalIdPartition: checkId,
  sharePartition({ groupId, topicId, partition, coordinatorKey, ...hashed }) {
    assert.equal(sharePartitionKey(groupId, topicId, partition), coordinatorKey)
    checkText(coordinatorKey, hashed)
  },
  uuids({ hex, text, rfc4122, hashCode }) {
    const bytes = Buffer.from(hex, 'hex')
    assert.equal(uuidText(bytes), text)
    assert.equal(uuidBytes(text).toString('hex'), hex)
    assert.equal(uuidHashCode(bytes), hashCode)
    assert.equal(rfc4122.replaceAll('-', ''), hex)
  },
  crc({ bytes: base64, crc32c: castagnoli, crc32: plain }) {
    const bytes = Buffer.from(base64, 'base64')
    assert.equal(crc32c(bytes), castagnoli)
    assert.equal(crc32cTable(bytes, 0, bytes.length), castagnoli)
    assert.equal(crc32(bytes), plain)
  },
  varints({ value, varlong, varint, uvarint }) {
    const long = BigInt(value)
    assert.equal(
      written((target) => writeVarlong(target, 0, long)),
      varlong,
    )
    assert.equal(sizeOfVarlong(long), varlong.length / 2)
    assert.equal(recordWith(varlong, '00').timestampDelta, long)
    if (varint !== undefined) {
      assert.equal(
        written((target) => writeVarint(target, 0, Number(value))),
        varint,
      )
      assert.equal(recordWith('00', varint).offsetDelta, Number(value))
    }
    if (uvarint !== undefined) {
      assert.equal(
        written((target) => writeUnsignedVarint(target, 0, Number(value))),
        uvarint,
      )
      assert.equal(new Reader(Buffer.from(uvarint, 'hex')).unsignedVarint(), Number(value))
    }
  },
  scram({ mechanism, password, salt, iterations, ...expected }) {
    const known = SCRAM_MECHANISMS.find(({ name }) => name === mechanism)
    assert(known, mechanism)
    const salted = saltedPassword(known, password, Buffer.from(salt, 'base64'), iterations)
    const { storedKey, serverKey } = credentialOf(known, salted, Buffer.from(salt, 'base64'), iterations)
    const clientKey = hmac(known.hash, salted, 'Client Key')
    for (const [name, key] of Object.entries({ saltedPassword: salted, clientKey, storedKey, serverKey })) {
      assert.equal(key.toString('base64'), expected[name as keyof typeof expected], name)
    }
  },
}

function checkId({ id, abs: absolute, ...hashed }: HashedId): void {
  assert.equal(abs(javaHashCode(id)), absolute)
  checkText(id, hashed)
}

function checkText(text: string, { hashCode, ...partitions }: HashedText): void {
  assert.equal(javaHashCode(text), hashCode)
  for (const [name, expected] of Object.entries(partitions)) {
    assert.equal(coordinatorPartition(text, Number(name.slice('of'.length))), expected, name)
  }
}

/** Reads the numbers as they stand in a record, where Kafka uses them: a timestamp's delta and an offset's. */
function recordWith(varlong: string, varint: string): { timestampDelta: bigint; offsetDelta: number } {
  const noKeyValueOrHeaders = '010100'
  const body = Buffer.from(`00${varlong}${varint}${noKeyValueOrHeaders}`, 'hex')
  const record = Buffer.concat([Buffer.from([body.length << 1]), body])
  const cursor = new RecordCursor().reset(record, 0, record.length, 1)
  assert.ok(cursor.next())
  const { offsetDelta, timestampDelta, wideTimestampDelta } = cursor
  return { offsetDelta, timestampDelta: wideTimestampDelta ?? BigInt(timestampDelta) }
}

function written(write: (target: Buffer) => number): string {
  const target = Buffer.alloc(16)
  return target.toString('hex', 0, write(target))
}
