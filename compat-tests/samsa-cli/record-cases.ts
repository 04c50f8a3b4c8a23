import assert from 'node:assert/strict'
import type { Case } from '../support/suite.ts'
import { type Cli, cliOf, objectsIn, shape, table } from './cli.ts'

const TIME = [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME'] as const
const ALL = ['--from', 'beginning', '--until', 'end'] as const

const values = (objects: readonly { value: unknown }[]) => objects.map(({ value }) => value)

async function topicOf(cli: Cli, name: string, partitions = '1'): Promise<string> {
  await cli.run('topics', 'create', name, '--partitions', partitions)
  return name
}

export const recordCases: readonly Case[] = [
  {
    name: 'produce and consume: words, lines, keys, headers, formats',
    smoke: true,
    async run(context) {
      const cli = cliOf(context)
      const topic = await topicOf(cli, context.unique('orders'))
      await cli.run('produce', topic, 'hello', 'world')
      await cli.feed('alice:{"total":5}\nbob:\n', 'produce', topic, '-K', ':', '--null', '-H', 'source=shell')
      assert.equal(await cli.run('consume', topic, ...ALL, '-n', '2'), 'hello\nworld\n')
      const lines = await cli.run('consume', topic, ...ALL, '-f', '%t %p %o %K %k %S %v %h\\n')
      assert.equal(
        lines.replaceAll(topic, 'T'),
        'T 0 0 -1  5 hello \nT 0 1 -1  5 world \nT 0 2 5 alice 11 {"total":5} source=shell\nT 0 3 3 bob -1  source=shell\n',
      )
      assert.match(
        await cli.run('consume', topic, '--from', '-1h', '--until', 'end', '-f', '%T\\x21'),
        /^(\d{13}!){4}$/,
      )
      assert.equal(
        await cli.run('consume', topic, ...ALL, '--where', '$.total > 4', '--value', 'hex'),
        '7b22746f74616c223a357d\n',
      )
      const json = await cli.json('consume', topic, ...ALL, '--value', 'json')
      assert.deepEqual(values(json), ['hello', 'world', { total: 5 }, null])
      assert.deepEqual(json[2].headers, [{ key: 'source', value: 'shell' }])
      assert.match(await cli.refused('consume', context.unique('none'), ...ALL), /\(UNKNOWN_TOPIC_OR_PARTITION\)/)
      assert.match(await cli.refused('consume', topic, '--partition', '7', ...ALL), /There is no partition 7/)
      assert.match(await cli.refused('consume', topic, '--from', '99'), /has no offset 99: see samsa records offsets/)
    },
  },
  {
    name: 'produce: what consume --json has printed, each codec, many lines',
    async run(context) {
      const cli = cliOf(context)
      const [from, to] = [
        await topicOf(cli, context.unique('from'), '3'),
        await topicOf(cli, context.unique('to'), '3'),
      ]
      const lines = Array.from({ length: 20_000 }, (_, index) => `key-${index % 50}:line ${index}\n`).join('')
      await cli.feed(lines, 'produce', from, '-K', ':')
      await cli.feed(Buffer.from([0xff, 0xfe]), 'produce', from, '--input', 'whole', '--key', 'bytes')
      const printed = await cli.run('consume', from, ...ALL, '--json')
      await cli.feed(printed, 'produce', to, '--input', 'records', '--compression', 'zstd')
      const strip = (text: string) =>
        objectsIn(text)
          .map(({ offset: _, topic: __, ...record }) => JSON.stringify(record))
          .sort()
      assert.deepEqual(
        strip(await cli.run('consume', to, ...ALL, '--json')),
        strip(printed),
        'keys, values, times, partitions',
      )
      for (const codec of ['gzip', 'snappy', 'lz4', 'zstd', 'none']) {
        await cli.run('produce', to, `by ${codec}`, '--compression', codec, '--partition', '0')
        await cli.run('produce', to, `by ${codec}`, '--compression', codec, '--partition', '0', '--acks', '0')
      }
      const last = await cli.run('consume', to, '--from', '-10', '--until', 'end', '--partition', '0')
      assert.equal(
        last,
        ['gzip', 'snappy', 'lz4', 'zstd', 'none'].map((codec) => `by ${codec}\nby ${codec}\n`).join(''),
      )
      assert.match(await cli.refused('produce', to, 'x', '--partition', '9'), /has no partition 9/)
    },
  },
  {
    name: 'records: list, show, offsets, delete',
    async run(context) {
      const cli = cliOf(context)
      const topic = await topicOf(cli, context.unique('records'))
      const names = [[topic, 'T'], TIME] as const
      for (const value of ['one', 'two', 'three', 'four']) await cli.run('produce', topic, value, '--key', 'k')
      assert.equal(
        shape(await cli.run('records', 'list', topic, '-n', '2'), ...names),
        table('PARTITION  OFFSET  TIME  KEY  VALUE', '0  2  TIME  k  three', '0  3  TIME  k  four'),
      )
      assert.deepEqual(values(await cli.json('records', 'list', topic, '--from', '1', '-n', '2')), ['two', 'three'])
      assert.equal(
        shape(await cli.run('records', 'show', topic, '0', '2'), ...names),
        table('T-0 at 2', 'time  TIME (CreateTime)', 'leader epoch  0', 'key  k', 'value  5 bytes', '', 'three'),
      )
      assert.match(await cli.refused('records', 'show', topic, '0', '9'), /has no record at 9 \(OFFSET_OUT_OF_RANGE\)/)
      assert.equal(
        shape(await cli.run('records', 'offsets', topic, '--at', '-1'), ...names),
        table('TOPIC  PARTITION  START  END  OFFSET', 'T  0  0  4  3'),
      )
      assert.deepEqual(await cli.json('records', 'offsets', topic, '--at', '-1h'), [
        { topic, partition: 0, startOffset: 0, endOffset: 4, offset: 0 },
      ])
      assert.equal(
        shape(await cli.run('records', 'delete', topic, '--before', '2', '--dry-run'), ...names),
        table('TOPIC  PARTITION  START  WOULD START  TO DELETE', 'T  0  0  2  2'),
      )
      assert.equal(
        shape(await cli.run('records', 'delete', topic, '--before', '2'), ...names),
        table('TOPIC  PARTITION  START  STARTS NOW  DELETED', 'T  0  0  2  2'),
      )
      assert.equal(await cli.run('consume', topic, ...ALL), 'three\nfour\n')
    },
  },
]
