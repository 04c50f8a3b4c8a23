import assert from 'node:assert/strict'
import { kcat } from '../../scripts/toolchain/kcat.ts'
import type { Tool } from '../../scripts/toolchain/lookup.ts'
import type { Case, CaseContext, SkippedSuite, Suite } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { consumeCases } from './consume.ts'
import { groupCases as memberCases } from './groups.ts'
import { assertOnAllBrokers, type KcatMetadata } from './metadata.ts'
import { produceCases } from './produce.ts'
import { runKcat } from './run.ts'
import { withKcat } from './session.ts'

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const lookup = await kcat()
  if (!lookup.ok) return { client: 'kcat', skipped: lookup.reason }
  return {
    client: 'kcat',
    version: lookup.tool.version,
    cases: cases(lookup.tool),
  }
}

/** kcat against the case's broker; fails the case when kcat says that it failed. */
async function kcatOf(tool: Tool, context: CaseContext, args: string[], input?: string): Promise<string> {
  const result = await runKcat(tool, ['-b', context.broker.bootstrapServers, ...args], input)
  assert.equal(result.exitCode, 0, `kcat ${args.join(' ')}: ${result.stderr}`)
  return result.stdout
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')
const numbered = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}-${i}`)

function cases(tool: Tool): Case[] {
  const produce = (context: CaseContext, topic: string, input: string[], ...args: string[]) =>
    kcatOf(tool, context, ['-P', '-t', topic, ...args], `${input.join('\n')}\n`)
  const consume = async (context: CaseContext, topic: string, ...args: string[]) =>
    lines(await kcatOf(tool, context, ['-C', '-q', '-e', '-t', topic, ...args]))
  return [
    ...codecCases(produce, consume),
    ...acksCases(produce, consume),
    ...contentCases(tool, produce, consume),
    ...positionCases(tool, produce, consume),
    ...groupCases(tool, produce),
    ...errorCases(tool, produce, consume),
    ...withKcat(tool, [...produceCases, ...consumeCases, ...memberCases]),
  ]
}

type Produce = (context: CaseContext, topic: string, input: string[], ...args: string[]) => Promise<string>
type Consume = (context: CaseContext, topic: string, ...args: string[]) => Promise<string[]>

function codecCases(produce: Produce, consume: Consume): Case[] {
  return ['none', 'gzip', 'snappy', 'lz4', 'zstd'].map((codec) => ({
    name: `round trip, compression ${codec}`,
    smoke: true,
    async run(context) {
      const topic = context.unique('codec')
      const sent = numbered(`text that repeats itself, ${codec}`, 1_000)
      await produce(context, topic, sent, '-z', codec)
      assert.deepEqual(await consume(context, topic), sent)
    },
  }))
}

function acksCases(produce: Produce, consume: Consume): Case[] {
  return ['0', '1', 'all'].map((acks) => ({
    name: `produce with acks ${acks}`,
    smoke: true,
    async run(context) {
      const topic = context.unique('acks')
      await produce(context, topic, numbered('acks', 100), '-X', `acks=${acks}`)
      const received = await eventually('all messages', async () => {
        const found = await consume(context, topic)
        return found.length >= 100 ? found : null
      })
      assert.deepEqual(received, numbered('acks', 100))
    },
  }))
}

function contentCases(tool: Tool, produce: Produce, consume: Consume): Case[] {
  return [
    {
      name: 'metadata as JSON',
      smoke: true,
      async run(context) {
        const topic = context.unique('metadata')
        await produce(context, topic, ['x'])
        const metadata: KcatMetadata = JSON.parse(await kcatOf(tool, context, ['-L', '-J', '-t', topic]))
        assert.ok(metadata.brokers.some(({ id }) => id === metadata.controllerid))
        assertOnAllBrokers(context, metadata, topic, 1)
      },
    },
    {
      name: 'keys, headers and null values',
      smoke: true,
      async run(context) {
        const topic = context.unique('content')
        await produce(context, topic, ['k1:v1', 'k2:', ':v3'], '-K', ':', '-Z', '-H', 'a=1', '-H', 'b=two')
        const received = (await consume(context, topic, '-J')).map((line) => JSON.parse(line))
        assert.deepEqual(
          received.map((one) => [one.key, one.payload, one.headers, one.offset]),
          [
            ['k1', 'v1', ['a', '1', 'b', 'two'], 0],
            ['k2', null, ['a', '1', 'b', 'two'], 1],
            [null, 'v3', ['a', '1', 'b', 'two'], 2],
          ],
        )
      },
    },
    {
      name: 'idempotent producer',
      smoke: true,
      async run(context) {
        const topic = context.unique('idempotent')
        const sent = numbered('once', 5_000)
        await produce(context, topic, sent, '-X', 'enable.idempotence=true', '-X', 'batch.num.messages=100')
        assert.deepEqual(await consume(context, topic), sent)
      },
    },
    {
      name: 'transactional produce',
      async run(context) {
        const topic = context.unique('transaction')
        await produce(context, topic, numbered('t', 10), '-X', `transactional.id=${context.unique('id')}`)
        assert.deepEqual(await consume(context, topic, '-X', 'isolation.level=read_committed'), numbered('t', 10))
      },
    },
  ]
}

function positionCases(tool: Tool, produce: Produce, consume: Consume): Case[] {
  return [
    {
      name: 'offsets: absolute, from the end, counted',
      smoke: true,
      async run(context) {
        const topic = context.unique('offsets')
        await produce(context, topic, numbered('o', 100))
        assert.deepEqual(await consume(context, topic, '-p', '0', '-o', '97'), ['o-97', 'o-98', 'o-99'])
        assert.deepEqual(await consume(context, topic, '-p', '0', '-o', '-2'), ['o-98', 'o-99'])
        assert.deepEqual(await consume(context, topic, '-p', '0', '-o', 'beginning', '-c', '2'), ['o-0', 'o-1'])
      },
    },
    {
      name: 'offsets by time, and query of offsets',
      smoke: true,
      async run(context) {
        const topic = context.unique('times')
        await produce(context, topic, numbered('early', 10))
        const between = Number((await consume(context, topic, '-o', '-1', '-f', '%T\n'))[0]) + 1
        await eventually('a later millisecond', () => Date.now() > between)
        await produce(context, topic, numbered('late', 5))
        assert.deepEqual(await consume(context, topic, '-o', `s@${between}`), numbered('late', 5))
        assert.deepEqual(await consume(context, topic, '-o', `s@0`, '-o', `e@${between}`), numbered('early', 10))
        const answer = await kcatOf(tool, context, ['-Q', '-t', `${topic}:0:-1`, '-t', `${topic}:0:${between}`])
        assert.match(answer, /\[0\] offset 1[05]/)
      },
    },
    {
      name: 'a large message in pieces of the socket',
      async run(context) {
        const topic = context.unique('large')
        const large = 'x'.repeat(900_000)
        await produce(context, topic, [large, 'small'])
        assert.deepEqual(
          (await consume(context, topic)).map((line) => line.length),
          [900_000, 5],
        )
      },
    },
  ]
}

function groupCases(tool: Tool, produce: Produce): Case[] {
  const read = (context: CaseContext, topic: string, group: string, ...args: string[]) =>
    kcatOf(tool, context, ['-q', '-e', '-X', 'auto.offset.reset=earliest', ...args, '-G', group, topic])
  const assignors = ['range', 'roundrobin', 'cooperative-sticky']
  return assignors.map((assignor) => ({
    name: `balanced consumer commits and carries on, ${assignor}`,
    smoke: assignor === 'cooperative-sticky',
    async run(context) {
      const topic = context.unique('balanced')
      const group = context.unique('group')
      const strategy = ['-X', `partition.assignment.strategy=${assignor}`]
      await produce(context, topic, numbered('one', 20))
      assert.deepEqual(lines(await read(context, topic, group, ...strategy)), numbered('one', 20))
      await produce(context, topic, numbered('two', 20))
      assert.deepEqual(lines(await read(context, topic, group, ...strategy)), numbered('two', 20))
    },
  }))
}

function errorCases(tool: Tool, produce: Produce, consume: Consume): Case[] {
  return [
    {
      name: 'consuming an unknown topic fails',
      smoke: true,
      async run(context) {
        const args = ['-b', context.broker.bootstrapServers, '-C', '-e', '-t', context.unique('nowhere')]
        const result = await runKcat(tool, args)
        assert.notEqual(result.exitCode, 0)
        assert.match(result.stderr, /Unknown topic or partition/)
      },
    },
    {
      name: 'SIGKILL and restart: what was acknowledged is there',
      timeoutMs: 120_000,
      async run(context) {
        const topic = context.unique('restart')
        await produce(context, topic, numbered('before', 1_000), '-X', 'acks=all')
        await context.broker.restart()
        await produce(context, topic, numbered('after', 1_000), '-X', 'acks=all')
        assert.deepEqual(await consume(context, topic), [...numbered('before', 1_000), ...numbered('after', 1_000)])
      },
    },
  ]
}
