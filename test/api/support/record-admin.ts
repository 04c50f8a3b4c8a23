/**
 * Writes golden/admin.json from the answers of a fresh Apache Kafka: node.id 1, one broker that is its own controller.
 *
 *     node --import=tsx test/api/support/record-admin.ts PORT
 */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { apisByKey } from '../../../protocol/registry.ts'
import { adminScenario } from './admin-scenario.ts'
import { normalized } from './normalized.ts'
import { ask } from './wire-client.ts'

/** Apache's broker hears of a change a moment after its controller has answered. */
const PROPAGATION_MS = 300

const port = Number(process.argv[2])
const lines: string[] = []
for (const { api: name, version, request } of adminScenario) {
  const api = [...apisByKey.values()].find((candidate) => candidate.name === name)
  if (api === undefined) throw new Error(`There is no API ${name}.`)
  const response = normalized(await ask(port, api, version, request))
  lines.push(JSON.stringify({ api: name, version, request, response }))
  await sleep(PROPAGATION_MS)
}
writeFileSync(resolve(import.meta.dirname, '../golden/admin.json'), `[\n${lines.join(',\n')}\n]\n`)
