import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Case, CaseContext } from '../support/suite.ts'
import type { Tools } from './tools.ts'
import { lines } from './tools.ts'

export const otherCases = (tools: Tools): Case[] => [
  ...readingCases(tools),
  ...loadCases(tools),
  ...changingCases(tools),
]

async function topicOf(tools: Tools, context: CaseContext, partitions = 1): Promise<string> {
  const topic = context.unique('topic')
  await tools.run(context, 'topics', ['--create', '--topic', topic, '--partitions', String(partitions)])
  return topic
}

const fill = (tools: Tools, context: CaseContext, topic: string, count: number) =>
  tools.run(context, 'consoleProducer', ['--topic', topic], 'text\n'.repeat(count))

function readingCases(tools: Tools): Case[] {
  const { run } = tools
  return [
    {
      name: 'kafka-get-offsets',
      smoke: true,
      async run(context) {
        const topic = await topicOf(tools, context)
        await fill(tools, context, topic, 12)
        const offsets = async (time: string) =>
          lines(await run(context, 'getOffsets', ['--topic', topic, '--time', time]))
        assert.deepEqual(await offsets('earliest'), [`${topic}:0:0`])
        assert.deepEqual(await offsets('latest'), [`${topic}:0:12`])
        assert.match((await offsets('max-timestamp'))[0], new RegExp(`^${topic}:0:\\d+$`))
        assert.deepEqual(await offsets('1'), [`${topic}:0:0`])
      },
    },
    {
      name: 'kafka-broker-api-versions',
      smoke: true,
      async run(context) {
        const text = await run(context, 'brokerApiVersions', [])
        assert.match(
          text,
          new RegExp(`127\\.0\\.0\\.1:${context.broker.port} \\(id: \\d+ rack: null isFenced: false\\)`),
        )
        assert.match(text, /Produce\(0\): 0 to 13 \[usable: 13\]/)
        assert.match(text, /JoinGroup\(11\): 0 to 9 \[usable: 9\]/)
      },
    },
    {
      name: 'kafka-cluster: cluster-id and list-endpoints',
      smoke: true,
      async run(context) {
        const server = context.broker.bootstrapServers
        const attempt = (verb: string) => tools.runBare('cluster', [verb, '--bootstrap-server', server])
        assert.match(await attempt('cluster-id'), /Cluster ID: [\w-]{22}/)
        assert.match(await attempt('list-endpoints'), new RegExp(`127\\.0\\.0\\.1\\s+${context.broker.port}\\s+null`))
      },
    },
    {
      name: 'kafka-features',
      async run(context) {
        assert.match(await run(context, 'features', ['describe']), /metadata\.version.*FinalizedVersionLevel: 4\.4-IV2/)
      },
    },
    {
      name: 'kafka-metadata-quorum',
      async run(context) {
        const text = await run(context, 'metadataQuorum', ['describe', '--status'])
        assert.match(text, /LeaderId:\s+\d+/)
        assert.match(text, /HighWatermark:\s+\d+/)
      },
    },
    {
      name: 'kafka-log-dirs',
      async run(context) {
        const topic = await topicOf(tools, context)
        await fill(tools, context, topic, 5)
        const text = await run(context, 'logDirs', ['--describe', '--topic-list', topic])
        const answer = JSON.parse(lines(text).find((line) => line.startsWith('{'))!)
        const [partition] = answer.brokers[0].logDirs[0].partitions
        assert.equal(partition.partition, `${topic}-0`)
        assert.ok(partition.size > 0)
      },
    },
  ]
}

function loadCases(tools: Tools): Case[] {
  const { runAlone } = tools
  return [
    {
      name: 'kafka-producer-perf-test and kafka-consumer-perf-test',
      async run(context) {
        const topic = await topicOf(tools, context, 3)
        const server = ['--bootstrap-server', context.broker.bootstrapServers]
        const properties = [`bootstrap.servers=${context.broker.bootstrapServers}`, 'acks=all']
        const text = await runAlone('producerPerformance', [
          ...['--topic', topic, '--num-records', '20000', '--record-size', '200', '--throughput', '-1'],
          ...['--command-property', ...properties],
        ])
        assert.match(text, /20000 records sent/)
        const args = [...server, '--topic', topic, '--num-records', '20000', '--timeout', '30000', '--hide-header']
        const fields = lines(await runAlone('consumerPerformance', args))
          .at(-1)!
          .split(', ')
        assert.ok(Number(fields[4]) >= 20_000, fields.join(', '))
      },
    },
    {
      name: 'kafka-e2e-latency',
      async run(context) {
        const topic = await topicOf(tools, context)
        const server = ['--bootstrap-server', context.broker.bootstrapServers]
        const args = [
          ...server,
          '--topic',
          topic,
          '--num-records',
          '200',
          '--record-size',
          '100',
          '--producer-acks',
          'all',
        ]
        assert.match(await runAlone('endToEndLatency', args), /Percentiles: 50th = \d+/)
      },
    },
    {
      name: 'kafka-verifiable-producer and kafka-verifiable-consumer',
      async run(context) {
        const topic = await topicOf(tools, context)
        const server = ['--bootstrap-server', context.broker.bootstrapServers]
        const produced = await runAlone('verifiableProducer', [...server, '--topic', topic, '--max-messages', '500'])
        assert.equal(lines(produced).filter((line) => JSON.parse(line).name === 'producer_send_success').length, 500)
        const group = context.unique('verifiable')
        const args = [
          ...server,
          '--topic',
          topic,
          '--max-messages',
          '500',
          '--group-id',
          group,
          '--reset-policy',
          'earliest',
        ]
        const consumed = lines(await runAlone('verifiableConsumer', args)).map((line) => JSON.parse(line))
        const batches = consumed.filter((event) => event.name === 'records_consumed')
        assert.equal(
          batches.reduce((sum, event) => sum + event.count, 0),
          500,
        )
      },
    },
  ]
}

function changingCases(tools: Tools): Case[] {
  const { run } = tools
  return [
    {
      name: 'kafka-delete-records',
      async run(context) {
        const topic = await topicOf(tools, context)
        await fill(tools, context, topic, 10)
        const file = join(context.broker.home, `${topic}.json`)
        await writeFile(file, JSON.stringify({ version: 1, partitions: [{ topic, partition: 0, offset: 4 }] }))
        assert.match(await run(context, 'deleteRecords', ['--offset-json-file', file]), /low_watermark: 4/)
      },
    },
    {
      name: 'kafka-leader-election',
      async run(context) {
        const topic = await topicOf(tools, context)
        const args = ['--election-type', 'preferred', '--topic', topic, '--partition', '0']
        assert.match(await run(context, 'leaderElection', args), /Valid replica already elected/)
      },
    },
    {
      name: 'kafka-reassign-partitions',
      async run(context) {
        assert.match(await run(context, 'reassignPartitions', ['--list']), /No partition reassignments found/)
      },
    },
  ]
}
