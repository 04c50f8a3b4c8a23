import assert from 'node:assert/strict'
import { startBroker } from '../../src/index.ts'
import type { Case } from '../support/suite.ts'
import { Visit } from './browser.ts'
import type { Visiting } from './visiting.ts'

const HTTP = { 'samsa.http.listeners': 'http://localhost:0', 'connection.failed.authentication.delay.ms': 1 }

export const accessCases = ({ visit, browser }: Visiting): Case[] => [
  visit('a user and quotas are made and unmade', async (visit) => {
    await visit.go('users')
    await visit.button('Create').click()
    await visit.fill('Name', 'carol')
    await visit.fill('Password', 'a secret')
    await visit.confirm('Save')
    await visit.row('carol', 'SCRAM-SHA-512').getByRole('button', { name: 'Delete' }).click()
    await visit.said('carol cannot log in any more')
    await visit.go('quotas')
    await visit.button('Create').click()
    await visit.page.getByLabel('Name').fill('carol')
    await visit.page.getByLabel('producer_byte_rate').fill('1048576')
    await visit.confirm('Save')
    await visit.row('user carol', 'producer_byte_rate').getByRole('button', { name: 'Delete' }).click()
    await visit.said('The quotas were deleted')
    await visit.go('acls')
    await visit.page.getByText(/has no authorizer: everybody may do everything/).waitFor()
  }),
  visit('connections, log directories and the cluster are seen', async (visit) => {
    await visit.go('connections')
    await visit.row('ANONYMOUS', '127.0.0.1').waitFor()
    await visit.go('log-dirs')
    await visit.row('orders').waitFor()
    await visit.go('cluster/brokers')
    await visit.row('controller').waitFor()
    await visit.go('cluster/quorum')
    await visit.row('leader', 'voter').waitFor()
    await visit.go('cluster/features')
    await visit.row('metadata.version').waitFor()
    await visit.go('cluster/configuration')
    await visit.fill('Filter keys', 'log.retention.hours')
    await visit.page.locator('.config').filter({ hasText: '168' }).waitFor()
  }),
  {
    name: 'who logs in has their own rights, and sees which are lacking',
    async run(context) {
      const broker = await startBroker({
        users: { alice: 'secret', root: 'other' },
        acls: ['alice:read,describe:topic:orders', 'root:all:cluster', 'root:all:topic:*'],
        topics: ['orders', 'payroll'],
        config: HTTP,
      })
      context.after(() => broker.stop())
      const visit = await Visit.open(browser(), broker.httpUrls[0]!)
      await visit.go('topics')
      const logIn = async (user: string, password: string) => {
        await visit.fill('User', user)
        await visit.fill('Password', password)
        await visit.button('Log in').click()
      }
      await logIn('alice', 'wrong')
      await visit.page.getByText('The user name or the password is wrong.').waitFor()
      await visit.isAccessible('the login')
      await logIn('alice', 'secret')
      await visit.row('orders').waitFor()
      assert.equal(await visit.row('payroll').count(), 0)
      assert.equal(await visit.button('Create').getAttribute('title'), 'User:alice lacks the permission CREATE')
      await visit.go('acls')
      await visit.page.getByText('CLUSTER_AUTHORIZATION_FAILED').waitFor()
      await visit.button('Log out').click()
      await logIn('root', 'other')
      await visit.row('User:alice', 'orders').first().waitFor()
      await visit.button('Create').click()
      await visit.fill('Principal', 'User:bob')
      await visit.page.getByLabel('Name').fill('orders')
      await visit.confirm('Create')
      await visit.row('User:bob').getByRole('button', { name: 'Delete' }).click()
      await visit.row('User:bob').waitFor({ state: 'detached' })
      await visit.isAccessible('ACLs')
      await visit.close()
    },
  },
  {
    name: 'a page that is read-only offers nothing that changes anything',
    async run(context) {
      const config = { ...HTTP, 'samsa.http.read.only': true }
      const broker = await startBroker({ topics: ['orders'], config })
      context.after(() => broker.stop())
      const visit = await Visit.open(browser(), broker.httpUrls[0]!)
      await visit.go('topics/orders/records')
      for (const name of ['Produce', 'Import', 'Add partitions', 'Empty', 'Delete']) {
        assert.equal(await visit.button(name).getAttribute('title'), 'This page is read-only', name)
      }
      await visit.page.getByText('broker 1, read-only').waitFor()
      await visit.close()
    },
  },
]
