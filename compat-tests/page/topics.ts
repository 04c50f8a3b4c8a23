import assert from 'node:assert/strict'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import type { Visiting } from './visiting.ts'
import { TOPICS } from './world.ts'

export const topicCases = ({ visit }: Visiting): Case[] => [
  visit('the overview is alive', async (visit) => {
    await visit.go('overview')
    await visit.page.getByText('all partitions are served').waitFor()
    const tile = (name: string) => visit.page.locator('.tile').filter({ hasText: name })
    await eventually('records come in', async () => !(await tile('Records in').innerText()).includes('\n0/s'))
    assert.match(await tile('Groups').innerText(), /\n5\n/)
    await visit.page.locator('.bars a').filter({ hasText: 'orders' }).first().waitFor()
    assert.equal(await visit.page.locator('.chart canvas').count(), 2)
    await visit.page.locator('.bars a').filter({ hasText: 'reports' }).click()
    await visit.page.getByRole('heading', { name: 'reports' }).waitFor()
  }),
  visit('topics are listed, sorted and filtered', async (visit) => {
    await visit.go('topics')
    for (const topic of Object.keys(TOPICS)) await visit.row(topic).waitFor()
    assert.match(await visit.row('clicks').innerText(), /12[\s\S]*20K/)
    await visit.button('Records').click()
    await eventually('the largest is first', async () =>
      (await visit.page.locator('.table-row').first().innerText()).startsWith('clicks'),
    )
    await visit.page.keyboard.press('/')
    await visit.page.keyboard.type('pay')
    await visit.page.getByText('1 topic', { exact: true }).waitFor()
    await visit.fill('Filter topics', '__consumer')
    await visit.page.getByText('No topic has __consumer in its name.').waitFor()
    await visit.page.getByLabel('internal').check()
    await visit.row('__consumer_offsets').waitFor()
  }),
  visit('a topic is created, configured, given partitions, emptied and deleted', async (visit) => {
    await visit.go('topics')
    await visit.button('Create').click()
    await visit.fill('Name', 'made-here')
    await visit.dialog.getByRole('spinbutton').first().fill('2')
    await visit.dialog.locator('textarea').fill('retention.ms=3600000\nno such key')
    await visit.dialog.getByRole('button', { name: 'Create', exact: true }).click()
    await visit.dialog.getByText('no such key is not key=value.').waitFor()
    await visit.dialog.locator('textarea').fill('retention.ms=3600000')
    await visit.confirm('Create')
    await visit.page.getByRole('heading', { name: 'made-here' }).waitFor()
    await visit.page.getByRole('link', { name: 'configuration' }).click()
    const retention = visit.page.locator('.config').filter({ hasText: 'retention.ms' }).filter({ hasText: '3600000' })
    await retention.first().getByText('1 h', { exact: true }).waitFor()
    await retention.first().locator('.config-name').click()
    await visit.page.getByText(/maximum time we will retain a log/).waitFor()
    await retention.first().getByRole('button', { name: 'Change' }).click()
    await visit.dialog.getByRole('textbox').fill('-5')
    await visit.dialog.getByRole('button', { name: 'Save' }).click()
    await visit.dialog.getByText('INVALID_CONFIG').waitFor()
    await visit.dialog.getByRole('textbox').fill('7200000')
    await visit.confirm('Save')
    await visit.page.locator('.config').filter({ hasText: '7200000' }).waitFor()
    await visit.button('Add partitions').click()
    await visit.dialog.getByRole('spinbutton').fill('4')
    await visit.confirm('Add')
    await visit.page.getByText(/^4 partitions, 0 records/).waitFor()
    await visit.page.getByRole('link', { name: 'records' }).click()
    await visit.button('Produce').click()
    await visit.fill('Value', 'to be emptied')
    await visit.confirm('Produce')
    await visit.row('to be emptied').waitFor()
    await visit.button('Empty').click()
    await visit.confirm('Empty')
    await visit.said('made-here is empty')
    await visit.button('Delete').click()
    assert.equal(await visit.dialog.getByRole('button', { name: 'Delete' }).isDisabled(), true)
    await visit.fill('Write made-here to go on', 'made-here')
    await visit.confirm('Delete')
    await visit.page.getByRole('heading', { name: 'Topics' }).waitFor()
    await visit.row('made-here').waitFor({ state: 'detached' })
  }),
  visit('a topic has partitions, groups and producers', async (visit) => {
    await visit.go('topics/payments/partitions')
    assert.equal(await visit.page.locator('.table-row').count(), 3)
    await visit.go('topics/orders/groups')
    await visit.row('billing').waitFor()
    await visit.row('reports', 'Empty').waitFor()
    await visit.go('topics/payments/producers')
    await visit.row(/offset \d/).waitFor()
  }),
]
