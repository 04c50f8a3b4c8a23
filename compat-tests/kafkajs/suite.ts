import { createRequire } from 'node:module'
import type { Suite } from '../support/suite.ts'
import { adminCases } from './admin.ts'
import { consumeCases } from './consume.ts'
import { errorCases } from './errors.ts'
import { groupCases } from './groups.ts'
import { produceCases } from './produce.ts'
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
      ...errorCases,
      ...restartCases,
      ...transactionCases,
    ],
  }
}
