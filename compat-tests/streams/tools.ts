/** `kafka-streams-groups` and `kafka-streams-application-reset`, on an application that works and on one that has stopped. */
import assert from 'node:assert/strict'
import type { ApacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { lines, rows, type Tools } from '../apache-tools/tools.ts'
import type { JavaServer } from '../support/java.ts'
import type { Case, CaseContext } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { end, WordCount } from './word-count.ts'

const LINES = 140
const TIMEOUT_MS = 150_000

export function streamsToolCases(kafka: ApacheKafka, server: JavaServer, tools: Tools): Case[] {
  const { run, attempt } = tools
  const groups = (context: CaseContext, ...args: string[]) => run(context, 'streamsGroups', args)
  /** An application that has counted its lines, and works on. */
  const counting = async (context: CaseContext) => {
    const work = await WordCount.create(kafka, server, context, 'streams')
    await work.feed(0, LINES)
    const child = work.start()
    assert.match(await work.count(LINES), new RegExp(`^{line=${LINES},`))
    return { work, child }
  }
  /** The same, which has left its group. */
  const stopped = async (context: CaseContext) => {
    const { work, child } = await counting(context)
    await end(child, 'SIGTERM')
    await eventually('an empty group', async () => (await state(context, work.application)) === 'Empty')
    return work
  }
  const state = async (context: CaseContext, group: string) =>
    rows(await groups(context, '--list', '--state')).find(({ GROUP }) => GROUP === group)?.STATE
  /** The tool says first that a group has no members, where it has none. */
  const table = (printed: string) => rows(printed.slice(printed.search(/^GROUP/m)))
  const offsets = async (context: CaseContext, group: string, topic: string) =>
    table(await groups(context, '--describe', '--group', group, '--offsets', '--verbose'))
      .filter(({ TOPIC }) => TOPIC === topic)
      .sort((a, b) => Number(a.PARTITION) - Number(b.PARTITION))
  return [
    {
      name: 'kafka-streams-groups: list and describe',
      timeoutMs: TIMEOUT_MS,
      async run(context) {
        const { work, child } = await counting(context)
        const { application: group } = work
        assert.ok(lines(await groups(context, '--list')).includes(group))
        assert.equal(await state(context, group), 'Stable')
        const kinds = rows(await run(context, 'allGroups', ['--list', '--streams']))
        assert.equal(kinds.find(({ GROUP }) => GROUP === group)?.TYPE, 'Streams')
        const describe = (...args: string[]) => groups(context, '--describe', '--group', group, ...args)
        assert.match(await describe('--state'), /Stable +1/)
        const [verbose] = rows(await describe('--state', '--verbose'))
        assert.equal(verbose?.['GROUP-EPOCH'], verbose?.['TARGET-ASSIGNMENT-EPOCH'])
        const members = await describe('--members')
        assert.match(members, /ACTIVE: 0:\[0,1\],? ?1:\[0,1\]|ACTIVE.*0:\[0, ?1\].*1:\[0, ?1\]/)
        const [row] = rows(await describe('--members', '--verbose'))
        assert.equal(row?.['MEMBER-PROTOCOL'] ?? 'streams', 'streams')
        const lags = await offsets(context, group, work.words)
        assert.deepEqual(
          lags.map((row) => row['OFFSET-LAG']),
          ['0', '0'],
        )
        const unknown = await attempt(context, 'streamsGroups', ['--describe', '--group', context.unique('nobody')])
        assert.match(unknown.stdout + unknown.stderr, /not found|does not exist/i)
        await end(child, 'SIGTERM')
        await eventually('an empty group', async () => (await state(context, group)) === 'Empty')
        assert.match(await describe('--state'), /Empty +0/)
      },
    },
    {
      name: 'kafka-streams-groups: a group at work is not changed',
      timeoutMs: TIMEOUT_MS,
      async run(context) {
        const { work } = await counting(context)
        const { application: group, words } = work
        const refused = async (...args: string[]) => {
          const { stdout, stderr } = await attempt(context, 'streamsGroups', [...args, '--group', group])
          return stdout + stderr
        }
        assert.match(await refused('--delete'), /not EMPTY|not empty/i)
        assert.match(
          await refused('--reset-offsets', '--input-topic', words, '--to-earliest', '--execute'),
          /inactive|not empty|only be reset/i,
        )
        assert.equal(await state(context, group), 'Stable')
      },
    },
    {
      name: 'kafka-streams-application-reset: an application counts everything again',
      timeoutMs: TIMEOUT_MS,
      async run(context) {
        const work = await stopped(context)
        const { application: group, words } = work
        const args = ['--application-id', group, '--input-topics', words]
        const printed = await run(context, 'streamsReset', args)
        for (const partition of [0, 1]) {
          assert.match(printed, new RegExp(`Topic: ${words} Partition: ${partition} Offset: 0`))
        }
        const topics = lines(await run(context, 'topics', ['--list']))
        assert.ok(!topics.some((topic) => topic.startsWith(`${group}-`)))
        // It begins anew: its internal topics are made again, and it comes to the end of its input again.
        work.start()
        const isThere = async () =>
          (await offsets(context, group, words)).reduce((sum, row) => sum + Number(row['CURRENT-OFFSET']), 0) === LINES
        await eventually('the end of the input', isThere, 60_000)
      },
    },
  ]
}
