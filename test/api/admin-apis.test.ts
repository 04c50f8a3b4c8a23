/** The admin APIs answer as Apache Kafka 4.4.0 does: its answers to the same requests are in golden/admin.json, recorded by golden/record.ts. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import t from 'tap'
import { apisByKey } from '../../protocol/registry.ts'
import { startBroker } from '../../src/index.ts'
import { normalized } from './support/normalized.ts'
import { ask } from './support/wire-client.ts'

const golden = JSON.parse(readFileSync(resolve(import.meta.dirname, 'golden/admin.json'), 'utf8'))

t.test('every request of the scenario', async (t) => {
  const broker = await startBroker({ port: 0, config: { 'node.id': 1 } })
  t.teardown(() => broker.stop())
  for (const { api: name, version, request, response } of golden) {
    const api = [...apisByKey.values()].find((candidate) => candidate.name === name)!
    const found = normalized(await ask(broker.port, api, version, request))
    t.same(found, response, `${name} v${version} ${JSON.stringify(request)}`)
  }
})

t.test('a topic that is created on the way is answered with its leader, to everybody who asked', async (t) => {
  const broker = await startBroker({ port: 0, config: { 'num.partitions': 2 } })
  t.teardown(() => broker.stop())
  const api = apisByKey.get(3)!
  const request = { topics: [{ name: 'wanted' }, { name: 'no such name' }], allowAutoTopicCreation: true }
  const responses = await Promise.all([1, 2, 3].map(() => ask(broker.port, api, 12, request)))
  for (const response of responses) {
    t.match(response.topics, [
      { name: 'wanted', errorCode: 0, partitions: [{ leaderId: 1 }, { leaderId: 1 }] },
      { name: 'no such name', errorCode: 17, partitions: [] },
    ])
    t.match(response.brokers, [{ nodeId: 1, host: 'localhost', port: broker.port }])
  }
  const ids = responses.map(({ topics }) => (topics as { topicId: string }[])[0].topicId)
  t.equal(new Set(ids).size, 1)
})

t.test('the topics of coordinators are created as they have to be', async (t) => {
  const config = { 'offsets.topic.num.partitions': 2, 'transaction.state.log.num.partitions': 3 }
  const broker = await startBroker({ port: 0, config })
  t.teardown(() => broker.stop())
  const names = ['__consumer_offsets', '__transaction_state']
  const request = { topics: names.map((name) => ({ name })), allowAutoTopicCreation: true }
  const { topics } = await ask(broker.port, apisByKey.get(3)!, 12, request)
  const found = (topics as { name: string; errorCode: number; isInternal: boolean; partitions: object[] }[]).map(
    ({ name, errorCode, isInternal, partitions }) => [name, errorCode, isInternal, partitions.length],
  )
  t.same(found, [
    ['__consumer_offsets', 0, true, 2],
    ['__transaction_state', 0, true, 3],
  ])
})

t.test('where auto.create.topics.enable is off nothing is created', async (t) => {
  const broker = await startBroker({ port: 0, config: { 'auto.create.topics.enable': false } })
  t.teardown(() => broker.stop())
  const request = { topics: [{ name: 'wanted' }], allowAutoTopicCreation: true }
  const { topics } = await ask(broker.port, apisByKey.get(3)!, 12, request)
  t.match(topics, [{ name: 'wanted', errorCode: 3 }])
})
