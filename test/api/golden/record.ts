/**
 * Asks Apache Kafka every request of admin.json anew and keeps its answers: `node --import=tsx test/api/golden/record.ts`.
 * Which Apache Kafka that is, scripts/toolchain/apache-kafka/pom.xml says.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { apacheBroker } from '../../../compat-tests/support/apache.ts'
import { apisByKey } from '../../../protocol/registry.ts'
import { normalized } from '../support/normalized.ts'
import { ask } from '../support/wire-client.ts'

const path = resolve(import.meta.dirname, 'admin.json')
const golden = JSON.parse(readFileSync(path, 'utf8'))
const broker = await apacheBroker()
await broker.start()
try {
  for (const entry of golden) {
    const api = [...apisByKey.values()].find(({ name }) => name === entry.api)!
    entry.response = normalized(await ask(broker.port, api, entry.version, entry.request))
    // Apache's broker takes up what its controller has written a moment after the answer.
    if (entry.api.endsWith('AlterConfigs')) await setTimeout(2000)
  }
  writeFileSync(path, `[\n${golden.map((entry: object) => JSON.stringify(entry)).join(',\n')}\n]\n`)
} finally {
  await broker.stop()
}
