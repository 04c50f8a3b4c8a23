import type { LoadSuite } from './support/suite.ts'

/** Apache's Java client over ten years: the newest, those that Apache 4 still serves, and those that it does not. */
const javaVersions = {
  'java-clients': '4.4.0',
  'java-3.9': '3.9.1',
  'java-3.3': '3.3.2',
  'java-2.8': '2.8.2',
  'java-2.1': '2.1.1',
  'java-1.1': '1.1.1',
  'java-0.11': '0.11.0.3',
  'java-0.10': '0.10.2.2',
}

const javaClients: Record<string, LoadSuite> = Object.fromEntries(
  Object.entries(javaVersions).map(([client, version]) => [
    client,
    async () => (await import('./java-clients/suite.ts')).javaClient(client, version)(),
  ]),
)

/** Its installation downloads a binary from elsewhere. */
const confluentJavaScript: LoadSuite = async () => ({
  client: '@confluentinc/kafka-javascript',
  skipped: 'its package has no binary in the registry; node-rdkafka is its ancestor with the same librdkafka',
})

/** Every client, one folder each, in the order in which the table shows them. */
export const suites: Readonly<Record<string, LoadSuite>> = {
  kafkajs: async () => (await import('./kafkajs/suite.ts')).loadSuite(),
  kcat: async () => (await import('./kcat/suite.ts')).loadSuite(),
  'confluent-kafka': async () => (await import('./confluent-kafka/suite.ts')).loadSuite(),
  'kafka-python': async () => (await import('./kafka-python/suite.ts')).loadSuite(),
  aiokafka: async () => (await import('./aiokafka/suite.ts')).loadSuite(),
  'franz-go': async () => (await import('./franz-go/suite.ts')).loadSuite(),
  sarama: async () => (await import('./sarama/suite.ts')).loadSuite(),
  'kafka-go': async () => (await import('./kafka-go/suite.ts')).loadSuite(),
  rskafka: async () => (await import('./rskafka/suite.ts')).loadSuite(),
  rdkafka: async () => (await import('./rdkafka/suite.ts')).loadSuite(),
  platformatic: async () => (await import('./platformatic/suite.ts')).loadSuite(),
  '@confluentinc/kafka-javascript': confluentJavaScript,
  'node-rdkafka': async () => (await import('./node-rdkafka/suite.ts')).loadSuite(),
  ...javaClients,
  'java-transactions': async () => (await import('./java-transactions/suite.ts')).loadSuite(),
  'java-share': async () => (await import('./java-share/suite.ts')).loadSuite(),
  connect: async () => (await import('./connect/suite.ts')).loadSuite(),
  'spring-kafka': async () => (await import('./spring-kafka/suite.ts')).loadSuite(),
  streams: async () => (await import('./streams/suite.ts')).loadSuite(),
  'transactions-together': async () => (await import('./transactions-together/suite.ts')).loadSuite(),
  kaskade: async () => (await import('./kaskade/suite.ts')).loadSuite(),
  'apache-tools': async () => (await import('./apache-tools/suite.ts')).loadSuite(),
  'apache-integration': async () => (await import('./apache-integration/suite.ts')).loadSuite(),
  'apache-integration-cluster': async () => (await import('./apache-integration/suite.ts')).loadSuiteOfSeveralBrokers(),
  security: async () => (await import('./security/suite.ts')).loadSuite(),
  'samsa-cli': async () => (await import('./samsa-cli/suite.ts')).loadSuite(),
  'samsa-transactions': async () => (await import('./samsa-transactions/suite.ts')).loadSuite(),
  'dump-log': async () => (await import('./dump-log/suite.ts')).loadSuite(),
  'apache-data-dir': async () => (await import('./apache-data-dir/suite.ts')).loadSuite(),
  registry: async () => (await import('./registry/suite.ts')).loadSuite(),
  monitoring: async () => (await import('./monitoring/suite.ts')).loadSuite(),
  page: async () => (await import('./page/suite.ts')).loadSuite(),
  control: async () => (await import('./control/suite.ts')).loadSuite(),
  'test-frameworks': async () => (await import('./test-frameworks/suite.ts')).loadSuite(),
  like: async () => (await import('./like/suite.ts')).loadSuite(),
  proxy: async () => (await import('./proxy/suite.ts')).loadSuite(),
  cluster: async () => (await import('./cluster/suite.ts')).loadSuite(),
}

/** Clients without a case in the small part: nobody fetches or builds them for a test run. */
export const outsideSmoke: ReadonlySet<string> = new Set([
  'kafka-python',
  'aiokafka',
  'sarama',
  'kafka-go',
  'rskafka',
  'rdkafka',
  'platformatic',
  'node-rdkafka',
  // The newest and the oldest of the Java clients are in the small part.
  'java-3.9',
  'java-3.3',
  'java-2.8',
  'java-2.1',
  'java-1.1',
  'java-0.11',
  'java-share',
  'connect',
  'spring-kafka',
  'streams',
  'kaskade',
  'apache-integration',
  'apache-integration-cluster',
  'registry',
  'monitoring',
  'page',
  'control',
  'test-frameworks',
  'like',
  'proxy',
  'cluster',
])
