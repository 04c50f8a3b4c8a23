/** Records and answers of AlterClientQuotas, as Kafka's ClientQuotaControlManager gives them. */
import t from 'tap'
import { alterClientQuotas } from '../../../src/controller/commands/alter-client-quotas.ts'
import type { CommandState } from '../../../src/controller/commands/command.ts'
import { EMPTY_IMAGE } from '../../../src/metadata/image/metadata-image.ts'
import { imageOf, record } from '../support/records.ts'

type Parts = Record<string, string | null>
const entityOf = (parts: Parts) => Object.entries(parts).map(([entityType, entityName]) => ({ entityType, entityName }))
const entry = (parts: Parts, values: Record<string, number | null>) => ({
  entity: entityOf(parts),
  ops: Object.entries(values).map(([key, value]) => ({ key, value: value ?? 0, remove: value === null })),
})
const stateOf = (image = EMPTY_IMAGE) => ({ image }) as CommandState
const alter = (entries: ReturnType<typeof entry>[], image = EMPTY_IMAGE, validateOnly = false) =>
  alterClientQuotas(stateOf(image), { entries, validateOnly })
const quotaRecord = (parts: Parts, key: string, value: number, remove = false) =>
  record('ClientQuotaRecord', 0, { entity: entityOf(parts), key, value, remove })

t.test('values are set, changed and removed, and what is so already is not written again', (t) => {
  const user = { user: 'alice' }
  const first = alter([entry(user, { producer_byte_rate: 1000, request_percentage: 12.5 })])
  t.strictSame(first.response.entries, [{ entity: entityOf(user), errorCode: 0, errorMessage: null }])
  t.strictSame(first.records, [
    quotaRecord(user, 'producer_byte_rate', 1000),
    quotaRecord(user, 'request_percentage', 12.5),
  ])
  const image = imageOf(first.records)
  const second = alter(
    [entry(user, { producer_byte_rate: 1000, request_percentage: 20, consumer_byte_rate: null })],
    image,
  )
  t.strictSame(second.records, [quotaRecord(user, 'request_percentage', 20)])
  const third = alter([entry(user, { producer_byte_rate: null, request_percentage: null })], image)
  t.strictSame(third.records, [
    quotaRecord(user, 'producer_byte_rate', 0, true),
    quotaRecord(user, 'request_percentage', 0, true),
  ])
  t.equal(imageOf(third.records, image).clientQuotas.size, 0)
  t.end()
})

t.test('nothing is written for a request that only asks', (t) => {
  const { records, response } = alter([entry({ user: null }, { producer_byte_rate: 1 })], EMPTY_IMAGE, true)
  t.strictSame(records, [])
  t.match(response.entries, [{ errorCode: 0 }])
  t.end()
})

t.test('an entity is the same whatever the order of its parts, and once in a request', (t) => {
  const { records, response } = alter([
    entry({ user: 'u', 'client-id': 'c' }, { producer_byte_rate: 1 }),
    entry({ 'client-id': 'c', user: 'u' }, { producer_byte_rate: 2 }),
  ])
  t.equal(records.length, 1)
  t.match(response.entries, [
    { errorCode: 42, errorMessage: 'Ignoring duplicate entity ClientQuotaEntity(entries={client-id=c, user=u})' },
  ])
  t.equal(response.entries?.length, 1)
  t.end()
})

t.test('each mistake has its words, and spoils the other values of its entity but no other entity', (t) => {
  const mistakes: [Parts, Record<string, number>, string][] = [
    [{}, { producer_byte_rate: 1 }, 'Invalid empty client quota entity'],
    [{ user: '' }, { producer_byte_rate: 1 }, 'Empty user not supported'],
    [{ 'client-id': '' }, { producer_byte_rate: 1 }, 'Empty client-id not supported'],
    [{ '': 'name' }, { producer_byte_rate: 1 }, 'Unhandled client quota entity type: '],
    [{ tenant: 'x' }, { producer_byte_rate: 1 }, 'Unhandled client quota entity type: tenant'],
    [
      { user: 'u', ip: '1.2.3.4' },
      { producer_byte_rate: 1 },
      'Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId',
    ],
    [{ user: 'u' }, { bad: 1 }, 'Invalid configuration key bad'],
    [{ user: 'u' }, { connection_creation_rate: 1 }, 'Invalid configuration key connection_creation_rate'],
    [{ ip: '1.2.3.4' }, { producer_byte_rate: 1 }, 'Invalid configuration key producer_byte_rate'],
    [
      { user: 'u' },
      { request_percentage: 50, producer_byte_rate: 0 },
      'Quota producer_byte_rate must be greater than 0',
    ],
    [{ user: 'u' }, { request_percentage: Infinity }, 'Quota request_percentage must be a finite number'],
    [{ user: 'u' }, { producer_byte_rate: NaN }, 'Quota producer_byte_rate must be a finite number'],
    [{ user: 'u' }, { consumer_byte_rate: 1.5 }, 'consumer_byte_rate cannot be a fractional value.'],
    [{ user: 'u' }, { consumer_byte_rate: 1e19 }, 'Proposed value for consumer_byte_rate is too large for a LONG.'],
    [
      { ip: null },
      { connection_creation_rate: 2 ** 31 },
      'Proposed value for connection_creation_rate is too large for an INT.',
    ],
  ]
  for (const [parts, values, errorMessage] of mistakes) {
    const good = entry({ user: 'good' }, { producer_byte_rate: 1 })
    const { records, response } = alter([entry(parts, values), good])
    t.match(response.entries, [{ errorCode: 42, errorMessage }, { errorCode: 0 }], errorMessage)
    t.equal(records.length, 1, errorMessage)
  }
  t.end()
})
