import type { Browser } from 'playwright-core'
import { chromium } from '../../scripts/toolchain/chromium.ts'
import { freePorts } from '../support/broker.ts'
import { samsaVersion } from '../support/samsa.ts'
import type { SkippedSuite, Suite } from '../support/suite.ts'
import { launch, Visit } from './browser.ts'
import { groupCases } from './groups.ts'
import { largeCases } from './large.ts'
import { recordCases } from './records.ts'
import { accessCases } from './rights.ts'
import { topicCases } from './topics.ts'
import { viewCases } from './views.ts'
import type { Visiting } from './visiting.ts'
import { watchingCases } from './watching.ts'
import { createWorld, type World } from './world.ts'

/** The web page in Chromium, over a broker full of things to be seen. */
export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const lookup = await chromium()
  if (!lookup.ok) return { client: 'page', skipped: lookup.reason }
  const [port] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  let browser: Browser | null = null
  let world: World | null = null
  const visiting: Visiting = {
    url,
    browser: () => browser!,
    world: () => world!,
    visit: (name, use, more) => ({
      name,
      ...more,
      async run() {
        const visit = await Visit.open(browser!, url)
        await use(visit)
        await visit.close()
      },
    }),
  }
  return {
    client: 'page',
    version: `${samsaVersion()} in Chromium ${lookup.tool.version}`,
    only: { product: 'samsa', reason: 'Apache Kafka has no page' },
    properties: {
      'samsa.http.listeners': url,
      'offsets.topic.num.partitions': '4',
      'transaction.state.log.num.partitions': '4',
      'share.coordinator.state.topic.num.partitions': '4',
    },
    async begin(_, { bootstrapServers }) {
      browser = await launch(lookup.tool.path)
      world = await createWorld(bootstrapServers)
    },
    cases: [viewCases, topicCases, recordCases, groupCases, accessCases, watchingCases, largeCases].flatMap((cases) =>
      cases(visiting),
    ),
    async close() {
      await world?.close()
      await browser?.close()
    },
  }
}
