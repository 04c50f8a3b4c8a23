import { join } from 'node:path'
import { registryPython } from '../../scripts/toolchain/python.ts'
import { freePorts } from '../support/broker.ts'
import { goSuite } from '../support/go.ts'
import { pythonSuite } from '../support/python.ts'
import { samsaVersion } from '../support/samsa.ts'
import type { Case, SkippedSuite, Suite } from '../support/suite.ts'
import { confluentCases } from './confluent-js.ts'
import { kafkajsCases } from './kafkajs.ts'
import { karapaceCases } from './karapace/cases.ts'
import { killCases } from './kills.ts'

/** Clients of schema registries, each in its own language, against the registry of one broker. */
export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const [port] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const env = { REGISTRY_URL: url }
  const drivers = [
    await pythonSuite('registry', join(import.meta.dirname, 'main.py'), {}, registryPython, env),
    await goSuite('registry', {}, env),
  ]
  const running = drivers.filter((suite): suite is Suite => 'cases' in suite)
  for (const suite of drivers) if ('skipped' in suite) console.error(`registry: ${suite.skipped}`)
  const cases: Case[] = [
    ...(await kafkajsCases(url)),
    ...(await confluentCases(url)),
    ...running.flatMap((suite) => suite.cases),
    ...killCases(url),
    ...karapaceCases(),
  ]
  return {
    client: 'registry',
    version: samsaVersion(),
    properties: { 'samsa.schema.registry.listeners': url, 'log.cleaner.backoff.ms': '100' },
    only: { product: 'samsa', reason: 'Apache Kafka has no schema registry' },
    cases,
    close: async () => {
      for (const suite of running) await suite.close?.()
    },
  }
}
