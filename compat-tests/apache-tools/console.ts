import assert from 'node:assert/strict'
import type { Case, CaseContext } from '../support/suite.ts'
import type { Tools } from './tools.ts'
import { lines } from './tools.ts'

const numbered = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}-${i}`)

export function consoleCases({ run }: Tools): Case[] {
  const produce = (context: CaseContext, topic: string, input: string[], ...args: string[]) =>
    run(context, 'consoleProducer', ['--topic', topic, ...args], `${input.join('\n')}\n`)
  const consume = async (context: CaseContext, topic: string, count: number, ...args: string[]) =>
    lines(
      await run(context, 'consoleConsumer', [
        ...['--topic', topic, '--max-messages', String(count), '--timeout-ms', '20000'],
        ...args,
      ]),
    )
  const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'].map(
    (codec): Case => ({
      name: `console producer and consumer, compression ${codec}`,
      smoke: codec === 'none' || codec === 'zstd',
      async run(context) {
        const topic = context.unique('console')
        await produce(context, topic, numbered('line', 500), '--compression-codec', codec)
        assert.deepEqual(await consume(context, topic, 500, '--from-beginning'), numbered('line', 500))
      },
    }),
  )
  return [
    ...codecs,
    {
      name: 'console producer and consumer: keys, headers, partition, offset, timestamp',
      smoke: true,
      async run(context) {
        const topic = context.unique('content')
        await produce(
          context,
          topic,
          ['h1:a\tk1\tv1', 'h1:b\tk2\tv2'],
          ...['--reader-property', 'parse.key=true', '--reader-property', 'parse.headers=true'],
        )
        const shown = ['key', 'headers', 'partition', 'offset', 'timestamp']
        const properties = shown.flatMap((name) => ['--formatter-property', `print.${name}=true`])
        const received = await consume(context, topic, 2, '--from-beginning', ...properties)
        assert.match(received[0], /^CreateTime:\d+\tPartition:0\tOffset:0\th1:a\tk1\tv1$/)
        assert.match(received[1], /^CreateTime:\d+\tPartition:0\tOffset:1\th1:b\tk2\tv2$/)
      },
    },
    {
      name: 'console consumer: from an offset of a partition',
      async run(context) {
        const topic = context.unique('offset')
        await produce(context, topic, numbered('o', 10))
        const received = await consume(context, topic, 3, '--partition', '0', '--offset', '7')
        assert.deepEqual(received, numbered('o', 10).slice(7))
      },
    },
    {
      name: 'console consumer: read_committed, and a group that carries on',
      async run(context) {
        const topic = context.unique('group')
        const group = ['--group', context.unique('console'), '--isolation-level', 'read_committed']
        await produce(context, topic, numbered('g', 10), '--request-required-acks', 'all')
        assert.deepEqual(await consume(context, topic, 6, '--from-beginning', ...group), numbered('g', 6))
        assert.deepEqual(await consume(context, topic, 4, '--from-beginning', ...group), numbered('g', 10).slice(6))
      },
    },
    {
      name: 'kafka-console-consumer with the new group protocol',
      async run(context) {
        const topic = context.unique('consumer-protocol')
        await produce(context, topic, numbered('n', 10))
        const args = ['--from-beginning', '--command-property', 'group.protocol=consumer']
        assert.deepEqual(await consume(context, topic, 10, ...args), numbered('n', 10))
      },
    },
  ]
}
