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

/** A case runs a dozen commands or two, each in a process of its own. */
const CASE_MS = 300_000

export async function loadSuite(): Promise<Suite> {
  const cases = [
    ...topicCases,
    ...recordCases,
    ...groupCases,
    ...adminCases,
    ...connectionCases,
    ...liveCases,
    ...(await completionCases()),
  ]
  return {
    client: 'samsa-cli',
    version: samsaVersion(),
    ...brokerOptions,
    cases: cases.map((one) => ({ timeoutMs: CASE_MS, ...one })),
  }
}
