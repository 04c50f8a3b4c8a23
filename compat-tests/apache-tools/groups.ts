import assert from 'node:assert/strict'
import type { Case, CaseContext } from '../support/suite.ts'
import type { Tools } from './tools.ts'
import { lines, rows } from './tools.ts'

export function groupCases({ run, attempt }: Tools): Case[] {
  /** A group that has committed 10 of the topic's 20 records, and has no member. */
  const halfDone = async (context: CaseContext): Promise<{ topic: string; group: string }> => {
    const topic = context.unique('half')
    const group = context.unique('half-done')
    const input = Array.from({ length: 20 }, (_, i) => `line-${i}\n`).join('')
    await run(context, 'consoleProducer', ['--topic', topic], input)
    const consumer = ['--topic', topic, '--group', group, '--from-beginning', '--max-messages', '10']
    await run(context, 'consoleConsumer', [...consumer, '--timeout-ms', '20000'])
    return { topic, group }
  }
  const committed = async (context: CaseContext, group: string) => {
    const described = await run(context, 'groups', ['--describe', '--group', group])
    const [row] = rows(described)
    return [row['CURRENT-OFFSET'], row['LOG-END-OFFSET'], row.LAG]
  }
  const resets: [string, string[], string][] = [
    ['to earliest', ['--to-earliest'], '0'],
    ['to latest', ['--to-latest'], '20'],
    ['to an offset', ['--to-offset', '7'], '7'],
    ['by a shift', ['--shift-by', '-3'], '7'],
    ['to a time', ['--to-datetime', '2020-01-01T00:00:00.000'], '0'],
    ['to current', ['--to-current'], '10'],
  ]
  return [
    {
      name: 'kafka-consumer-groups: list, describe, state, members',
      smoke: true,
      async run(context) {
        const { group } = await halfDone(context)
        assert.ok(lines(await run(context, 'groups', ['--list'])).includes(group))
        const states = rows(await run(context, 'groups', ['--list', '--state']))
        assert.equal(states.find((row) => row.GROUP === group)?.STATE, 'Empty')
        const types = rows(await run(context, 'groups', ['--list', '--type']))
        assert.equal(types.find((row) => row.GROUP === group)?.TYPE, 'Classic')
        assert.deepEqual(await committed(context, group), ['10', '20', '10'])
        const described = await run(context, 'groups', ['--describe', '--group', group, '--state'])
        assert.match(described, /Empty/)
        const members = await attempt(context, 'groups', ['--describe', '--group', group, '--members'])
        assert.match(members.stdout + members.stderr, /has no active members/)
      },
    },
    {
      name: 'kafka-consumer-groups: reset-offsets',
      smoke: true,
      async run(context) {
        const { topic, group } = await halfDone(context)
        for (const [, args, expected] of resets) {
          await run(context, 'groups', [
            ...['--reset-offsets', '--group', group, '--topic', topic, '--to-offset', '10', '--execute'],
          ])
          const reset = ['--reset-offsets', '--group', group, '--topic', topic, ...args]
          const [planned] = rows(await run(context, 'groups', [...reset, '--dry-run']))
          assert.equal(planned['NEW-OFFSET'], expected)
          assert.equal((await committed(context, group))[0], '10')
          await run(context, 'groups', [...reset, '--execute'])
          assert.equal((await committed(context, group))[0], expected)
        }
      },
    },
    {
      name: 'kafka-consumer-groups: delete-offsets and delete',
      smoke: true,
      async run(context) {
        const { topic, group } = await halfDone(context)
        await run(context, 'groups', ['--delete-offsets', '--group', group, '--topic', topic])
        const again = await run(context, 'groups', ['--list'])
        if (lines(again).includes(group)) await run(context, 'groups', ['--delete', '--group', group])
        assert.equal(lines(await run(context, 'groups', ['--list'])).includes(group), false)
        const missing = await attempt(context, 'groups', ['--delete', '--group', group])
        assert.match(missing.stdout + missing.stderr, /GroupIdNotFound|not found|could not be found/i)
      },
    },
    {
      name: 'kafka-consumer-groups: an unknown group',
      async run(context) {
        const result = await attempt(context, 'groups', ['--describe', '--group', context.unique('nobody')])
        assert.match(result.stdout + result.stderr, /does not exist|not found/i)
      },
    },
  ]
}
