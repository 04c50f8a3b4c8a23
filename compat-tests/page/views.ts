import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import type { Case } from '../support/suite.ts'
import { LOOKS, type Look, Visit } from './browser.ts'
import type { Visiting } from './visiting.ts'

/** Every view, by the name that its screenshot has. */
const VIEWS: Readonly<Record<string, string>> = {
  overview: 'overview',
  topics: 'topics',
  records: 'topics/orders/records',
  partitions: 'topics/orders/partitions',
  'topic-groups': 'topics/orders/groups',
  'topic-producers': 'topics/payments/producers',
  configuration: 'topics/orders/configuration',
  groups: 'groups',
  group: 'groups/billing/partitions',
  members: 'groups/enrichment/members',
  connections: 'connections',
  transactions: 'transactions',
  producers: 'transactions/producers',
  acls: 'acls',
  users: 'users',
  quotas: 'quotas',
  'log-dirs': 'log-dirs',
  cluster: 'cluster/brokers',
  quorum: 'cluster/quorum',
}

/** SCREENS=folder keeps a picture of each view in each look there. */
const folder = process.env.SCREENS

export const viewCases = ({ browser, url }: Visiting): Case[] =>
  LOOKS.map((look) => ({
    name: `every view is good for all people and fits, ${look.theme}, ${look.width} px`,
    timeoutMs: 240_000,
    async run() {
      const visit = await Visit.open(browser(), url, look)
      for (const [name, place] of Object.entries(VIEWS)) {
        await visit.go(place)
        if (name === 'overview') await visit.page.locator('.chart canvas').first().waitFor()
        if (name === 'records') await openRecord(visit)
        await shoot(visit, name, place, look)
      }
      await visit.close()
    },
  }))

/** Asserts that what is shown is good for all people and fits; `name` is that of its picture, where pictures are kept. */
export async function shoot(visit: Visit, name: string, place: string, { theme, width }: Look): Promise<void> {
  await visit.isAccessible(`${place}, ${theme}, ${width}`)
  const overflow = await visit.page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
  assert.ok(overflow <= 0, `${place} is ${overflow} px wider than the window`)
  const cut = await visit.page.evaluate<string[]>(CUT_COLUMNS)
  assert.deepEqual(cut, [], `columns of ${place} are cut at ${width} px`)
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  await visit.screenshot(folder, `${name}-${theme}-${width}`)
}

/** A script for the headings of columns that end beyond their table; rows have the same tracks. */
const CUT_COLUMNS = `[...document.querySelectorAll('.table')].flatMap((table) => {
  const end = table.getBoundingClientRect().right
  const headings = [...table.querySelectorAll('.table-head > div')]
  return headings.filter((each) => each.getBoundingClientRect().right > end).map((each) => each.textContent)
})`

async function openRecord(visit: Visit): Promise<void> {
  await visit.page.locator('.table-row .row-link').nth(2).click()
  await visit.page.getByRole('complementary', { name: 'Record' }).waitFor()
}
