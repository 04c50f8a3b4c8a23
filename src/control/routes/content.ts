/** Topics, records and groups. */
import type { ConsumedRecord } from '../../testing/content.ts'
import type { RunningBroker } from '../../testing/running-broker.ts'
import {
  Count,
  Encoding,
  Group,
  GroupQuery,
  Place,
  Record,
  RecordsQuery,
  RecordToProduce,
  Status,
  Topic,
  WaitQuery,
} from '../schemas.ts'
import { answers, body, createRoute, NotThere, newApp, type OpenAPIHono, z } from './describe.ts'

export type BrokerContent = Pick<
  RunningBroker,
  | 'topics'
  | 'produce'
  | 'records'
  | 'compact'
  | 'applyRetention'
  | 'groups'
  | 'groupSettled'
  | 'lagZero'
  | 'expireOffsets'
>

type Encoded = z.infer<typeof Encoding>

export function contentRoutes(broker: BrokerContent): OpenAPIHono {
  const app = newApp()
  recordRoutes(app, broker)
  topicRoutes(app, broker)
  groupRoutes(app, broker)
  return app
}

const topicName = z.object({ topic: z.string() })

function recordRoutes(app: OpenAPIHono, broker: BrokerContent): void {
  const tags = ['content']
  const read = createRoute({
    method: 'get',
    path: '/topics/{topic}/records',
    tags,
    summary: 'The records of a topic by partition and offset; with count it waits for so many',
    request: { params: topicName, query: RecordsQuery },
    responses: answers(z.array(Record), 'The records.'),
  })
  app.openapi(read, async (context) => {
    const { topic } = context.req.valid('param')
    const { count, key, value, contains, isolation, encoding, timeoutMs } = context.req.valid('query')
    await existing(broker, topic)
    const where = (record: ConsumedRecord) =>
      (key === undefined || written(record.key, encoding) === key) &&
      (value === undefined || written(record.value, encoding) === value) &&
      (contains === undefined || (record.value?.includes(Buffer.from(contains)) ?? false))
    const records = await broker.records(topic, { isolation, timeoutMs, where, ...(count !== undefined && { count }) })
    return context.json(
      records.map((record) => recordOf(record, encoding)),
      200,
    )
  })
  const write = createRoute({
    method: 'post',
    path: '/topics/{topic}/records',
    tags,
    summary: 'Writes records, to partition 0 where they name none',
    request: {
      params: topicName,
      query: z.object({ encoding: Encoding }),
      body: body(z.array(z.union([z.string(), RecordToProduce]))),
    },
    responses: answers(z.array(Place), 'The places of the records, in their order.'),
  })
  app.openapi(write, async (context) => {
    const { topic } = context.req.valid('param')
    const { encoding } = context.req.valid('query')
    await existing(broker, topic)
    const bytes = (text: string | null) => (text === null ? null : Buffer.from(text, encodingOf(encoding)))
    const records = context.req.valid('json').map((record) => {
      const {
        key = null,
        value = null,
        headers = {},
        ...place
      } = typeof record === 'string' ? { value: record } : record
      const inBytes = Object.entries(headers).map(([name, each]) => [name, bytes(each)])
      return { ...defined(place), key: bytes(key), value: bytes(value), headers: Object.fromEntries(inBytes) }
    })
    return context.json(await broker.produce(topic, records), 200)
  })
}

function topicRoutes(app: OpenAPIHono, broker: BrokerContent): void {
  const tags = ['content']
  const list = createRoute({
    method: 'get',
    path: '/topics',
    tags,
    summary: 'Topics and the offsets of their partitions',
    responses: answers(z.array(Topic), 'The topics.'),
  })
  app.openapi(list, async (context) => {
    const topics = await broker.topics()
    return context.json(
      topics.map((topic) => ({ ...topic, partitions: [...topic.partitions] })),
      200,
    )
  })
  const compact = createRoute({
    method: 'post',
    path: '/topics/{topic}/compact',
    tags,
    summary: 'Compacts a topic now, the records written last included',
    request: { params: topicName },
    responses: answers(Status, 'It is compacted.'),
  })
  app.openapi(compact, async (context) => {
    const { topic } = context.req.valid('param')
    await existing(broker, topic)
    await broker.compact(topic)
    return context.json({ status: 'compacted' }, 200)
  })
  const retention = createRoute({
    method: 'post',
    path: '/topics/{topic}/retention',
    tags,
    summary: 'Deletes now what the retention of a topic lets go',
    request: { params: topicName },
    responses: answers(Count, 'How many segments were deleted.'),
  })
  app.openapi(retention, async (context) => {
    const { topic } = context.req.valid('param')
    await existing(broker, topic)
    return context.json({ count: await broker.applyRetention(topic) }, 200)
  })
}

function groupRoutes(app: OpenAPIHono, broker: BrokerContent): void {
  const tags = ['content']
  const groupId = z.object({ group: z.string() })
  const list = createRoute({
    method: 'get',
    path: '/groups',
    tags,
    summary: 'Groups, their states and members',
    responses: answers(z.array(Group), 'The groups.'),
  })
  app.openapi(list, async (context) => context.json((await broker.groups()).map(groupOf), 200))
  const settled = createRoute({
    method: 'get',
    path: '/groups/{group}/settled',
    tags,
    summary: 'Waits until a group is stable, with so many members',
    request: { params: groupId, query: GroupQuery },
    responses: answers(Group, 'The group.'),
  })
  app.openapi(settled, async (context) => {
    const { members, timeoutMs } = context.req.valid('query')
    const options = { timeoutMs, ...(members !== undefined && { members }) }
    return context.json(groupOf(await broker.groupSettled(context.req.valid('param').group, options)), 200)
  })
  const caughtUp = createRoute({
    method: 'get',
    path: '/groups/{group}/caught-up',
    tags,
    summary: 'Waits until a group has committed the ends of its partitions',
    request: { params: groupId, query: WaitQuery },
    responses: answers(Status, 'It has.'),
  })
  app.openapi(caughtUp, async (context) => {
    await broker.lagZero(context.req.valid('param').group, context.req.valid('query'))
    return context.json({ status: 'caught up' }, 200)
  })
  const expire = createRoute({
    method: 'post',
    path: '/groups/{group}/expire-offsets',
    tags,
    summary: 'Looks now for committed offsets of a group that nobody needs any more',
    request: { params: groupId },
    responses: answers(Status, 'It has been looked.'),
  })
  app.openapi(expire, async (context) => {
    await broker.expireOffsets(context.req.valid('param').group)
    return context.json({ status: 'expired' }, 200)
  })
}

async function existing(broker: BrokerContent, topic: string): Promise<void> {
  const topics = await broker.topics()
  if (topics.some(({ name }) => name === topic)) return
  throw new NotThere(`There is no topic ${topic}. There are: ${topics.map(({ name }) => name).join(', ') || 'none'}.`)
}

const encodingOf = (encoding: Encoded): BufferEncoding => (encoding === 'base64' ? 'base64' : 'utf8')

const written = (bytes: Buffer | null, encoding: Encoded): string | null =>
  bytes === null ? null : bytes.toString(encodingOf(encoding))

const recordOf = (record: ConsumedRecord, encoding: Encoded): z.infer<typeof Record> => ({
  ...record,
  key: written(record.key, encoding),
  value: written(record.value, encoding),
  headers: record.headers.map(({ key, value }) => ({ key, value: written(value, encoding) })),
})

const groupOf = (group: Awaited<ReturnType<BrokerContent['groupSettled']>>): z.infer<typeof Group> => ({
  ...group,
  members: group.members.map((member) => ({ ...member })),
})

/** Without the fields that are undefined. */
const defined = <T extends object>(value: T): { [K in keyof T]: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as never
