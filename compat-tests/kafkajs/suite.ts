import { createRequire } from 'node:module'
import type { Suite } from '../support/suite.ts'
import { adminCases } from './admin.ts'
import { adminOffsetCases } from './admin-offsets.ts'
import { adminTopicCases } from './admin-topics.ts'
import { consumeCases } from './consume.ts'
import { errorCases } from './errors.ts'
import { eventCases } from './events.ts'
import { groupCases } from './groups.ts'
import { positionCases } from './positions.ts'
import { produceCases } from './produce.ts'
import { readingCases } from './reading.ts'
import { requestCases } from './requests.ts'
import { groupRequestCases } from './requests-groups.ts'
import { memberRequestCases } from './requests-members.ts'
import { restartCases } from './restart.ts'
import { transactionCases } from './transactions.ts'

const { version } = createRequire(import.meta.url)('kafkajs/package.json') as { version: string }

export async function loadSuite(): Promise<Suite> {
  return {
    client: 'kafkajs',
    version,
    cases: [
      ...produceCases,
      ...consumeCases,
      ...groupCases,
      ...adminCases,
      ...adminTopicCases,
      ...adminOffsetCases,
      ...errorCases,
      ...restartCases,
      ...transactionCases,
      ...positionCases,
      ...readingCases,
      ...eventCases,
      ...requestCases,
      ...groupRequestCases,
      ...memberRequestCases,
    ],
  }
}
