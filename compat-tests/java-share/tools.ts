import assert from 'node:assert/strict'
import { lines, rows, type Tools } from '../apache-tools/tools.ts'
import type { Case, CaseContext } from '../support/suite.ts'

/** A line that VerifiableShareConsumer prints. */
interface Event {
  readonly name: string
  readonly count?: number
  readonly success?: boolean
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `v-${i}`)

export function shareToolCases(tools: Tools): Case[] {
  const { run, attempt } = tools
  const consume = async (context: CaseContext, topic: string, group: string, ...args: string[]) => {
    const consumer = ['--topic', topic, '--group', group, '--timeout-ms', '20000']
    return lines(await run(context, 'consoleShareConsumer', [...consumer, ...args]))
  }
  /** A topic with so many records, and the name of a group that begins with the first of them. */
  const queue = async (context: CaseContext, count: number) => {
    const [topic, group] = [context.unique('queue'), context.unique('workers')]
    const config = ['--entity-type', 'groups', '--entity-name', group, '--alter']
    await run(context, 'configs', [...config, '--add-config', 'share.auto.offset.reset=earliest'])
    await run(context, 'consoleProducer', ['--topic', topic], `${numbered(count).join('\n')}\n`)
    return { topic, group }
  }
  const described = async (context: CaseContext, group: string) =>
    rows(await run(context, 'shareGroups', ['--describe', '--group', group, '--offsets']))[0] ?? {}
  /** The start offset says less: it is stored with the next change after the one that moves it. */
  const lag = async (context: CaseContext, group: string) => (await described(context, group)).LAG
  return [
    {
      name: 'kafka-console-share-consumer: accepts, rejects and releases',
      async run(context) {
        const { topic, group } = await queue(context, 10)
        assert.deepEqual(await consume(context, topic, group, '--max-messages', '10', '--release'), numbered(10))
        const shown = ['--formatter-property', 'print.delivery=true', '--formatter-property', 'print.offset=true']
        const again = await consume(context, topic, group, '--max-messages', '10', '--reject', ...shown)
        assert.match(again[0] ?? '', /^Offset:0\tDelivery:2\tv-0$/)
        assert.equal(await lag(context, group), '0')
        await run(context, 'consoleProducer', ['--topic', topic], 'last\n')
        assert.deepEqual(await consume(context, topic, group, '--max-messages', '1'), ['last'])
        assert.equal(await lag(context, group), '0')
      },
    },
    {
      name: 'kafka-share-groups: list, describe, state and members',
      async run(context) {
        const { topic, group } = await queue(context, 3)
        await consume(context, topic, group, '--max-messages', '3')
        assert.ok(lines(await run(context, 'shareGroups', ['--list'])).includes(group))
        const states = rows(await run(context, 'shareGroups', ['--list', '--state', 'Empty']))
        assert.equal(states.find(({ GROUP }) => GROUP === group)?.STATE, 'Empty')
        const [row] = rows(await run(context, 'shareGroups', ['--describe', '--group', group, '--verbose']))
        assert.deepEqual([row?.TOPIC, row?.PARTITION, row?.LAG], [topic, '0', '0'])
        assert.match(await run(context, 'shareGroups', ['--describe', '--group', group, '--state']), /Empty +0/)
        const members = await attempt(context, 'shareGroups', ['--describe', '--group', group, '--members'])
        assert.match(members.stdout + members.stderr, /has no active members/)
        const kinds = rows(await run(context, 'allGroups', ['--list', '--share']))
        assert.deepEqual(kinds.find(({ GROUP }) => GROUP === group)?.TYPE, 'Share')
        const unknown = await attempt(context, 'shareGroups', ['--describe', '--group', context.unique('nobody')])
        assert.match(unknown.stdout + unknown.stderr, /does not exist|not found/i)
      },
    },
    {
      name: 'kafka-share-groups: reset-offsets, delete-offsets and delete',
      async run(context) {
        const { topic, group } = await queue(context, 8)
        await consume(context, topic, group, '--max-messages', '8')
        const of = ['--group', group, '--topic', topic]
        const resets: [string[], string][] = [
          [['--to-earliest'], '0'],
          [['--to-latest'], '8'],
          [['--to-datetime', '2020-01-01T00:00:00.000'], '0'],
        ]
        for (const [args, expected] of resets) {
          const before = await described(context, group)
          const [planned] = rows(await run(context, 'shareGroups', ['--reset-offsets', ...of, ...args, '--dry-run']))
          assert.equal(planned?.['NEW-OFFSET'], expected)
          assert.deepEqual(await described(context, group), before)
          await run(context, 'shareGroups', ['--reset-offsets', ...of, ...args, '--execute'])
          assert.equal((await described(context, group))['START-OFFSET'], expected)
        }
        assert.deepEqual(await consume(context, topic, group, '--max-messages', '8'), numbered(8))
        await run(context, 'shareGroups', ['--delete-offsets', ...of])
        const left = await attempt(context, 'shareGroups', ['--describe', '--group', group])
        assert.ok(!left.stdout.includes(topic), left.stdout)
        assert.match(await run(context, 'shareGroups', ['--delete', '--group', group]), /success/)
        assert.ok(!lines(await run(context, 'shareGroups', ['--list'])).includes(group))
      },
    },
    ...['auto', 'sync', 'async'].map(
      (mode): Case => ({
        name: `VerifiableShareConsumer: acknowledges ${mode}`,
        async run(context) {
          const { topic, group } = await queue(context, 50)
          // It ends once all 50 records are acknowledged.
          const consumer = ['--topic', topic, '--group-id', group, '--max-messages', '50', '--verbose']
          const printed = await run(context, 'verifiableShareConsumer', [...consumer, '--acknowledgement-mode', mode])
          const events = lines(printed).map((line): Event => JSON.parse(line))
          const sum = (name: string) =>
            events.filter((event) => event.name === name).reduce((total, { count = 0 }) => total + count, 0)
          assert.deepEqual([sum('records_consumed'), sum('offsets_acknowledged')], [50, 50])
          assert.ok(events.every(({ success = true }) => success))
          assert.equal(events.filter(({ name }) => name === 'record_data').length, 50)
          assert.equal(await lag(context, group), '0')
        },
      }),
    ),
    {
      name: 'VerifiableShareConsumer: accepts, renews, releases and rejects in turns',
      timeoutMs: 90_000,
      async run(context) {
        const { topic, group } = await queue(context, 40)
        const pattern = ['--acknowledgement-mode', 'sync', '--ack-pattern', 'accept,renew,reject']
        const consumer = ['--topic', topic, '--group-id', group, '--max-messages', '53']
        await run(context, 'verifiableShareConsumer', [...consumer, ...pattern])
        assert.equal(await lag(context, group), '0')
      },
    },
    {
      name: 'ShareConsumerPerformance: four consumers',
      async run(context) {
        const { topic, group } = await queue(context, 2_000)
        const args = [
          '--topic',
          topic,
          '--group',
          group,
          '--num-records',
          '2000',
          '--threads',
          '4',
          '--timeout',
          '20000',
        ]
        const [, result] = lines(await run(context, 'shareConsumerPerformance', args))
        assert.equal(result?.split(', ')[5], '2000')
        assert.equal(await lag(context, group), '0')
      },
    },
  ]
}
