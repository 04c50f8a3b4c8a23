/** node-rdkafka as a driver of cases. */
import { createRequire } from 'node:module'
import { serve } from '../support/node/driver.ts'
import type { Client } from './client.ts'
import { groupCases } from './groups.ts'
import { messageCases } from './messages.ts'
import type { SessionCase } from './session.ts'
import { Session } from './session.ts'
import { transactionCases } from './transactions.ts'

const [directory, version] = process.argv.slice(2)
const client = createRequire(import.meta.url)(directory) as Client
const cases: SessionCase[] = [...messageCases, ...groupCases, ...transactionCases]
await serve(
  `${version} (librdkafka ${client.librdkafkaVersion})`,
  cases.map((one) => ({ ...one, run: (context) => one.run(new Session(client, context)) })),
)
