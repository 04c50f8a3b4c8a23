/** Moves of coordinators, leaders and topics. */
import type { RunningBroker } from '../../testing/running-broker.ts'
import { LeaderEpoch, Status, TopicId } from '../schemas.ts'
import { answers, createRoute, NotThere, newApp, type OpenAPIHono, z } from './describe.ts'

const tags = ['moves']

export type MovableBroker = Pick<RunningBroker, 'topics' | 'moveCoordinator' | 'changeLeaderEpoch' | 'recreateTopic'>

export function moveRoutes(broker: MovableBroker): OpenAPIHono {
  const app = newApp()
  coordinatorRoutes(app, broker)
  topicRoutes(app, broker)
  return app
}

function coordinatorRoutes(app: OpenAPIHono, broker: MovableBroker): void {
  const ofGroup = createRoute({
    method: 'post',
    path: '/groups/{group}/move-coordinator',
    tags,
    summary: 'Moves the coordinator of a group: each client is told NOT_COORDINATOR until it asks who it is',
    request: { params: z.object({ group: z.string() }) },
    responses: answers(Status, 'It has moved.'),
  })
  app.openapi(ofGroup, async (context) => {
    await broker.moveCoordinator({ groupId: context.req.valid('param').group })
    return context.json({ status: 'moved' }, 200)
  })
  const ofTransactions = createRoute({
    ...ofGroup,
    path: '/transactional-ids/{id}/move-coordinator',
    summary: 'Moves the coordinator of a transactional id, in the same way',
    request: { params: z.object({ id: z.string() }) },
  })
  app.openapi(ofTransactions, async (context) => {
    await broker.moveCoordinator({ transactionalId: context.req.valid('param').id })
    return context.json({ status: 'moved' }, 200)
  })
}

function topicRoutes(app: OpenAPIHono, broker: MovableBroker): void {
  const existing = async (topic: string) => {
    const found = (await broker.topics()).find(({ name }) => name === topic)
    if (found === undefined) throw new NotThere(`There is no topic ${topic}.`)
    return found
  }
  const epoch = createRoute({
    method: 'post',
    path: '/topics/{topic}/partitions/{partition}/change-leader-epoch',
    tags,
    summary: 'The leader of a partition begins a new epoch, as after an election',
    request: { params: z.object({ topic: z.string(), partition: z.coerce.number().int().min(0) }) },
    responses: answers(LeaderEpoch, 'The epoch.'),
  })
  app.openapi(epoch, async (context) => {
    const { topic, partition } = context.req.valid('param')
    const { partitions } = await existing(topic)
    if (partition >= partitions.length) throw new NotThere(`There is no partition ${topic}-${partition}.`)
    return context.json({ leaderEpoch: await broker.changeLeaderEpoch(topic, partition) }, 200)
  })
  const recreate = createRoute({
    method: 'post',
    path: '/topics/{topic}/recreate',
    tags,
    summary: 'Deletes a topic and makes it anew at once: it is empty, and has another id',
    request: { params: z.object({ topic: z.string() }) },
    responses: answers(TopicId, 'The new id.'),
  })
  app.openapi(recreate, async (context) => {
    const { topic } = context.req.valid('param')
    await existing(topic)
    return context.json({ id: await broker.recreateTopic(topic) }, 200)
  })
}
