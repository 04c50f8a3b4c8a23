/** CreateTopics, CreatePartitions, DeleteTopics. */
import type { Scenario } from '../scenario.ts'
import { type Session, versionsOf } from '../session.ts'

interface NewTopic {
  name?: string
  numPartitions?: number
  replicationFactor?: number
  assignments?: { partitionIndex: number; brokerIds: number[] }[]
  configs?: { name: string; value: string | null }[]
}

const at = (partitionIndex: number, ...brokerIds: number[]) => ({ partitionIndex, brokerIds })
const config = (name: string, value: string | null) => ({ configs: [{ name, value }] })

/** Properties that are asked for beside the name, and must be refused or not. */
const REQUESTS: [string, NewTopic][] = [
  ['plain', {}],
  ['defaults', { numPartitions: -1, replicationFactor: -1 }],
  ['no partitions', { numPartitions: 0 }],
  ['negative partitions', { numPartitions: -2 }],
  ['no replicas', { replicationFactor: 0 }],
  ['negative replicas', { replicationFactor: -2 }],
  ['too many replicas', { replicationFactor: 2 }],
  ['both wrong', { numPartitions: 0, replicationFactor: 0 }],
  ['assigned', { numPartitions: -1, replicationFactor: -1, assignments: [at(0, 1), at(1, 1)] }],
  ['assigned out of order', { numPartitions: -1, replicationFactor: -1, assignments: [at(1, 1), at(0, 1)] }],
  ['assigned with partitions', { numPartitions: 2, replicationFactor: -1, assignments: [at(0, 1)] }],
  ['assigned with replicas', { numPartitions: -1, replicationFactor: 1, assignments: [at(0, 1)] }],
  ['assigned with both', { numPartitions: 1, replicationFactor: 1, assignments: [at(0, 1)] }],
  ['assigned with a gap', { numPartitions: -1, replicationFactor: -1, assignments: [at(0, 1), at(2, 1)] }],
  ['assigned from one', { numPartitions: -1, replicationFactor: -1, assignments: [at(1, 1)] }],
  ['assigned to negative partition', { numPartitions: -1, replicationFactor: -1, assignments: [at(-1, 1)] }],
  ['assigned to nobody', { numPartitions: -1, replicationFactor: -1, assignments: [at(0)] }],
  ['assigned to a stranger', { numPartitions: -1, replicationFactor: -1, assignments: [at(0, 99)] }],
  ['assigned to a negative broker', { numPartitions: -1, replicationFactor: -1, assignments: [at(0, -1)] }],
  ['assigned twice', { numPartitions: -1, replicationFactor: -1, assignments: [at(0, 1, 1)] }],
  ['a partition twice', { numPartitions: -1, replicationFactor: -1, assignments: [at(0, 1), at(0, 1)] }],
  ['factors differ', { numPartitions: -1, replicationFactor: -1, assignments: [at(0, 1), at(1, 1, 2)] }],
  ['configured', config('retention.ms', '1000')],
  ['unknown config', config('no.such.config', '1')],
  ['bad number', config('retention.ms', 'soon')],
  ['out of range', config('segment.bytes', '1')],
  ['null value', config('retention.ms', null)],
  ['null value of unknown', config('no.such.config', null)],
  ['empty value', config('retention.ms', '')],
  ['empty config name', config('', '1')],
  ['bad policy', config('cleanup.policy', 'shred')],
  ['both policies', config('cleanup.policy', 'compact,delete')],
  ['bad codec', config('compression.type', 'rar')],
  ['spaces', config('retention.ms', ' 1000 ')],
  ['min isr', config('min.insync.replicas', '0')],
  ['local retention', config('local.retention.ms', '100000')],
  ['remote storage', config('remote.storage.enable', 'true')],
  ['level', config('compression.gzip.level', '10')],
  ['throttled', config('leader.replication.throttled.replicas', '0:1')],
  ['throttled wrong', config('leader.replication.throttled.replicas', 'x')],
  [
    'lag order',
    {
      configs: [
        { name: 'min.compaction.lag.ms', value: '20' },
        { name: 'max.compaction.lag.ms', value: '10' },
      ],
    },
  ],
  [
    'one config twice',
    {
      configs: [
        { name: 'retention.ms', value: '1' },
        { name: 'retention.ms', value: '2' },
      ],
    },
  ],
]

const NAMES = ['', '.', '..', 'a/b', 'a b', 'ä', 'x'.repeat(249), 'x'.repeat(250), '__consumer_offsets', '__mine']

const create: Scenario = {
  name: 'topics: CreateTopics',
  quick: true,
  async run(session) {
    for (const version of versionsOf('CreateTopics')) {
      for (const [index, [label, fields]] of REQUESTS.entries()) {
        const topic = { name: `ct-${version}-${index}`, numPartitions: 2, replicationFactor: 1, ...fields }
        await creating(session, version, label, [topic], true)
      }
      for (const name of NAMES) {
        await creating(session, version, 'name', [{ name, numPartitions: 1, replicationFactor: 1 }], true)
      }
      const topic = (name: string) => ({ name, numPartitions: 1, replicationFactor: 1 })
      await creating(session, version, 'none', [], false)
      await creating(session, version, 'twice', [topic('ct-twice'), topic('ct-twice')], false)
      await creating(
        session,
        version,
        'twice and one',
        [topic('ct-t'), topic(`ct-one-${version}`), topic('ct-t')],
        true,
      )
      await creating(session, version, 'colliding', [topic(`ct-c-${version}.x`), topic(`ct-c-${version}_x`)], false)
      await creating(session, version, 'created', [topic(`ct-real-${version}`)], false)
      await creating(session, version, 'exists', [topic(`ct-real-${version}`)], false)
      await creating(session, version, 'exists, validate', [topic(`ct-real-${version}`)], true)
      await creating(session, version, 'collides', [topic(`ct_real.${version}`)], false)
    }
  },
}

const createForReal: Scenario = {
  name: 'topics: created and described',
  async run(session) {
    const version = Math.max(...versionsOf('CreateTopics'))
    for (const [index, [label, fields]] of REQUESTS.entries()) {
      const topic = { name: `cr-${index}`, numPartitions: 2, replicationFactor: 1, ...fields }
      await creating(session, version, label, [topic], false)
    }
    await session.settle()
    const topics = REQUESTS.map((_, index) => ({ name: `cr-${index}` }))
    await session.send('Metadata', 12, { topics, allowAutoTopicCreation: false })
    const resources = REQUESTS.map((_, index) => ({
      resourceType: 2,
      resourceName: `cr-${index}`,
      configurationKeys: null,
    }))
    await session.send('DescribeConfigs', 4, { resources, includeSynonyms: true })
  },
}

async function creating(session: Session, version: number, label: string, topics: NewTopic[], validateOnly: boolean) {
  await session.send('CreateTopics', version, { topics, timeoutMs: 30_000, validateOnly }, { label })
}

const partitions: Scenario = {
  name: 'topics: CreatePartitions',
  quick: true,
  async run(session) {
    for (const version of versionsOf('CreatePartitions')) {
      const name = `cp-${version}`
      await session.createTopic(name, 2)
      const ask = (label: string, topics: object[], validateOnly = true) =>
        session.send('CreatePartitions', version, { topics, timeoutMs: 30_000, validateOnly }, { label })
      for (const count of [-1, 0, 1, 2, 3, 5, 20000]) await ask(`count ${count}`, [{ name, count, assignments: null }])
      const assigned = (count: number, ...brokers: number[][]) =>
        ask('assigned', [{ name, count, assignments: brokers.map((brokerIds) => ({ brokerIds })) }])
      await assigned(3, [1])
      await assigned(4, [1])
      await assigned(3, [1], [1])
      await assigned(3, [])
      await assigned(3)
      await assigned(3, [1, 1])
      await assigned(3, [9])
      await assigned(3, [-1])
      await assigned(4, [1], [1, 2])
      await assigned(2, [1])
      for (const bad of NAMES) await ask('name', [{ name: bad, count: 3, assignments: null }])
      await ask('unknown', [{ name: 'cp-nope', count: 3, assignments: null }])
      await ask('none', [])
      await ask('twice', [
        { name, count: 3, assignments: null },
        { name, count: 4, assignments: null },
      ])
      await ask('grows', [{ name, count: 4, assignments: null }], false)
      await ask('grown', [{ name, count: 4, assignments: null }], false)
      await session.settle()
      await session.send('Metadata', 12, { topics: [{ name }] })
    }
  },
}

const UNKNOWN_ID = 'BBBBBBBBBBBBBBBBBBBBBA'

const deletion: Scenario = {
  name: 'topics: DeleteTopics',
  quick: true,
  async run(session) {
    for (const version of versionsOf('DeleteTopics')) {
      const [a, b] = [`dt-a-${version}`, `dt-b-${version}`]
      const ask = (label: string, names: string[]) =>
        session.send(
          'DeleteTopics',
          version,
          { topics: names.map((name) => ({ name })), topicNames: names, timeoutMs: 30_000 },
          { label },
        )
      await ask('none', [])
      for (const name of NAMES.filter((name) => name !== '__consumer_offsets')) await ask('name', [name])
      await ask('unknown', ['dt-nope'])
      await session.createTopic(a, 2)
      await ask('known, unknown', [a, 'dt-nope'])
      await session.settle()
      await ask('again', [a])
      await session.createTopic(b)
      await ask('twice', [b, b])
      await session.settle()
      await ask('after twice', [b])
      if (version >= 6) await deletionById(session, version)
    }
  },
}

async function deletionById(session: Session, version: number): Promise<void> {
  const ask = (label: string, topics: object[]) =>
    session.send('DeleteTopics', version, { topics, timeoutMs: 30_000 }, { label })
  const topicId = await session.createTopic('dt-id')
  const other = await session.createTopic('dt-id-2')
  await ask('unknown id', [{ topicId: UNKNOWN_ID }])
  await ask('zero id, no name', [{ name: null }])
  await ask('two without anything', [{ name: null }, { name: null }])
  await ask('id and name', [{ topicId, name: 'dt-id' }])
  await ask('id and other name', [{ topicId, name: 'dt-id-2' }])
  await ask('id twice', [{ topicId }, { topicId }])
  await ask('id and name apart', [{ topicId: other }, { name: 'dt-id-2' }])
  await ask('id', [{ topicId }, { name: 'dt-nope' }])
  await session.settle()
  await ask('id again', [{ topicId }])
  await ask('what is left', [{ topicId: other }])
}

export const topicScenarios: readonly Scenario[] = [create, createForReal, partitions, deletion]
