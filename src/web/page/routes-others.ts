/** Endpoints of everything but topics and records. */
import { Hono } from 'hono'
import { createAcl, deleteAcl, listAcls } from './access/acls.ts'
import { alterQuotas, listQuotas } from './access/quotas.ts'
import { deleteCredential, listUsers, setPassword } from './access/users.ts'
import { describeCluster } from './cluster/cluster.ts'
import { listLogDirs } from './cluster/log-dirs.ts'
import { alterConfigs, describeConfigs } from './configs.ts'
import { describeGroup } from './groups/group.ts'
import { inFlightOf } from './groups/in-flight.ts'
import { listGroupsWithLags } from './groups/list.ts'
import { deleteGroup, deleteOffsets, previewReset, resetOffsets } from './groups/reset-offsets.ts'
import { body } from './parameters.ts'
import type { PageEnv, PageSurroundings } from './surroundings.ts'
import { abortTransaction, listProducers, listTransactions } from './transactions.ts'

export function groupRoutes(): Hono<PageEnv> {
  const app = new Hono<PageEnv>()
  app.get('/', async (c) => c.json(await listGroupsWithLags(c.var.page.calls)))
  app.get('/:group', async (c) => c.json(await describeGroup(c.var.page.calls, c.req.param('group'))))
  app.delete('/:group', async (c) => {
    const { calls, changing } = c.var.page
    const group = c.req.param('group')
    await changing(`deletes the group ${group}`, () => deleteGroup(calls, group))
    return c.json({})
  })
  app.get('/:group/in-flight', async (c) => {
    const { calls } = c.var.page
    const { partitions } = await describeGroup(calls, c.req.param('group'))
    const topics = [...new Set(partitions.map(({ topic }) => topic))]
    return c.json(await inFlightOf(calls, c.req.param('group'), topics))
  })
  app.post('/:group/preview', async (c) =>
    c.json(await previewReset(c.var.page.calls, c.req.param('group'), await body(c, 'ResetPlan'))),
  )
  app.post('/:group/offsets', async (c) => {
    const { changes } = await body(c, 'OffsetsToSet')
    const { calls, changing } = c.var.page
    const group = c.req.param('group')
    const places = changes.map(({ topic, partition, from, to }) => `${topic}-${partition} ${from} → ${to}`)
    await changing(
      `resets offsets of the group ${group}: ${places.join(', ')}`,
      () => resetOffsets(calls, group, changes),
      true,
    )
    return c.json({})
  })
  app.delete('/:group/offsets/:topic', async (c) => {
    const { calls, changing } = c.var.page
    const { group, topic } = c.req.param()
    await changing(
      `deletes the offsets of ${topic} of the group ${group}`,
      () => deleteOffsets(calls, group, topic),
      true,
    )
    return c.json({})
  })
  return app
}

export function transactionRoutes({ clock, brokerId }: PageSurroundings): Hono<PageEnv> {
  const app = new Hono<PageEnv>()
  app.get('/', async (c) => c.json(await listTransactions(c.var.page.calls)))
  app.get('/producers', async (c) => c.json(await listProducers(c.var.page.calls, clock, brokerId)))
  app.post('/abort', async (c) => {
    const { calls, changing } = c.var.page
    const producer = await body(c, 'TransactionToAbort')
    const { producerId, topic, partition } = producer
    await changing(`aborts the transaction of producer ${producerId} in ${topic}-${partition}`, () =>
      abortTransaction(calls, producer),
    )
    return c.json({})
  })
  return app
}

export function clusterRoutes(): Hono<PageEnv> {
  const app = new Hono<PageEnv>()
  app.get('/', async (c) => c.json(await describeCluster(c.var.page.calls)))
  app.get('/log-dirs', async (c) => c.json(await listLogDirs(c.var.page.calls)))
  app.get('/configs/:type/:name?', async (c) =>
    c.json(await describeConfigs(c.var.page.calls, c.req.param('type'), c.req.param('name') ?? '')),
  )
  app.post('/configs/:type/:name?', async (c) => {
    await alterConfigs(c.var.page.calls, c.req.param('type'), c.req.param('name') ?? '', await body(c, 'ConfigValues'))
    return c.json({})
  })
  return app
}

export function accessRoutes({ random }: PageSurroundings): Hono<PageEnv> {
  const app = new Hono<PageEnv>()
  app.get('/acls', async (c) => c.json(await listAcls(c.var.page.calls)))
  app.post('/acls', async (c) => {
    await createAcl(c.var.page.calls, await body(c, 'Acl'))
    return c.json({})
  })
  app.post('/acls/delete', async (c) => {
    await deleteAcl(c.var.page.calls, await body(c, 'Acl'))
    return c.json({})
  })
  app.get('/users', async (c) => c.json(await listUsers(c.var.page.calls)))
  app.post('/users', async (c) => {
    await setPassword(c.var.page.calls, random, await body(c, 'Password'))
    return c.json({})
  })
  app.delete('/users/:name/:mechanism', async (c) => {
    await deleteCredential(c.var.page.calls, c.req.param('name'), c.req.param('mechanism'))
    return c.json({})
  })
  app.get('/quotas', async (c) => c.json(await listQuotas(c.var.page.calls)))
  app.post('/quotas', async (c) => {
    const { entity, values } = await body(c, 'QuotasToSet')
    await alterQuotas(c.var.page.calls, entity, values)
    return c.json({})
  })
  return app
}
