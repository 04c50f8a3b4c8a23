/** @platformatic/kafka as a driver of cases; Node 24 runs it as it is. */
import { pathToFileURL } from 'node:url'
import { serve } from '../support/node/driver.ts'
import { adminCases } from './admin.ts'
import type { Client } from './client.ts'
import { consumeCases } from './consume.ts'
import { groupCases } from './groups.ts'
import { produceCases } from './produce.ts'
import { restartCases } from './restart.ts'
import type { SessionCase } from './session.ts'
import { Session } from './session.ts'
import { transactionCases } from './transactions.ts'

const [entry, version] = process.argv.slice(2)
const client = (await import(pathToFileURL(entry).href)) as Client
const cases: SessionCase[] = [
  ...produceCases,
  ...consumeCases,
  ...groupCases,
  ...adminCases,
  ...transactionCases,
  ...restartCases,
]
await serve(
  version,
  cases.map((one) => ({ ...one, run: (context) => one.run(new Session(client, context)) })),
)
