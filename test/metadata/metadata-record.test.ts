/** Records as Apache frames them: vectors/<Name>.json has the framed bytes of every version. */
import t from 'tap'
import { ProtocolError } from '../../protocol/protocol-error.ts'
import { metadataRecords } from '../../protocol/registry.ts'
import { decodeMetadataRecord, encodeMetadataRecord } from '../../src/metadata/metadata-record.ts'
import { facts } from '../support/facts.ts'

t.test('every record type and version', (t) => {
  for (const { name } of metadataRecords.values()) {
    for (const { version, variant, framed } of facts('vectors', `${name}.json`)) {
      const record = decodeMetadataRecord(Buffer.from(framed, 'hex'))
      t.equal(record.type, name)
      t.equal(encodeMetadataRecord(record).toString('hex'), framed, `${name} v${version} ${variant}`)
    }
  }
  t.end()
})

t.test('a record of an unknown type is kept as it is', (t) => {
  const bytes = Buffer.from([1, 99, 0, 1, 2, 3])
  const record = decodeMetadataRecord(bytes)
  t.match(record, { type: 'unknown', apiKey: 99 })
  t.same(encodeMetadataRecord(record), bytes)
  t.end()
})

t.test('a newer version of a known record is refused', (t) => {
  t.throws(() => decodeMetadataRecord(Buffer.from([1, 2, 9])), ProtocolError)
  t.end()
})
