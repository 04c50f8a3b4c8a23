import { loadSuite as confluentKafka } from '../confluent-kafka/suite.ts'
import { javaClient } from '../java-clients/suite.ts'
import { loadSuite as kafkajs } from '../kafkajs/suite.ts'
import { samsaVersion } from '../support/samsa.ts'
import type { Case, LoadSuite, SkippedSuite, Suite } from '../support/suite.ts'
import { ownCases, TLS_LISTENER, tlsProperties } from './own-cases.ts'
import { ProxiedBroker, ProxyProcess } from './proxied-broker.ts'

/** The suites whose cases pass through the proxy, whose clients differ most from each other. */
const THROUGH: readonly LoadSuite[] = [kafkajs, javaClient('java-clients', '4.4.0'), confluentKafka]

/** `samsa proxy` before the broker of the run: the cases of others pass through it as if it were not there. */
export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const inner: Suite[] = []
  const missing: string[] = []
  for (const load of THROUGH) {
    const suite = await load()
    if ('skipped' in suite) missing.push(`${suite.client}: ${suite.skipped}`)
    else inner.push(suite)
  }
  for (const reason of missing) console.error(`  left out: ${reason}`)
  let proxy: ProxyProcess | null = null
  const standing = (): ProxyProcess => {
    if (proxy === null) throw new Error('the proxy did not start')
    return proxy
  }
  return {
    client: 'proxy',
    version: samsaVersion(),
    listeners: [TLS_LISTENER],
    properties: Object.assign({}, tlsProperties, ...inner.map(({ properties }) => properties)),
    cases: [...ownCases, ...inner.flatMap((suite) => suite.cases.map((one) => passing(one, suite, standing)))],
    knownFailures: Object.fromEntries(
      inner.flatMap(({ client, knownFailures = {} }) =>
        Object.entries(knownFailures).map(([name, reason]) => [through(client, name), reason]),
      ),
    ),
    async begin(_selected, broker) {
      proxy = await ProxyProcess.start(broker.bootstrapServers)
    },
    async close() {
      await proxy?.stop()
      for (const suite of inner) await suite.close?.()
    },
  }
}

const through = (client: string, name: string): string => `${client} through it: ${name}`

function passing(one: Case, { client }: Suite, standing: () => ProxyProcess): Case {
  return {
    ...one,
    smoke: false,
    name: through(client, one.name),
    run: (context) => one.run({ ...context, broker: new ProxiedBroker(context.broker, standing()) }),
  }
}
