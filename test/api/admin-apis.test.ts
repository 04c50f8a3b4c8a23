/** The admin APIs answer as Apache Kafka 4.4.0 does: its answers to the same requests are in golden/admin.json, recorded by golden/record.ts. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import t from 'tap'
import type { JsonObject } from '../../protocol/json.ts'
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

/** Asks for the topics until all but those with an impossible name are there: the first question creates them. */
async function created(port: number, names: readonly string[]): Promise<JsonObject> {
  const request = { topics: names.map((name) => ({ name })), allowAutoTopicCreation: true }
  for (;;) {
    const response = await ask(port, apisByKey.get(3)!, 12, request)
    if ((response.topics as JsonObject[]).every(({ errorCode }) => errorCode !== 3)) return response
  }
}

t.test(
  'a topic that is created on the way is unknown at first, and the same one for everybody who asked',
  async (t) => {
    const broker = await startBroker({ port: 0, config: { 'num.partitions': 2 } })
    t.teardown(() => broker.stop())
    const names = ['wanted', 'no such name']
    const request = { topics: names.map((name) => ({ name })), allowAutoTopicCreation: true }
    t.match((await ask(broker.port, apisByKey.get(3)!, 12, request)).topics, [{ errorCode: 3 }, { errorCode: 17 }])
    const responses = await Promise.all([1, 2, 3].map(() => created(broker.port, names)))
    for (const response of responses) {
      t.match(response.topics, [
        { name: 'wanted', errorCode: 0, partitions: [{ leaderId: 1 }, { leaderId: 1 }] },
        { name: 'no such name', errorCode: 17, partitions: [] },
      ])
      t.match(response.brokers, [{ nodeId: 1, host: 'localhost', port: broker.port }])
    }
    const ids = responses.map(({ topics }) => (topics as { topicId: string }[])[0].topicId)
    t.equal(new Set(ids).size, 1)
  },
)

t.test('the topics of coordinators are created as they have to be', async (t) => {
  const config = { 'offsets.topic.num.partitions': 2, 'transaction.state.log.num.partitions': 3 }
  const broker = await startBroker({ port: 0, config })
  t.teardown(() => broker.stop())
  const { topics } = await created(broker.port, ['__consumer_offsets', '__transaction_state'])
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
