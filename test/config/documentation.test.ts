import t from 'tap'
import type { JsonObject } from '../../protocol/json.ts'
import { apisByKey } from '../../protocol/registry.ts'
import { apacheDocumentation } from '../../src/config/index.ts'
import { brokerDefinitions, groupDefinitions, topicDefinitions } from '../../src/config/tables.ts'
import { startBroker } from '../../src/index.ts'
import { ask } from '../api/support/wire-client.ts'

t.test('every key has words: Apache’s, or our own', async (t) => {
  const { broker, topic, group } = await apacheDocumentation()
  const silent = (definitions: object, words: Readonly<Record<string, string>>) =>
    Object.entries(definitions as Record<string, { documentation: string | null; internal: boolean }>)
      .filter(([name, { documentation, internal }]) => !internal && !(documentation ?? words[name]))
      .map(([name]) => name)
  t.same(silent(brokerDefinitions, broker), [])
  t.same(silent(topicDefinitions, topic), [])
  t.same(silent(groupDefinitions, group), [])
  t.match(broker['num.partitions'], 'The default number of log partitions per topic')
})

t.test('DescribeConfigs says them to who asks for them', async (t) => {
  await using broker = await startBroker({ topics: ['a'] })
  const describe = async (resourceType: number, resourceName: string, includeDocumentation: boolean) => {
    const request = { resources: [{ resourceType, resourceName }], includeSynonyms: false, includeDocumentation }
    const { results } = await ask(broker.port, apisByKey.get(32)!, 4, request)
    const { errorCode, configs } = (results as JsonObject[])[0]
    t.equal(errorCode, 0)
    return (configs as JsonObject[]).map(({ documentation }) => documentation)
  }
  for (const [type, name] of [
    [2, 'a'],
    [4, '1'],
    [32, 'g'],
  ] as const) {
    t.ok((await describe(type, name, true)).every((words) => typeof words === 'string' && words !== ''))
    t.ok((await describe(type, name, false)).every((words) => words === null))
  }
})
