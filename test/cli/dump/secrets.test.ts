import t from 'tap'
import { decoderOf } from '../../../src/log/inspection/decoded/decoders.ts'
import { encodeMetadataRecord, type MetadataRecord } from '../../../src/metadata/metadata-record.ts'

const shown = (record: MetadataRecord): string =>
  JSON.stringify(decoderOf('__cluster_metadata')!(null, encodeMetadataRecord(record)))

const config = (resourceType: number, name: string): MetadataRecord => ({
  type: 'ConfigRecord',
  version: 0,
  value: { resourceType, resourceName: '1', name, value: 'hunter2' },
})

t.test('secrets of the metadata are not shown', (t) => {
  const key = Buffer.from('hunter2')
  const scram = shown({
    type: 'UserScramCredentialRecord',
    version: 0,
    value: { name: 'alice', mechanism: 1, salt: key, storedKey: key, serverKey: key, iterations: 4096 },
  })
  t.notMatch(scram, key.toString('base64'))
  t.match(scram, /alice.*4096/)
  for (const name of ['ssl.keystore.password', 'listener.name.a.plain.sasl.jaas.config', 'of.nobody']) {
    t.notMatch(shown(config(4, name)), /hunter2/, name)
  }
  t.match(shown(config(4, 'ssl.keystore.location')), /hunter2/)
  t.match(shown(config(2, 'retention.ms')), /hunter2/)
  t.end()
})
