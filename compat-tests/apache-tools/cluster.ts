import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Case, CaseContext } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import type { Tools } from './tools.ts'
import { lines, rows } from './tools.ts'

export const clusterCases = (tools: Tools): Case[] => [
  ...quorumCases(tools),
  ...placementCases(tools),
  ...transactionCases(tools),
  ...resourceCases(tools),
  ...absentParts(tools),
]

async function topicOf(
  { run }: Tools,
  context: CaseContext,
  { partitions = 2, replicas }: { partitions?: number; replicas?: number } = {},
): Promise<string> {
  const topic = context.unique('topic')
  const factor = replicas === undefined ? [] : ['--replication-factor', `${replicas}`]
  await run(context, 'topics', ['--create', '--topic', topic, '--partitions', `${partitions}`, ...factor])
  return topic
}

/** The brokers that have replicas of a topic's first partition, its leader first. */
async function nodesOf({ run }: Tools, context: CaseContext, topic: string): Promise<string[]> {
  const described = await run(context, 'topics', ['--describe', '--topic', topic])
  const [, leader, replicas] = /Leader: (\d+)\s+Replicas: ([\d,]+)/.exec(described)!
  return [leader, ...replicas.split(',').filter((id) => id !== leader)]
}

async function jsonFile(context: CaseContext, content: object): Promise<string> {
  const file = join(context.broker.home, `${context.unique('input')}.json`)
  await writeFile(file, JSON.stringify(content))
  return file
}

function quorumCases({ run, attempt, runBare }: Tools): Case[] {
  return [
    {
      name: 'kafka-metadata-quorum: replication of the voter',
      async run(context) {
        const [replica, ...others] = rows(await run(context, 'metadataQuorum', ['describe', '--replication']))
        assert.deepEqual([replica.Status, replica.Lag], ['Leader', '0'])
        // The only broker is its own controller; several observe theirs.
        const { clusterSize } = context.broker
        assert.deepEqual(
          others.map(({ Status }) => Status),
          Array(clusterSize === 1 ? 0 : clusterSize).fill('Observer'),
        )
      },
    },
    {
      name: 'kafka-cluster: unregister a broker that is none',
      async run(context) {
        const server = ['--bootstrap-server', context.broker.bootstrapServers]
        const unregister = runBare('cluster', ['unregister', ...server, '--id', '99'])
        await assert.rejects(unregister, /Broker ID 99 is not currently registered/)
      },
    },
    {
      name: 'kafka-features: what the levels of a version are, and what is refused',
      async run(context) {
        assert.match(
          await run(context, 'features', ['version-mapping', '--release-version', '4.0']),
          /metadata\.version=25/,
        )
        const refused = await attempt(context, 'features', ['upgrade', '--feature', 'no.such.feature=1'])
        assert.equal(refused.exitCode, 1)
        assert.match(refused.stdout + refused.stderr, /Could not upgrade no\.such\.feature to 1/)
      },
    },
    {
      name: 'kafka-features: a level lower and back',
      async run(context) {
        const lower = ['--feature', 'transaction.version=1']
        assert.match(await run(context, 'features', ['downgrade', ...lower, '--dry-run']), /can be downgraded to 1/)
        assert.match(await run(context, 'features', ['downgrade', ...lower]), /was downgraded to 1/)
        const raised = await run(context, 'features', ['upgrade', '--feature', 'transaction.version=2'])
        assert.match(raised, /was upgraded to 2/)
      },
    },
  ]
}

function placementCases(tools: Tools): Case[] {
  const { run, attempt } = tools
  return [
    {
      name: 'kafka-reassign-partitions: generate, execute, verify, cancel',
      async run(context) {
        const topic = await topicOf(tools, context, { replicas: 1 })
        const [home] = await nodesOf(tools, context, topic)
        const all = await nodesOf(tools, context, await topicOf(tools, context))
        // To another broker, where there is one.
        const node = all.find((id) => id !== home) ?? home
        const wanted = await jsonFile(context, { version: 1, topics: [{ topic }] })
        const generate = ['--generate', '--broker-list', node, '--topics-to-move-json-file', wanted]
        const proposed = lines(await run(context, 'reassignPartitions', generate)).at(-1)!
        assert.deepEqual(
          JSON.parse(proposed).partitions.map(({ replicas }: { replicas: number[] }) => replicas),
          [[Number(node)], [Number(node)]],
        )
        const plan = ['--reassignment-json-file', await jsonFile(context, JSON.parse(proposed))]
        const executed = await run(context, 'reassignPartitions', ['--execute', ...plan])
        assert.match(executed, /Successfully started partition reassignments/)
        await eventually('both partitions are there', async () => {
          const verified = await run(context, 'reassignPartitions', ['--verify', ...plan])
          return verified.match(/Reassignment of partition \S+ is completed/g)?.length === 2
        })
        assert.match(
          await run(context, 'reassignPartitions', ['--cancel', ...plan]),
          /None of the specified partition moves/,
        )
      },
    },
    {
      name: 'kafka-reassign-partitions: a broker that is none',
      async run(context) {
        const topic = await topicOf(tools, context)
        const partitions = [{ topic, partition: 0, replicas: [4711] }]
        const plan = ['--reassignment-json-file', await jsonFile(context, { version: 1, partitions })]
        const refused = await attempt(context, 'reassignPartitions', ['--execute', ...plan])
        assert.match(refused.stdout + refused.stderr, /Unknown broker id 4711/)
      },
    },
    {
      name: 'kafka-leader-election: all partitions, unclean, and unknown ones',
      async run(context) {
        const topic = await topicOf(tools, context)
        const all = ['--election-type', 'preferred', '--all-topic-partitions']
        await run(context, 'leaderElection', all)
        const partition = ['--topic', topic, '--partition', '1']
        const unclean = await run(context, 'leaderElection', ['--election-type', 'unclean', ...partition])
        assert.match(unclean, /Valid replica already elected/)
        const unknown = ['--election-type', 'preferred', '--topic', context.unique('unknown'), '--partition', '0']
        const refused = await attempt(context, 'leaderElection', unknown)
        assert.match(refused.stdout + refused.stderr, /UnknownTopicOrPartition/)
      },
    },
    {
      name: 'kafka-topics: by id, more filters, if not exists',
      async run(context) {
        const topic = await topicOf(tools, context)
        await run(context, 'topics', ['--create', '--if-not-exists', '--topic', topic])
        const id = /TopicId: (\S+)/.exec(await run(context, 'topics', ['--describe', '--topic', topic]))![1]
        assert.match(await run(context, 'topics', ['--describe', '--topic-id', id]), new RegExp(`Topic: ${topic}`))
        const under = ['--describe', '--topic', topic, '--under-min-isr-partitions']
        assert.equal(lines(await run(context, 'topics', under)).length, 0)
        await run(context, 'topics', ['--delete', '--if-exists', '--topic', context.unique('unknown')])
      },
    },
  ]
}

function transactionCases(tools: Tools): Case[] {
  const { run } = tools
  return [
    {
      name: 'kafka-transactions: describe, producers, hanging ones, forced end',
      async run(context) {
        const topic = await topicOf(tools, context)
        const id = context.unique('transaction')
        const properties = [`bootstrap.servers=${context.broker.bootstrapServers}`, 'acks=all']
        await tools.runAlone('producerPerformance', [
          ...['--topic', topic, '--num-records', '20', '--record-size', '10', '--throughput', '-1'],
          ...['--transactional-id', id, '--transaction-duration-ms', '10', '--command-property', ...properties],
        ])
        const described = rows(await run(context, 'transactions', ['describe', '--transactional-id', id]))
        assert.equal(described[0].TransactionState, 'CompleteCommit')
        const listed = rows(await run(context, 'transactions', ['list']))
        assert.ok(listed.some((row) => row.TransactionalId === id))
        const producersOf = async (partition: string) =>
          rows(await run(context, 'transactions', ['describe-producers', '--topic', topic, '--partition', partition]))
        const producers = [...(await producersOf('0')), ...(await producersOf('1'))]
        assert.ok(producers.every(({ ProducerId }) => ProducerId === described[0].ProducerId) && producers.length > 0)
        const [leader] = await nodesOf(tools, context, topic)
        await run(context, 'transactions', ['find-hanging', '--broker-id', leader])
        await run(context, 'transactions', ['forceTerminateTransaction', '--transactionalId', id])
      },
    },
  ]
}

function resourceCases(tools: Tools): Case[] {
  const { run, attempt } = tools
  return [
    {
      name: 'kafka-groups: every kind of group',
      async run(context) {
        const topic = await topicOf(tools, context)
        const group = context.unique('group')
        await run(context, 'consoleProducer', ['--topic', topic], 'a\nb\n')
        const consumer = ['--topic', topic, '--group', group, '--from-beginning', '--max-messages', '2']
        await run(context, 'consoleConsumer', [...consumer, '--timeout-ms', '20000'])
        const row = rows(await run(context, 'allGroups', ['--list'])).find((one) => one.GROUP === group)
        assert.deepEqual([row?.TYPE, row?.PROTOCOL], ['Classic', 'consumer'])
        assert.ok((await run(context, 'allGroups', ['--list', '--consumer'])).includes(group))
      },
    },
    {
      name: 'kafka-client-metrics: subscriptions',
      async run(context) {
        const name = context.unique('metrics')
        const subscription = ['--alter', '--name', name, '--metrics', 'org.apache.kafka.', '--interval', '10000']
        await run(context, 'clientMetrics', subscription)
        await eventually('the subscription', async () =>
          (await run(context, 'clientMetrics', ['--list'])).includes(name),
        )
        assert.match(await run(context, 'clientMetrics', ['--describe', '--name', name]), /interval\.ms=10000/)
        await run(context, 'clientMetrics', ['--delete', '--name', name])
        await eventually('its end', async () => !(await run(context, 'clientMetrics', ['--list'])).includes(name))
      },
    },
    {
      name: 'kafka-configs: of groups',
      async run(context) {
        const entity = ['--entity-type', 'groups', '--entity-name', context.unique('group')]
        await run(context, 'configs', [...entity, '--alter', '--add-config', 'consumer.session.timeout.ms=50000'])
        await eventually('the config', async () =>
          (await run(context, 'configs', [...entity, '--describe'])).includes('consumer.session.timeout.ms=50000'),
        )
      },
    },
    {
      name: 'kafka-consumer-groups: all groups at once, reset by file and by duration, export',
      async run(context) {
        const topic = await topicOf(tools, context, { partitions: 1 })
        const group = context.unique('group')
        await run(context, 'consoleProducer', ['--topic', topic], 'a\nb\nc\nd\n')
        const consumer = ['--topic', topic, '--group', group, '--from-beginning', '--max-messages', '4']
        await run(context, 'consoleConsumer', [...consumer, '--timeout-ms', '20000'])
        assert.match(await run(context, 'groups', ['--describe', '--all-groups', '--offsets']), new RegExp(group))
        const reset = ['--reset-offsets', '--group', group]
        const exported = await run(context, 'groups', [
          ...reset,
          '--topic',
          topic,
          '--to-earliest',
          '--export',
          '--dry-run',
        ])
        assert.match(exported, new RegExp(`"?${topic}"?,0,0`))
        const file = join(context.broker.home, `${group}.csv`)
        await writeFile(file, `"${topic}",0,1\n`)
        const [row] = rows(await run(context, 'groups', [...reset, '--from-file', file, '--execute']))
        assert.equal(row['NEW-OFFSET'], '1')
        const ago = await run(context, 'groups', [...reset, '--all-topics', '--by-duration', 'PT1H', '--execute'])
        assert.deepEqual(new Set(rows(ago).map((one) => one['NEW-OFFSET'])), new Set(['0']))
        const unknown = [
          '--reset-offsets',
          '--group',
          group,
          '--topic',
          context.unique('no'),
          '--to-earliest',
          '--dry-run',
        ]
        const refused = await attempt(context, 'groups', unknown)
        assert.match(refused.stdout + refused.stderr, /does not exist|UnknownTopicOrPartition|Unknown|NEW-OFFSET/i)
      },
    },
    {
      name: 'kafka-streams-application-reset',
      async run(context) {
        const topic = await topicOf(tools, context)
        await run(context, 'consoleProducer', ['--topic', topic], 'a\nb\n')
        const application = ['--application-id', context.unique('application'), '--input-topics', topic]
        assert.match(await run(context, 'streamsReset', application), /Following input topics offsets will be reset/)
      },
    },
  ]
}

/** Tools whose part of the broker may not be built: on samsa they are known failures until it is. */
function absentParts(tools: Tools): Case[] {
  const { run, attempt } = tools
  return [
    {
      name: 'kafka-acls without an authorizer',
      async run(context) {
        const answer = await attempt(context, 'acls', ['--list'])
        assert.match(answer.stdout + answer.stderr, /No Authorizer is configured/)
      },
    },
    {
      name: 'kafka-configs: quotas of users and SCRAM credentials',
      async run(context) {
        const user = ['--entity-type', 'users', '--entity-name', context.unique('user')]
        await run(context, 'configs', [...user, '--alter', '--add-config', 'producer_byte_rate=1024'])
        await run(context, 'configs', [...user, '--alter', '--add-config', 'SCRAM-SHA-256=[password=secret]'])
        await eventually('both', async () => {
          const text = await run(context, 'configs', [...user, '--describe'])
          return /producer_byte_rate=1024/.test(text) && /SCRAM-SHA-256=iterations=\d+/.test(text)
        })
      },
    },
    {
      name: 'kafka-configs: quotas of client ids, pairs, defaults and addresses',
      async run(context) {
        const user = ['--entity-type', 'users', '--entity-name', context.unique('user')]
        const client = ['--entity-type', 'clients', '--entity-name', context.unique('client')]
        const anyClient = ['--entity-type', 'clients', '--entity-default']
        const address = ['--entity-type', 'ips', '--entity-name', '10.1.2.3']
        const quotas: [entity: string[], quota: string][] = [
          [client, 'consumer_byte_rate=1000000'],
          [[...user, ...client], 'request_percentage=12.5'],
          [[...user, ...anyClient], 'controller_mutation_rate=7.5'],
          [address, 'connection_creation_rate=100'],
        ]
        for (const [entity, quota] of quotas) {
          await run(context, 'configs', [...entity, '--alter', '--add-config', quota])
          assert.ok((await run(context, 'configs', [...entity, '--describe'])).includes(quota.replace(/000000$/, '')))
          const [key = ''] = quota.split('=')
          await run(context, 'configs', [...entity, '--alter', '--delete-config', key])
          assert.ok(!(await run(context, 'configs', [...entity, '--describe'])).includes(key))
        }
        const wrong = await attempt(context, 'configs', [...user, '--alter', '--add-config', 'producer_byte_rate=-1'])
        assert.match(wrong.stdout + wrong.stderr, /must be greater than 0|Invalid/)
      },
    },
    {
      name: 'kafka-delegation-tokens where there are none',
      async run(context) {
        const answer = await attempt(context, 'delegationTokens', ['--describe', '--command-config', '/dev/null'])
        assert.match(
          answer.stdout + answer.stderr,
          /Delegation tokens? (feature|support) is (disabled|not enabled)|DelegationTokenDisabled|not allowed/i,
        )
      },
    },
    {
      name: 'kafka-share-groups and kafka-console-share-consumer',
      async run(context) {
        const topic = await topicOf(tools, context)
        const group = context.unique('share')
        const config = ['--entity-type', 'groups', '--entity-name', group, '--alter']
        await run(context, 'configs', [...config, '--add-config', 'share.auto.offset.reset=earliest'])
        await run(context, 'consoleProducer', ['--topic', topic], 'a\nb\nc\n')
        const consumer = ['--topic', topic, '--group', group, '--max-messages', '3', '--timeout-ms', '20000']
        const received = lines(await run(context, 'consoleShareConsumer', consumer))
        assert.deepEqual(received.sort(), ['a', 'b', 'c'])
        assert.match(await run(context, 'shareGroups', ['--list']), new RegExp(group))
      },
    },
    {
      name: 'kafka-streams-groups',
      async run(context) {
        await run(context, 'streamsGroups', ['--list'])
        const unknown = await attempt(context, 'streamsGroups', ['--describe', '--group', context.unique('nobody')])
        assert.match(unknown.stdout + unknown.stderr, /not found|does not exist/i)
      },
    },
  ]
}
