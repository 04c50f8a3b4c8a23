/** Every command of the command line, against either broker: the same tables, the same sentences. */
import { samsaVersion } from '../support/samsa.ts'
import type { Suite } from '../support/suite.ts'
import { adminCases } from './admin-cases.ts'
import { brokerOptions } from './cli-broker.ts'
import { completionCases } from './completion-cases.ts'
import { connectionCases } from './connection-cases.ts'
import { groupCases } from './group-cases.ts'
import { liveCases } from './live-cases.ts'
import { recordCases } from './record-cases.ts'
import { topicCases } from './topic-cases.ts'

export async function loadSuite(): Promise<Suite> {
  return {
    client: 'samsa-cli',
    version: samsaVersion(),
    ...brokerOptions,
    cases: [
      ...topicCases,
      ...recordCases,
      ...groupCases,
      ...adminCases,
      ...connectionCases,
      ...liveCases,
      ...(await completionCases()),
    ],
  }
}
