/** The small languages of the records' commands: places, durations, formats, predicates, input. */
import t from 'tap'
import { parseFormat } from '../../../src/cli/records/format.ts'
import { linesOf, recordOfJson, recordOfText } from '../../../src/cli/records/input.ts'
import { parseDuration, parsePlace } from '../../../src/cli/records/place.ts'
import { parsePredicate } from '../../../src/cli/records/predicate.ts'
import { recordJson, shownBytes } from '../../../src/cli/records/shown.ts'
import type { ConsumedRecord } from '../../../src/client/consumer/fetched-records.ts'

const record: ConsumedRecord = {
  topic: 'orders',
  partition: 2,
  offset: 17,
  timestampMs: 1_700_000_000_123,
  timestampType: 'CreateTime',
  leaderEpoch: 4,
  key: Buffer.from('alice'),
  value: Buffer.from('{"total":5,"tags":["a"]}'),
  headers: [
    { key: 'source', value: Buffer.from('shell') },
    { key: 'none', value: null },
  ],
}
const AS_TEXT = { key: 'text', value: 'text' } as const

t.test('places', async (t) => {
  t.same(parsePlace('beginning'), { kind: 'beginning' })
  t.same(parsePlace('end'), { kind: 'end' })
  t.same(parsePlace('0'), { kind: 'offset', offset: 0 })
  t.same(parsePlace('-100'), { kind: 'last', count: 100 })
  t.same(parsePlace('@1700000000123'), { kind: 'time', ms: 1_700_000_000_123 })
  t.same(parsePlace('-1h30m'), { kind: 'ago', ms: 5_400_000 })
  t.same(parsePlace('2026-01-31T12:00:30Z'), { kind: 'time', ms: Date.UTC(2026, 0, 31, 12, 0, 30) })
  t.same(parsePlace('2026-01-31T12:00+02:00'), { kind: 'time', ms: Date.UTC(2026, 0, 31, 10) })
  t.same(parsePlace('2026-01-31 12:00'), { kind: 'time', ms: new Date(2026, 0, 31, 12).getTime() }, 'of this machine')
  t.same(parsePlace('2026-01-31'), { kind: 'time', ms: new Date(2026, 0, 31).getTime() })
  for (const text of [
    '',
    'x',
    '-',
    '-h',
    '1h',
    '2026-13-01',
    '2026-01-31T25:00',
    '-1y',
    '99999999999999999999',
    '@',
    '1.5',
  ])
    t.throws(() => parsePlace(text), { message: /^(Expected|The number)/ }, text)
})

t.test('durations', async (t) => {
  for (const [text, ms] of [
    ['500ms', 500],
    ['90s', 90_000],
    ['1.5h', 5_400_000],
    ['1w2d', 777_600_000],
  ] as const)
    t.equal(parseDuration(text), ms, text)
  for (const text of ['', '5', 's', '5 s', '-5s', '5sx']) t.throws(() => parseDuration(text), text)
})

t.test('formats have the letters of kcat', async (t) => {
  const format = (text: string, each = record) => parseFormat(text)(each, AS_TEXT, false).toString()
  t.equal(format('%T %k %v\\n'), '1700000000123 alice {"total":5,"tags":["a"]}\n')
  t.equal(format('%t-%p@%o %K %S %h %%'), 'orders-2@17 5 24 source=shell,none=NULL %')
  t.equal(format('a\\tb\\x41\\\\n\\q'), 'a\tbA\\n\\q')
  t.equal(format('[%s] %S %K', { ...record, value: null, key: null }), '[] -1 -1')
  t.same(
    parseFormat('%R%v')({ ...record, value: Buffer.from([0xff, 0]) }, AS_TEXT, false),
    Buffer.from([0, 0, 0, 2, 0xff, 0]),
  )
  t.throws(() => parseFormat('%q'), { message: /^There is no %q/ })
  t.throws(() => parseFormat('%'), { message: /^There is no %/ })
})

t.test('a terminal is told control characters in words, a pipe has the bytes', async (t) => {
  const hostile = Buffer.from('\x1b[2Jx\x07\n')
  t.equal(shownBytes(hostile, 'text', true).toString(), '\\e[2Jx\\x07\n')
  t.same(shownBytes(hostile, 'text', false), hostile)
  t.equal(shownBytes(Buffer.from('{"a":1}'), 'json', true).toString(), '{\n  "a": 1\n}')
  t.equal(shownBytes(Buffer.from('{"a": 1}'), 'json', false).toString(), '{"a":1}')
  t.equal(shownBytes(Buffer.from('no json'), 'json', false).toString(), 'no json')
  t.equal(shownBytes(Buffer.from([1, 255]), 'hex', true).toString(), '01ff')
})

t.test('predicates: what leads nowhere is no match, mistakes are told at once', async (t) => {
  const judge = (text: string, each = record) => parsePredicate(text)(each)
  t.ok(judge('$.total > 4 && $.tags.includes("a")'))
  t.ok(judge('key === "alice" && headers.source === "shell" && partition === 2 && offset < 18'))
  t.notOk(judge('$.customer.name === "bob"'))
  t.notOk(judge('value.total > 4', { ...record, value: null }))
  t.ok(judge('value === "plain"', { ...record, value: Buffer.from('plain') }))
  t.throws(() => parsePredicate('$.total >'), { message: /^It is no expression of JavaScript: / })
  t.throws(() => judge('nobody > 1'), { name: 'ReferenceError' })
})

t.test('lines, whatever pieces they come in', async (t) => {
  async function* chunks() {
    for (const text of ['a\nb', 'c\r\n', '\n', 'é'.repeat(3), 'last']) yield Buffer.from(text)
  }
  const lines: string[] = []
  for await (const line of linesOf(chunks())) lines.push(line.toString())
  t.same(lines, ['a', 'bc', '', 'ééélast'])
})

t.test('records of text: keys, headers, tombstones', async (t) => {
  const read = (line: string, options = {}) => recordOfText(Buffer.from(line), options, 7).record
  t.match(read('a:b:c', { keySeparator: ':' }), { key: Buffer.from('a'), value: Buffer.from('b:c'), timestamp: 7 })
  t.match(read('a::b', { keySeparator: '::' }), { key: Buffer.from('a'), value: Buffer.from('b') })
  t.match(read('a:', { keySeparator: ':', null: true }), { value: null })
  t.match(read('', {}), { key: null, value: Buffer.alloc(0) })
  t.match(read('x', { key: 'k', header: ['a=b=c'] }), {
    key: Buffer.from('k'),
    headers: [{ key: 'a', value: Buffer.from('b=c') }],
  })
  t.throws(() => read('none', { keySeparator: ':' }), { message: 'A line has no ":" behind a key: "none"' })
})

t.test('what consume --json prints, produce --input records takes back', async (t) => {
  for (const each of [record, { ...record, key: null, value: null }, { ...record, value: Buffer.from([0xff, 0xfe]) }]) {
    const line = Buffer.from(JSON.stringify(recordJson(each, AS_TEXT)))
    const { key, value, headers, timestampMs: timestamp } = each
    const written = { key, value, headers, timestamp }
    t.same(recordOfJson(line, {}, 0), { record: written, partition: 2 })
    t.same(recordOfJson(line, { repartition: true }, 0).partition, null)
    t.same(recordOfJson(line, { partition: 1 }, 0).partition, 1)
  }
  t.same(recordOfJson(Buffer.from('{"value":{"a":1}}'), {}, 5), {
    record: { key: null, value: Buffer.from('{"a":1}'), headers: [], timestamp: 5 },
    partition: null,
  })
  for (const line of ['', '[]', '1', '{', '{"headers":1}']) t.throws(() => recordOfJson(Buffer.from(line), {}, 0), line)
})
