import assert from 'node:assert/strict'
import { eventually } from '../support/wait.ts'
import type { RunningKcat } from './run.ts'
import type { Kcat, KcatCase } from './session.ts'
import { lines, numbered } from './session.ts'

const fromTheBeginning = ['-X', 'auto.offset.reset=earliest']
const lively = ['session.timeout.ms=6000', 'heartbeat.interval.ms=300'].flatMap((option) => ['-X', option])

function member(kcat: Kcat, group: string, topics: string[], ...args: string[]): RunningKcat {
  return kcat.start('-E', '-u', ...fromTheBeginning, ...lively, '-f', '%p %s\n', ...args, '-G', group, ...topics)
}

/** The partitions of a member by what it said about the group: all of them, or what came and went. */
function partitionsOf(one: RunningKcat): number[] {
  const owned = new Set<number>()
  for (const line of lines(one.result.stderr)) {
    const change = /% Group .* rebalanced.*: (assigned|revoked|incremental assignment|incremental revoke)\b(.*)$/.exec(
      line,
    )
    if (!change) continue
    for (const [, partition] of change[2].matchAll(/ \[(\d+)\]/g)) {
      if (change[1].includes('revoke')) owned.delete(Number(partition))
      else owned.add(Number(partition))
    }
  }
  return [...owned].sort()
}

const received = (members: readonly RunningKcat[]): string[] =>
  members.flatMap((one) => lines(one.result.stdout)).map((line) => line.split(' ').slice(1).join(' '))

const share = (members: readonly RunningKcat[], partitions: number): Promise<unknown> =>
  eventually(`${partitions} partitions for ${members.length} members`, () => {
    const all = members.map(partitionsOf)
    const least = Math.floor(partitions / members.length)
    return (
      all.flat().length === partitions &&
      new Set(all.flat()).size === partitions &&
      all.every((one) => one.length >= least)
    )
  })

const assignors = ['range', 'roundrobin', 'cooperative-sticky']

const sharing: KcatCase[] = assignors.map((assignor) => ({
  name: `group: members join and leave, ${assignor}`,
  smoke: assignor === 'range',
  timeoutMs: 120_000,
  async run(kcat: Kcat) {
    const topic = await kcat.topic({ partitions: 6 })
    const group = kcat.context.unique('group')
    const start = () => member(kcat, group, [topic], '-X', `partition.assignment.strategy=${assignor}`)
    const send = (word: string) =>
      kcat.produce(
        topic,
        Array.from({ length: 120 }, (_, i) => `${word}-${i}`),
        '-X',
        'sticky.partitioning.linger.ms=0',
      )
    const first = start()
    await share([first], 6)
    const second = start()
    await share([first, second], 6)
    await send('two')
    await eventually('the first part', () => received([first, second]).length === 120)
    first.child.kill('SIGTERM')
    await first.ended
    await share([second], 6)
    await send('one')
    await eventually('the second part', () => received([first, second]).length >= 240)
    const all = received([first, second])
    assert.equal(new Set(all).size, 240)
    assert.equal(all.length, 240)
  },
}))

const others: KcatCase[] = [
  {
    name: 'group: a member that is killed loses its partitions after the session timeout',
    timeoutMs: 120_000,
    async run(kcat) {
      const topic = await kcat.topic({ partitions: 4 })
      const group = kcat.context.unique('killed')
      const [dying, survivor] = [member(kcat, group, [topic]), member(kcat, group, [topic])]
      await share([dying, survivor], 4)
      dying.child.kill('SIGKILL')
      await share([survivor], 4)
      await kcat.produce(topic, numbered('after', 40))
      await eventually('all messages', () => received([survivor]).length === 40)
    },
  },
  {
    name: 'group: a static member comes back without a rebalance',
    timeoutMs: 120_000,
    async run(kcat) {
      const topic = await kcat.topic({ partitions: 4 })
      const group = kcat.context.unique('static')
      const start = (name: string) =>
        member(kcat, group, [topic], '-X', `group.instance.id=${name}`, '-X', 'session.timeout.ms=20000')
      const [first, second] = [start('a'), start('b')]
      await share([first, second], 4)
      const before = partitionsOf(first)
      const said = second.result.stderr
      first.child.kill('SIGKILL')
      await first.ended
      const again = start('a')
      await eventually('the same partitions', () => String(partitionsOf(again)) === String(before))
      await kcat.produce(topic, numbered('after', 40), '-X', 'sticky.partitioning.linger.ms=0')
      await eventually('all messages', () => received([again, second]).length === 40)
      const rebalances = (text: string) => lines(text).filter((line) => line.includes('rebalanced')).length
      assert.equal(rebalances(second.result.stderr), rebalances(said))
    },
  },
  {
    name: 'group: several topics, and those that a pattern names, also one that comes later',
    timeoutMs: 90_000,
    async run(kcat) {
      const family = kcat.context.unique('family')
      await kcat.produce(`${family}.a`, ['in a'])
      await kcat.produce(`${family}.b`, ['in b'])
      const two = [`${family}.a`, `${family}.b`]
      const both = await kcat.output(['-q', '-e', ...fromTheBeginning, '-G', kcat.context.unique('both'), ...two])
      assert.deepEqual(lines(both).sort(), ['in a', 'in b'])
      const refresh = ['-X', 'topic.metadata.refresh.interval.ms=500']
      const pattern = member(kcat, kcat.context.unique('pattern'), [`^${family}\\..*`], ...refresh)
      await eventually('two topics', () => received([pattern]).length === 2)
      await kcat.produce(`${family}.c`, ['in c'])
      await eventually('the third', () => received([pattern]).length === 3)
      assert.deepEqual(received([pattern]).sort(), ['in a', 'in b', 'in c'])
    },
  },
  {
    name: 'group: what was read does not come again, a group that begins at the end reads nothing',
    async run(kcat) {
      const topic = kcat.context.unique('once')
      const group = kcat.context.unique('group')
      await kcat.produce(topic, numbered('again', 5))
      const read = async () => lines(await kcat.output(['-q', '-e', ...fromTheBeginning, '-G', group, topic]))
      assert.deepEqual(await read(), numbered('again', 5))
      assert.deepEqual(await read(), [])
      const late = ['-X', 'auto.offset.reset=latest', '-q', '-e', '-G', kcat.context.unique('late'), topic]
      assert.equal(await kcat.output(late), '')
    },
  },
  {
    name: 'group: read_committed leaves out what was aborted',
    async run(kcat) {
      const topic = kcat.context.unique('isolated')
      const id = ['-X', `transactional.id=${kcat.context.unique('id')}`]
      await kcat.produce(topic, ['kept'], ...id)
      const lost = kcat.start('-P', '-t', topic, ...id)
      // kcat reads its input in large pieces.
      lost.child.stdin.write(`${numbered('lost', 5_000).join('\n')}\n`)
      const read = async (level: string) => {
        const isolation = ['-X', `isolation.level=${level}`, ...fromTheBeginning]
        return lines(await kcat.output(['-q', '-e', ...isolation, '-G', kcat.context.unique('group'), topic]))
      }
      await eventually('the open transaction', async () => (await read('read_uncommitted')).includes('lost-0'))
      lost.child.kill('SIGKILL')
      await lost.ended
      await kcat.produce(topic, ['next'], ...id)
      await eventually('the next', async () => (await read('read_committed')).includes('next'))
      assert.deepEqual(await read('read_committed'), ['kept', 'next'])
      assert.ok((await read('read_uncommitted')).length > 2)
    },
  },
  {
    name: 'group: it carries on through SIGKILL and restart of the broker, from what it committed',
    timeoutMs: 120_000,
    async run(kcat) {
      const topic = await kcat.topic({ partitions: 2 })
      const group = kcat.context.unique('through')
      const reader = member(kcat, group, [topic], '-X', 'auto.commit.interval.ms=100')
      await share([reader], 2)
      await kcat.produce(topic, numbered('before', 40), '-X', 'sticky.partitioning.linger.ms=0')
      await eventually('what came before', () => received([reader]).length === 40)
      await kcat.context.broker.restart()
      await kcat.produce(topic, numbered('after', 40), '-X', 'sticky.partitioning.linger.ms=0')
      await eventually('what came after', () => new Set(received([reader])).size === 80, 60_000)
      reader.child.kill('SIGTERM')
      await reader.ended
      const rest = await kcat.output(['-q', '-e', ...fromTheBeginning, '-G', group, topic])
      assert.equal(rest, '')
    },
  },
]

export const groupCases: KcatCase[] = [...sharing, ...others]
