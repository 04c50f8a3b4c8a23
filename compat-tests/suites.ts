import type { LoadSuite } from './support/suite.ts'

/** Every client, one folder each, in the order in which the table shows them. */
export const suites: Readonly<Record<string, LoadSuite>> = {
  kafkajs: async () => (await import('./kafkajs/suite.ts')).loadSuite(),
  kcat: async () => (await import('./kcat/suite.ts')).loadSuite(),
  'java-clients': async () => (await import('./java-clients/suite.ts')).loadSuite(),
  'java-transactions': async () => (await import('./java-transactions/suite.ts')).loadSuite(),
  streams: async () => (await import('./streams/suite.ts')).loadSuite(),
  'apache-tools': async () => (await import('./apache-tools/suite.ts')).loadSuite(),
  'dump-log': async () => (await import('./dump-log/suite.ts')).loadSuite(),
}
