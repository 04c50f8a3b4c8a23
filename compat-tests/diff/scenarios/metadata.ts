/** Metadata, DescribeTopicPartitions, DescribeCluster, FindCoordinator. */
import type { Scenario } from '../scenario.ts'
import { versionsOf } from '../session.ts'

const INVALID_NAMES = ['', '.', '..', 'a/b', 'a b', 'ä', 'x'.repeat(249), 'x'.repeat(250), 'a\0b']

const metadata: Scenario = {
  name: 'metadata: by name and id',
  quick: true,
  async run(session) {
    await session.createTopic('meta-a', 3)
    await session.createTopic('meta.b', 1, { 'retention.ms': '1000' })
    for (const version of versionsOf('Metadata')) {
      const ask = (label: string, body: object) => session.send('Metadata', version, body, { label })
      const flags = { allowAutoTopicCreation: false, includeTopicAuthorizedOperations: version % 2 === 0 }
      await ask('all', { topics: version === 0 ? [] : null, ...flags, includeClusterAuthorizedOperations: true })
      await ask('none', { topics: [], ...flags, includeClusterAuthorizedOperations: true })
      await ask('named', { topics: [{ name: 'meta-a' }, { name: 'meta.b' }], ...flags })
      await ask('named twice', { topics: [{ name: 'meta-a' }, { name: 'meta-a' }], ...flags })
      // Before version 4 nobody could forbid that a missing topic is created.
      if (version >= 4) await ask('unknown', { topics: [{ name: 'not-here' }], ...flags })
      await ask('internal', { topics: [{ name: '__consumer_offsets' }, { name: '__transaction_state' }], ...flags })
      const created = version >= 4 ? [] : ['x'.repeat(249)]
      for (const name of INVALID_NAMES.filter((name) => !created.includes(name))) {
        await ask('invalid', { topics: [{ name }], ...flags })
      }
      const nope = version >= 4 ? [{ name: 'nope' }] : []
      await ask('mixed', { topics: [{ name: 'meta-a' }, { name: '' }, ...nope, { name: 'a/b' }], ...flags })
      if (version < 10) continue
      const topicId = session.topicId('meta-a')
      await ask('by id', { topics: [{ topicId, name: null }], ...flags })
      await ask('by id and name', { topics: [{ topicId, name: 'meta-a' }], ...flags })
      await ask('by id and wrong name', { topics: [{ topicId, name: 'meta.b' }], ...flags })
      await ask('by unknown id', { topics: [{ topicId: 'BBBBBBBBBBBBBBBBBBBBBA', name: null }], ...flags })
      await ask('by zero id, null name', { topics: [{ name: null }], ...flags })
      await ask('null name among names', { topics: [{ name: 'meta-a' }, { name: null }], ...flags })
      await ask('id among names', { topics: [{ name: 'meta.b' }, { topicId, name: null }], ...flags })
    }
  },
}

const autoCreation: Scenario = {
  name: 'metadata: auto-creation',
  async run(session) {
    for (const version of versionsOf('Metadata')) {
      const name = `auto_${version}`
      const ask = (label: string, topics: object[]) =>
        session.send('Metadata', version, { topics, allowAutoTopicCreation: true }, { label })
      await ask('creates', [{ name }])
      await session.settle()
      await ask('created', [{ name }])
      await ask('invalid', [{ name: 'a/b' }])
      await ask('named twice', [{ name }, { name }])
      await ask('collides', [{ name: `auto.${version}` }])
      await session.settle()
      await ask('collided', [{ name: `auto.${version}` }])
    }
  },
}

const topicPartitions: Scenario = {
  name: 'metadata: DescribeTopicPartitions',
  quick: true,
  async run(session) {
    await session.createTopic('dtp-a', 3)
    await session.createTopic('dtp-b', 2)
    const topics = [{ name: 'dtp-a' }, { name: 'dtp-b' }]
    const ask = (label: string, body: object) => session.send('DescribeTopicPartitions', 0, body, { label })
    await ask('all', { topics: [] })
    await ask('named', { topics })
    await ask('reversed', { topics: [...topics].reverse() })
    await ask('twice', { topics: [...topics, ...topics] })
    for (const name of ['nope', ...INVALID_NAMES]) await ask('bad name', { topics: [{ name }, ...topics] })
    await ask('internal', { topics: [{ name: '__consumer_offsets' }] })
    for (const limit of [-1, 0, 1, 2, 3, 4, 5, 6, 2000, 2001, 2147483647]) {
      await ask(`limit ${limit}`, { topics, responsePartitionLimit: limit })
      for (const topicName of ['dtp-a', 'dtp-b', 'dtp-', 'dtp-z', '']) {
        for (const partitionIndex of [-2, -1, 0, 1, 2, 3, 9]) {
          const cursor = { topicName, partitionIndex }
          await ask(`cursor, limit ${limit}`, { topics, responsePartitionLimit: limit, cursor })
        }
      }
    }
    await ask('cursor without topics', { topics: [], cursor: { topicName: 'dtp-a', partitionIndex: 1 } })
  },
}

const cluster: Scenario = {
  name: 'metadata: DescribeCluster',
  quick: true,
  async run(session) {
    for (const version of versionsOf('DescribeCluster')) {
      for (const endpointType of [1, 2, 0, 3, -1]) {
        for (const includeFencedBrokers of [false, true]) {
          for (const includeClusterAuthorizedOperations of [false, true]) {
            const body = { endpointType, includeFencedBrokers, includeClusterAuthorizedOperations }
            await session.send('DescribeCluster', version, body)
          }
        }
      }
    }
  },
}

const coordinators: Scenario = {
  name: 'metadata: FindCoordinator',
  quick: true,
  async run(session) {
    // For a key that is well formed Apache makes the topic of share groups, which are not built here.
    const shareKeys = ['g:0', '::', 'g:BBBBBBBBBBBBBBBBBBBBBA:x', ':BBBBBBBBBBBBBBBBBBBBBA:1']
    for (const version of versionsOf('FindCoordinator')) {
      for (const keyType of [0, 1, 3, -1, 127]) {
        for (const key of ['group', '', ' ', 'ä', 'x'.repeat(300)]) {
          await session.send('FindCoordinator', version, { key, keyType, coordinatorKeys: [key] })
        }
        if (version < 4) continue
        for (const keys of [[], ['a', 'b', 'c'], ['a', 'a'], ['', 'a']]) {
          await session.send('FindCoordinator', version, { keyType, coordinatorKeys: keys })
        }
      }
      for (const key of shareKeys) {
        await session.send('FindCoordinator', version, { key, keyType: 2, coordinatorKeys: [key] })
      }
    }
  },
}

export const metadataScenarios: readonly Scenario[] = [metadata, autoCreation, topicPartitions, cluster, coordinators]
