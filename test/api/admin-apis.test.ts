/** The admin APIs answer as Apache Kafka 4.3.1 does: its answers to the same requests are in golden/admin.json. */
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
