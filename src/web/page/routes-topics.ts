/** Endpoints of topics and their records. */
import { type Context, Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { alterConfigs, describeConfigs } from './configs.ts'
import { PageError } from './page-error.ts'
import { body, numberOf, partitionOf, partitionsIn } from './parameters.ts'
import { exportRecords } from './records/export.ts'
import { type FoundRecord, fetchRecords } from './records/fetch.ts'
import { produceRecords } from './records/produce.ts'
import { type PageOptions, readForward, readNewest } from './records/read-page.ts'
import { rowsOf } from './records/rows.ts'
import { tail } from './records/tail.ts'
import type { PageEnv, PageSurroundings } from './surroundings.ts'
import { addPartitions, createTopic, deleteTopic, emptyTopic } from './topics/change.ts'
import { listTopics } from './topics/list.ts'
import { describeTopic, groupsOfTopic, metadataOf, partitionsOf } from './topics/topic.ts'
import { listProducers } from './transactions.ts'

const MOST_RECORDS = 1_000

export function topicRoutes({ clock, brokerId }: PageSurroundings): Hono<PageEnv> {
  const app = new Hono<PageEnv>()
  app.get('/', async (c) => c.json(await listTopics(c.var.page.calls)))
  app.post('/', async (c) => {
    const topic = await body(c, 'TopicToCreate')
    const { calls, changing } = c.var.page
    const create = () => createTopic(calls, topic)
    await (topic.validateOnly === true ? create() : changing(`creates the topic ${topic.name}`, create))
    return c.json({})
  })
  app.get('/:topic', async (c) => c.json(await describeTopic(c.var.page.calls, c.req.param('topic'))))
  app.delete('/:topic', async (c) => {
    const { calls, changing } = c.var.page
    const topic = c.req.param('topic')
    await changing(`deletes the topic ${topic}`, () => deleteTopic(calls, topic))
    return c.json({})
  })
  app.get('/:topic/groups', async (c) => c.json(await groupsOfTopic(c.var.page.calls, c.req.param('topic'))))
  app.get('/:topic/producers', async (c) =>
    c.json(await listProducers(c.var.page.calls, clock, brokerId, c.req.param('topic'))),
  )
  app.get('/:topic/configs', async (c) =>
    c.json(await describeConfigs(c.var.page.calls, 'topic', c.req.param('topic'))),
  )
  app.post('/:topic/configs', async (c) => {
    await alterConfigs(c.var.page.calls, 'topic', c.req.param('topic'), await body(c, 'ConfigValues'))
    return c.json({})
  })
  app.post('/:topic/partitions', async (c) => {
    const { count } = await body(c, 'PartitionCount')
    const { calls, changing } = c.var.page
    const topic = c.req.param('topic')
    await changing(`gives the topic ${topic} ${count} partitions`, () => addPartitions(calls, topic, count))
    return c.json({})
  })
  app.post('/:topic/empty', async (c) => {
    const { before = null } = await body(c, 'RecordsToDelete')
    const { calls, changing } = c.var.page
    const topic = c.req.param('topic')
    const where = before === null ? topic : `${topic}-${before.partition} below ${before.offset}`
    await changing(`deletes the records of ${where}`, () => emptyTopic(calls, topic, before), true)
    return c.json({})
  })
  return app
}

export function recordRoutes({ clock, schemas: schemasOf }: PageSurroundings): Hono<PageEnv> {
  const app = new Hono<PageEnv>()
  app.post('/:topic/page', async (c) => {
    const { calls, caller } = c.var.page
    const asked = await body(c, 'PageQuery')
    const topic = c.req.param('topic')
    const options: PageOptions = {
      ...asked,
      topic,
      partitions: asked.partitions ?? partitionsOf(await metadataOf(calls, topic)),
      limit: Math.min(Math.max(1, asked.limit ?? 100), MOST_RECORDS),
      committedOnly: asked.committedOnly === true,
      schemas: schemasOf(caller),
    }
    if (asked.from === 'newest') return c.json(await readNewest(calls, clock, options))
    return c.json(await readForward(calls, clock, options, asked.from))
  })
  app.get('/:topic/tail', async (c) => {
    const topic = c.req.param('topic')
    const { calls, caller } = c.var.page
    const partitions = partitionsIn(c) ?? partitionsOf(await metadataOf(calls, topic))
    const { key, contains, committed } = c.req.query()
    const options = { topic, partitions, key, contains, committedOnly: committed === 'true' }
    const as = { topic, schemas: schemasOf(caller), clock }
    return streamSSE(c, async (sse) => {
      for await (const step of tail(calls, options, as, () => sse.aborted || sse.closed)) {
        await sse.writeSSE({ data: JSON.stringify(step) })
      }
    })
  })
  app.get('/:topic/export', async (c) => {
    const topic = c.req.param('topic')
    const { calls } = c.var.page
    const partitions = partitionsIn(c) ?? partitionsOf(await metadataOf(calls, topic))
    const { key, contains, committed } = c.req.query()
    c.header('content-type', 'application/x-ndjson')
    c.header('content-disposition', attachment(`${topic}.jsonl`))
    const options = { topic, partitions, key, contains, committedOnly: committed === 'true' }
    // An export that fails breaks the connection off: the browser says that the download failed.
    return c.body(ReadableStream.from(exportRecords(calls, options)).pipeThrough(new TextEncoderStream()))
  })
  app.get('/:topic/:partition/:offset', async (c) => {
    const { topic } = c.req.param()
    const found = await recordAt(c)
    const [row] = await rowsOf([found], { topic, schemas: schemasOf(c.var.page.caller), clock, most: WHOLE_BYTES })
    return c.json(row)
  })
  app.get('/:topic/:partition/:offset/:part{key|value}', async (c) => {
    const { topic, partition, offset } = c.req.param()
    const part = c.req.param('part') === 'key' ? 'key' : 'value'
    const bytes = (await recordAt(c)).record[part]
    if (bytes === null) throw new PageError(404, 'RESOURCE_NOT_FOUND', `The ${part} of this record is null.`)
    // As a file of no type: nothing of a record is ever opened in the place of the page.
    c.header('content-type', 'application/octet-stream')
    c.header('content-disposition', attachment(`${topic}-${partition}-${offset}.${part}`))
    return c.body(new Uint8Array(bytes))
  })
  app.post('/:topic', async (c) => {
    const { records, compression } = await body(c, 'RecordsToWrite')
    const { calls, changing } = c.var.page
    const topic = c.req.param('topic')
    const produce = () => produceRecords(calls, clock, topic, records, compression)
    return c.json(await changing(`produces ${records.length} records to ${topic}`, produce, true))
  })
  return app
}

/** One record that is shown as a whole is cut here, and the rest is had as a file. */
const WHOLE_BYTES = 1024 * 1024

const attachment = (name: string): string => `attachment; filename="${name.replaceAll(/[^\w.-]/g, '_')}"`

async function recordAt(c: Context<PageEnv>): Promise<FoundRecord> {
  const { topic = '', partition: index = '', offset: at = '' } = c.req.param()
  const [partition, offset] = [partitionOf(index), numberOf(at)]
  const from = new Map([[partition, offset]])
  const [fetched] = await fetchRecords(c.var.page.calls, { topic, from, committedOnly: false })
  const found = fetched?.records.find(({ record }) => Number(record.offset) === offset)
  if (found !== undefined) return found
  const why = fetched?.problem ?? 'OFFSET_OUT_OF_RANGE'
  throw new PageError(404, why, `There is no record ${offset} in ${topic}-${partition}.`)
}
