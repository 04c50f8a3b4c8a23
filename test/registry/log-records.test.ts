/** The bytes of `_schemas` beside those that Confluent's registry is known to write. */
import t from 'tap'
import { keyText, type LogRecord, parseLogRecord, valueText } from '../../src/registry/state/log-records.ts'
import { MemoryLog, startedRegistry } from './support.ts'

const cases: readonly (readonly [LogRecord, string, string | null])[] = [
  [
    {
      type: 'SCHEMA',
      subject: 'orders-value',
      version: 1,
      value: {
        subject: 'orders-value',
        version: 1,
        id: 1,
        schemaType: 'AVRO',
        references: [],
        metadata: null,
        ruleSet: null,
        schema: '"string"',
        deleted: false,
      },
    },
    '{"keytype":"SCHEMA","subject":"orders-value","version":1,"magic":1}',
    '{"subject":"orders-value","version":1,"id":1,"schemaType":"AVRO","schema":"\\"string\\"","deleted":false}',
  ],
  [
    { type: 'CONFIG', subject: null, value: { compatibilityLevel: 'FULL' } },
    '{"keytype":"CONFIG","magic":0}',
    '{"compatibilityLevel":"FULL"}',
  ],
  [
    { type: 'CONFIG', subject: 'a', value: { alias: 'b', normalize: false } },
    '{"keytype":"CONFIG","subject":"a","magic":0}',
    '{"subject":"a","alias":"b","normalize":false}',
  ],
  [
    { type: 'MODE', subject: 'a', value: 'READONLY' },
    '{"keytype":"MODE","subject":"a","magic":0}',
    '{"subject":"a","mode":"READONLY"}',
  ],
  [
    { type: 'DELETE_SUBJECT', subject: 'a', value: { version: 3 } },
    '{"keytype":"DELETE_SUBJECT","subject":"a","magic":0}',
    '{"subject":"a","version":3}',
  ],
  [
    { type: 'CLEAR_SUBJECT', subject: 'a', value: true },
    '{"keytype":"CLEAR_SUBJECT","subject":"a","magic":0}',
    '{"subject":"a"}',
  ],
  [
    { type: 'CONTEXT', tenant: 'default', context: '.c', value: true },
    '{"keytype":"CONTEXT","tenant":"default","context":".c","magic":0}',
    '{"tenant":"default","context":".c"}',
  ],
  [{ type: 'NOOP' }, '{"keytype":"NOOP","magic":0}', null],
  [
    { type: 'SCHEMA', subject: 'a', version: 2, value: null },
    '{"keytype":"SCHEMA","subject":"a","version":2,"magic":1}',
    null,
  ],
]

t.test('keys and values, there and back', async (t) => {
  for (const [record, key, value] of cases) {
    t.equal(keyText(record), key)
    t.equal(valueText(record), value)
    t.same(parseLogRecord(key, value), record)
  }
})

t.test('metadata and rules keep what is empty within them, and leave out what is empty themselves', async (t) => {
  const log = new MemoryLog()
  const { ask } = await startedRegistry(log.view())
  await ask('POST /subjects/a/versions', {
    schema: '"int"',
    metadata: { properties: { owner: '' }, tags: {} },
    ruleSet: { domainRules: [{ name: 'r', kind: 'CONDITION', type: 'CEL', mode: 'WRITE', expr: 'true' }] },
  })
  t.equal(
    String(log.records[0]?.value),
    '{"subject":"a","version":1,"id":1,"schemaType":"AVRO","metadata":{"properties":{"owner":""}},"ruleSet":{"domainRules":[{"name":"r","kind":"CONDITION","mode":"WRITE","type":"CEL","expr":"true","disabled":false}]},"schema":"\\"int\\"","deleted":false}',
  )
})
