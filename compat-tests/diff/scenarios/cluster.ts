/** AlterPartitionReassignments, ListPartitionReassignments, ElectLeaders, DescribeQuorum, UnregisterBroker, ListConfigResources, UpdateFeatures. */
import type { Scenario } from '../scenario.ts'
import { type Session, versionsOf } from '../session.ts'

const TOPIC = 'cluster-a'

async function prepare(session: Session): Promise<void> {
  await session.learnTopicIds()
  if (!session.topicIds.has(TOPIC)) await session.createTopic(TOPIC, 2)
}

const REPLICAS: readonly (number[] | null)[] = [[1], null, [], [2], [1, 2], [1, 1], [-1], [2147483647]]

const reassignments: Scenario = {
  name: 'cluster: partition reassignments',
  quick: true,
  async run(session) {
    await prepare(session)
    for (const version of versionsOf('AlterPartitionReassignments')) {
      for (const allowReplicationFactorChange of version === 0 ? [true] : [true, false]) {
        const alter = (label: string, topics: object[]) =>
          session.send(
            'AlterPartitionReassignments',
            version,
            { topics, timeoutMs: 30_000, allowReplicationFactorChange },
            { label },
          )
        for (const replicas of REPLICAS) {
          await alter('to', [{ name: TOPIC, partitions: [{ partitionIndex: 0, replicas }] }])
        }
        for (const [name, partitionIndex] of [
          [TOPIC, 2],
          [TOPIC, -1],
          ['cluster-nope', 0],
          ['', 0],
        ]) {
          await alter('unknown', [{ name, partitions: [{ partitionIndex, replicas: [1] }] }])
        }
        await alter('none', [])
        await alter('no partitions', [{ name: TOPIC, partitions: [] }])
        const [first, second] = [0, 1].map((partitionIndex) => ({ partitionIndex, replicas: [1] }))
        await alter('two', [{ name: TOPIC, partitions: [first, { ...second, replicas: [2] }] }])
        await alter('twice', [
          { name: TOPIC, partitions: [first, first] },
          { name: TOPIC, partitions: [second] },
        ])
      }
    }
    const list = (label: string, topics: object[] | null) =>
      session.send('ListPartitionReassignments', 0, { topics, timeoutMs: 30_000 }, { label })
    await list('all', null)
    await list('none', [])
    await list('some', [
      { name: TOPIC, partitionIndexes: [0, 1, 2, -1] },
      { name: 'cluster-nope', partitionIndexes: [0] },
      { name: TOPIC, partitionIndexes: [] },
    ])
  },
}

const elections: Scenario = {
  name: 'cluster: ElectLeaders',
  quick: true,
  async run(session) {
    await prepare(session)
    for (const version of versionsOf('ElectLeaders')) {
      for (const electionType of version === 0 ? [0] : [0, 1, 2, -1]) {
        const elect = (label: string, topicPartitions: object[] | null) =>
          session.send('ElectLeaders', version, { electionType, topicPartitions, timeoutMs: 30_000 }, { label })
        await elect('one', [{ topic: TOPIC, partitions: [0] }])
        await elect('unknown too', [
          { topic: TOPIC, partitions: [1, 0, 7, -1] },
          { topic: 'cluster-nope', partitions: [0] },
          { topic: '', partitions: [0] },
        ])
        await elect('no partitions', [{ topic: TOPIC, partitions: [] }])
        await elect('no topics', [])
        await elect('all', null)
      }
    }
  },
}

const quorum: Scenario = {
  name: 'cluster: DescribeQuorum',
  quick: true,
  async run(session) {
    const metadata = { topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }
    for (const version of versionsOf('DescribeQuorum')) {
      const describe = (label: string, topics: object[]) =>
        session.send('DescribeQuorum', version, { topics }, { label })
      await describe('metadata', [metadata])
      await describe('none', [])
      await describe('no partitions', [{ ...metadata, partitions: [] }])
      await describe('another partition', [{ ...metadata, partitions: [{ partitionIndex: 1 }] }])
      await describe('two partitions', [{ ...metadata, partitions: [{ partitionIndex: 0 }, { partitionIndex: 1 }] }])
      await describe('another topic', [{ ...metadata, topicName: TOPIC }])
      await describe('twice', [metadata, metadata])
    }
  },
}

const unregistration: Scenario = {
  name: 'cluster: UnregisterBroker',
  quick: true,
  async run(session) {
    for (const brokerId of [0, 2, 99, -1, 2147483647]) await session.send('UnregisterBroker', 0, { brokerId })
  },
}

const resources: Scenario = {
  name: 'cluster: ListConfigResources',
  quick: true,
  async run(session) {
    await prepare(session)
    const resource = (resourceType: number, resourceName: string, name: string, value: string) => ({
      resourceType,
      resourceName,
      configs: [{ name, configOperation: 0, value }],
    })
    const changed = [
      resource(16, 'cluster-metrics', 'interval.ms', '60000'),
      resource(32, 'cluster-group', 'consumer.session.timeout.ms', '46000'),
    ]
    await session.send('IncrementalAlterConfigs', 1, { resources: changed })
    await session.settle()
    for (const version of versionsOf('ListConfigResources')) {
      const lists = version === 0 ? [[]] : [[], [2], [4], [8], [16], [32], [2, 16], [16, 16], [0], [1], [16, 3], [-1]]
      for (const resourceTypes of lists) await session.send('ListConfigResources', version, { resourceTypes })
    }
    const gone = changed.map(({ configs, ...rest }) => ({
      ...rest,
      configs: configs.map(({ name }) => ({ name, configOperation: 1, value: null })),
    }))
    await session.send('IncrementalAlterConfigs', 1, { resources: gone })
    await session.settle()
    await session.send('ListConfigResources', 1, { resourceTypes: [16, 32] })
  },
}

const FEATURES: readonly [feature: string, level: number][] = [
  ['transaction.version', 1],
  ['transaction.version', 2],
  ['transaction.version', 3],
  ['transaction.version', 0],
  ['transaction.version', -1],
  ['eligible.leader.replicas.version', 1],
  ['eligible.leader.replicas.version', 0],
  ['metadata.version', 30],
  ['metadata.version', 29],
  ['metadata.version', 31],
  ['metadata.version', 6],
  ['kraft.version', 0],
  ['kraft.version', 2],
  ['no.such.feature', 0],
  ['no.such.feature', 1],
  ['', 0],
]

const features: Scenario = {
  name: 'cluster: UpdateFeatures',
  quick: true,
  async run(session) {
    for (const version of versionsOf('UpdateFeatures')) {
      const update = (label: string, featureUpdates: object[], validateOnly = true) =>
        session.send('UpdateFeatures', version, { timeoutMs: 30_000, featureUpdates, validateOnly }, { label })
      for (const [feature, maxVersionLevel] of FEATURES) {
        // The first version has no dry run: what it may change is what it leaves as it is.
        if (version === 0 && maxVersionLevel === 0) continue
        for (const upgradeType of version === 0 ? [1] : [1, 2, 3, 0, 4]) {
          await update('one', [{ feature, maxVersionLevel, upgradeType, allowDowngrade: true }])
        }
      }
      await update('none', [])
      const kept = { feature: 'transaction.version', maxVersionLevel: 2, upgradeType: 1 }
      await update('two', [kept, { feature: 'no.such.feature', maxVersionLevel: 1, upgradeType: 1 }])
      if (version === 0) continue
      for (const name of ['transaction.version', 'eligible.leader.replicas.version']) {
        const top = name === kept.feature ? 2 : 1
        await update('down', [{ feature: name, maxVersionLevel: 0, upgradeType: 2 }], false)
        await session.settle()
        await session.send('ApiVersions', 4, { clientSoftwareName: 'diff', clientSoftwareVersion: '1' })
        await update('up', [{ feature: name, maxVersionLevel: top, upgradeType: 1 }], false)
        await session.settle()
        await session.send('ApiVersions', 4, { clientSoftwareName: 'diff', clientSoftwareVersion: '1' })
      }
    }
  },
}

export const clusterScenarios: readonly Scenario[] = [
  reassignments,
  elections,
  quorum,
  unregistration,
  resources,
  features,
]
