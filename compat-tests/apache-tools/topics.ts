import assert from 'node:assert/strict'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import type { Tools } from './tools.ts'
import { lines } from './tools.ts'

export const topicCases = ({ run, attempt }: Tools): Case[] => [
  {
    name: 'kafka-topics: create, list, describe, alter, delete',
    smoke: true,
    async run(context) {
      const topic = context.unique('life')
      const create = ['--create', '--topic', topic, '--partitions', '3', '--replication-factor', '1']
      const created = await run(context, 'topics', [...create, '--config', 'retention.ms=3600000'])
      assert.match(created, new RegExp(`Created topic ${topic}\\.`))
      assert.ok(lines(await run(context, 'topics', ['--list'])).includes(topic))
      const described = lines(await run(context, 'topics', ['--describe', '--topic', topic]))
      assert.match(
        described[0],
        /TopicId: [\w-]{22}\s+PartitionCount: 3\s+ReplicationFactor: 1\s+Configs: .*retention\.ms=3600000/,
      )
      assert.match(described[1], /Partition: 0\s+Leader: (\d+)\s+Replicas: \1\s+Isr: \1\s+Elr:\s+LastKnownElr:/)
      await run(context, 'topics', ['--alter', '--topic', topic, '--partitions', '5'])
      assert.equal(lines(await run(context, 'topics', ['--describe', '--topic', topic])).length, 6)
      await run(context, 'topics', ['--delete', '--topic', topic])
      await eventually('the topic is gone', async () => !(await run(context, 'topics', ['--list'])).includes(topic))
    },
  },
  {
    name: 'kafka-topics: refusals in words',
    smoke: true,
    async run(context) {
      const topic = context.unique('refused')
      await run(context, 'topics', ['--create', '--topic', topic])
      const again = await attempt(context, 'topics', ['--create', '--topic', topic])
      assert.notEqual(again.exitCode, 0)
      assert.match(again.stdout + again.stderr, new RegExp(`Topic '${topic}' already exists`))
      const fewer = await attempt(context, 'topics', ['--alter', '--topic', topic, '--partitions', '1'])
      assert.match(fewer.stdout + fewer.stderr, /currently has 1 partition|already has 1 partition/)
      const bad = ['--create', '--topic', context.unique('bad'), '--config', 'retention.ms=soon']
      const invalid = await attempt(context, 'topics', bad)
      assert.match(invalid.stdout + invalid.stderr, /Invalid value soon for configuration retention\.ms/)
      const tooMany = `${context.broker.clusterSize + 2}`
      const replicas = ['--create', '--topic', context.unique('many'), '--replication-factor', tooMany]
      const many = await attempt(context, 'topics', replicas)
      assert.match(many.stdout + many.stderr, new RegExp(`Unable to replicate the partition ${tooMany} time\\(s\\)`))
    },
  },
  {
    name: 'kafka-topics: manual assignment and filters',
    async run(context) {
      const topic = context.unique('manual')
      const other = await run(context, 'topics', ['--create', '--topic', context.unique('node')])
      assert.match(other, /Created/)
      const described = await run(context, 'topics', ['--describe', '--exclude-internal'])
      const node = /Leader: (\d+)/.exec(described)![1]
      // The tool compares with the configuration, which asks for two replicas in a cluster.
      const oneInSync = ['--config', 'min.insync.replicas=1']
      const assigned = ['--topic', topic, '--replica-assignment', `${node},${node}`, ...oneInSync]
      await run(context, 'topics', ['--create', ...assigned])
      assert.equal(lines(await run(context, 'topics', ['--describe', '--topic', topic])).length, 3)
      for (const filter of ['--under-replicated-partitions', '--unavailable-partitions', '--at-min-isr-partitions']) {
        const found = lines(await run(context, 'topics', ['--describe', '--topic', topic, filter]))
        assert.equal(found.length, filter === '--at-min-isr-partitions' ? 2 : 0)
      }
    },
  },
]
