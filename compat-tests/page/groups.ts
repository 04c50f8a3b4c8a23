import assert from 'node:assert/strict'
import type { Case } from '../support/suite.ts'
import type { Visiting } from './visiting.ts'
import { GROUPS } from './world.ts'

export const groupCases = ({ visit }: Visiting): Case[] => [
  visit('groups of all kinds have their members, assignments and lag', async (visit) => {
    await visit.go('groups')
    for (const [group, kind] of Object.entries(GROUPS)) await visit.row(group, kind).waitFor()
    await visit.choose('Kind', 'share')
    await visit.row('billing').waitFor({ state: 'detached' })
    await visit.row('mailer').locator('.row-link').click()
    await visit.page.getByText(/^share group, 1 member/).waitFor()
    await visit.page.getByRole('link', { name: 'in flight' }).click()
    await visit.page.getByText('The fate of every record is that of all before it.').waitFor()
    await visit.go('groups/billing')
    await visit.row('orders', 'shop').waitFor()
    assert.equal(await visit.button('Reset offsets').isDisabled(), true)
    await visit.go('groups/search/members')
    await visit.page.getByText('customers 0–2; inventory 0–2').waitFor()
    await visit.go('groups/enrichment/members')
    await visit.page.getByText('subtopology 0: 0–2').waitFor()
    await visit.page.getByRole('link', { name: 'topology' }).click()
    await visit.page.getByText('enrichment-totals-changelog').waitFor()
  }),
  visit('offsets are reset to what a preview has shown, and a group is deleted', async (visit) => {
    await visit.go('groups/reports')
    await visit.row('orders').getByText('40', { exact: true }).waitFor()
    await visit.button('Reset offsets').click()
    await visit.choose('To', 'offset')
    await visit.fill('Offset', '50')
    await visit.dialog.getByRole('button', { name: 'Preview' }).click()
    await visit.dialog.locator('td', { hasText: /^50$/ }).first().waitFor()
    await visit.row('orders').getByText('40', { exact: true }).waitFor()
    await visit.confirm('Set 6 offsets')
    await visit.row('orders').getByText('50', { exact: true }).waitFor()
    await visit.button('Delete').click()
    await visit.fill('Write reports to go on', 'reports')
    await visit.confirm('Delete')
    await visit.page.getByRole('heading', { name: 'Groups' }).waitFor()
    await visit.row('reports').waitFor({ state: 'detached' })
  }),
  visit('transactions are seen, and one is ended', async (visit) => {
    await visit.go('transactions')
    await visit.row('payments-open', 'Ongoing', 'payments 0').waitFor()
    await visit.row('payments-committed', 'CompleteCommit').waitFor()
    await visit.go('transactions/producers')
    await visit
      .row(/offset \d/)
      .getByRole('button', { name: 'Abort' })
      .click()
    await visit.dialog.getByText(/its producer may still be at work/).waitFor()
    await visit.dialog.getByRole('button', { name: 'Cancel' }).click()
    await visit.dialog.waitFor({ state: 'detached' })
  }),
]
