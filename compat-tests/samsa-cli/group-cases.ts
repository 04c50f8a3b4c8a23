import assert from 'node:assert/strict'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { cliOf, shape, started, table } from './cli.ts'

const MEMBER = [/samsa-[\w-]{36}/g, 'MEMBER'] as const

export const groupCases: readonly Case[] = [
  {
    name: 'groups: consume as a member, list, describe, reset, delete',
    async run(context) {
      const cli = cliOf(context)
      const [topic, group] = [context.unique('topic'), context.unique('group')]
      const names = [
        [topic, 'T'],
        [group, 'G'],
      ] as const
      await cli.run('topics', 'create', topic, '--partitions', '2')
      for (const partition of ['0', '1']) await cli.run('produce', topic, 'a', 'b', 'c', '--partition', partition)
      const read = await cli.run('consume', topic, '--from', '-1h', '--group', group, '-n', '6', '-f', '%T %k %v\\n')
      assert.match(read, /^(\d{13} {2}[abc]\n){6}$/)
      assert.equal(
        shape(await cli.run('groups', 'list', group), ...names),
        table('GROUP  TYPE  STATE  COORDINATOR', 'G  classic  Empty  1'),
      )
      assert.equal(
        shape(await cli.run('groups', 'describe', group), ...names),
        table(
          ...[
            'G',
            'type  classic',
            'state  Empty',
            'coordinator  broker 1',
            'assignor  -',
            'epoch  -',
            'members  0',
            'lag  0',
          ],
          ...['', 'no members', '', 'TOPIC  PARTITION  OFFSET  END  LAG', 'T  0  3  3  0', 'T  1  3  3  0'],
        ),
      )
      assert.equal(
        shape(await cli.run('groups', 'reset', group, '--to', 'beginning', '--dry-run'), ...names),
        table('TOPIC  PARTITION  WAS  WOULD BE  LAG', 'T  0  3  0  3', 'T  1  3  0  3'),
      )
      assert.equal(
        shape(await cli.run('groups', 'reset', group, '--by', '-1', '--topic', `${topic}:1`), ...names),
        table('TOPIC  PARTITION  WAS  IS  LAG', 'T  1  3  2  1'),
      )
      const [described] = await cli.json('groups', 'describe', group)
      assert.deepEqual(
        described.offsets.map(({ offset, lag }: { offset: number; lag: number }) => [offset, lag]),
        [
          [3, 0],
          [2, 1],
        ],
      )
      assert.equal(
        shape(await cli.run('groups', 'delete-offsets', group, '--topic', `${topic}:0`), ...names),
        'G has no offsets of T-0 any more.',
      )
      assert.equal(shape(await cli.run('groups', 'delete', group), ...names), 'Deleted G.')
      assert.match(await cli.refused('groups', 'describe', group), /There is no group .*\(GROUP_ID_NOT_FOUND\)/)
      assert.match(await cli.refused('groups', 'delete', group), /\(GROUP_ID_NOT_FOUND\): see samsa groups list/)
    },
  },
  {
    name: 'groups: live members of both protocols are described, refused a reset, and removed',
    async run(context) {
      const cli = cliOf(context)
      const topic = context.unique('topic')
      await cli.run('topics', 'create', topic)
      await cli.run('produce', topic, 'a')
      for (const protocol of ['classic', 'consumer']) {
        const group = context.unique(protocol)
        const words = ['consume', topic, '--group', group, '--group-protocol', protocol, '--from', 'beginning']
        const member = started([...words, ...cli.server])
        context.after(() => member.kill('SIGKILL'))
        let printed = ''
        member.stdout?.setEncoding('utf8').on('data', (text) => (printed += text))
        await eventually(`${protocol}: the member reads`, () => printed === 'a\n')
        const description = shape(await cli.run('groups', 'describe', group), [group, 'G'], [topic, 'T'], MEMBER)
        assert.match(description, new RegExp(`type {2}${protocol}\nstate {2}Stable\n`))
        assert.match(description, /\n(?:MEMBER|[\w-]{22,36}) {2}samsa {2}127\.0\.0\.1 .*T:0\n/)
        assert.match(
          await cli.refused('groups', 'reset', group, '--to', 'beginning'),
          /has 1 member, .*\(NON_EMPTY_GROUP\)/,
        )
        assert.match(await cli.refused('groups', 'delete', group), /\(NON_EMPTY_GROUP\): stop its members first/)
        if (protocol === 'classic') {
          assert.match(await cli.run('groups', 'remove-members', group, '--all'), /^1 member removed from /)
          await eventually('it comes back by itself', async () => {
            const [described] = await cli.json('groups', 'describe', group)
            return described.state === 'Stable' && described.members.length === 1
          })
        }
        member.kill('SIGINT')
        await eventually(
          `${protocol}: the member is gone`,
          () => member.exitCode !== null || member.signalCode !== null,
        )
        assert.equal(member.exitCode, 0)
        await eventually(
          'the group is empty',
          async () => (await cli.json('groups', 'list', group))[0]?.state === 'Empty',
        )
        await cli.run('groups', 'delete', group)
      }
    },
  },
]
