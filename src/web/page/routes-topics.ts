/** Endpoints of topics and their records. */
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { CompressionName } from '../../../protocol/records/compression-type.ts'
import { alterConfigs, describeConfigs } from './configs.ts'
import { PageError } from './page-error.ts'
import { body, numberOf, partitionsIn } from './parameters.ts'
import { exportRecords } from './records/export.ts'
import { fetchRecords } from './records/fetch.ts'
import { produceRecords, type RecordToWrite } from './records/produce.ts'
import { type PageOptions, readForward, readNewest } from './records/read-page.ts'
import { rowOf } from './records/record-row.ts'
import { tail } from './records/tail.ts'
import type { PageEnv, PageSurroundings } from './surroundings.ts'
import { addPartitions, createTopic, deleteTopic, emptyTopic, type TopicToCreate } from './topics/change.ts'
import { listTopics } from './topics/list.ts'
import { describeTopic, groupsOfTopic, metadataOf, partitionsOf } from './topics/topic.ts'
import { listProducers } from './transactions.ts'

const MOST_RECORDS = 1_000

export function topicRoutes({ clock, brokerId }: PageSurroundings): Hono<PageEnv> {
  const app = new Hono<PageEnv>()
  app.get('/', async (c) => c.json(await listTopics(c.var.page.calls)))
  app.post('/', async (c) => {
    const topic = await body<TopicToCreate & { validateOnly?: boolean }>(c)
    await createTopic(c.var.page.calls, topic, topic.validateOnly)
    return c.json({})
  })
  app.get('/:topic', async (c) => c.json(await describeTopic(c.var.page.calls, c.req.param('topic'))))
  app.delete('/:topic', async (c) => {
    await deleteTopic(c.var.page.calls, c.req.param('topic'))
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
    await alterConfigs(c.var.page.calls, 'topic', c.req.param('topic'), await body(c))
    return c.json({})
  })
  app.post('/:topic/partitions', async (c) => {
    const { count } = await body<{ count: number }>(c)
    await addPartitions(c.var.page.calls, c.req.param('topic'), count)
    return c.json({})
  })
  app.post('/:topic/empty', async (c) => {
    const { before = null } = await body<{ before?: { partition: number; offset: number } | null }>(c)
    await emptyTopic(c.var.page.calls, c.req.param('topic'), before)
    return c.json({})
  })
  return app
}

export function recordRoutes({ clock }: PageSurroundings): Hono<PageEnv> {
  const app = new Hono<PageEnv>()
  app.post('/:topic/page', async (c) => {
    const { calls } = c.var.page
    const asked = await body<PageQuery>(c)
    const topic = c.req.param('topic')
    const options: PageOptions = {
      ...asked,
      topic,
      partitions: asked.partitions ?? partitionsOf(await metadataOf(calls, topic)),
      limit: Math.min(Math.max(1, asked.limit ?? 100), MOST_RECORDS),
      committedOnly: asked.committedOnly === true,
    }
    if (asked.from === 'newest') return c.json(await readNewest(calls, clock, options))
    return c.json(await readForward(calls, clock, options, asked.from))
  })
  app.get('/:topic/tail', async (c) => {
    const topic = c.req.param('topic')
    const { calls } = c.var.page
    const partitions = partitionsIn(c) ?? partitionsOf(await metadataOf(calls, topic))
    const { key, contains, committed } = c.req.query()
    const options = { topic, partitions, key, contains, committedOnly: committed === 'true' }
    return streamSSE(c, async (sse) => {
      for await (const step of tail(calls, options, () => sse.aborted || sse.closed)) {
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
    c.header('content-disposition', `attachment; filename="${topic}.jsonl"`)
    const options = { topic, partitions, key, contains, committedOnly: committed === 'true' }
    // An export that fails breaks the connection off: the browser says that the download failed.
    return c.body(ReadableStream.from(exportRecords(calls, options)).pipeThrough(new TextEncoderStream()))
  })
  app.get('/:topic/:partition/:offset', async (c) => {
    const topic = c.req.param('topic')
    const [partition, offset] = [numberOf(c.req.param('partition')), numberOf(c.req.param('offset'))]
    const from = new Map([[partition, offset]])
    const [fetched] = await fetchRecords(c.var.page.calls, { topic, from, committedOnly: false })
    const found = fetched?.records.find(({ record }) => Number(record.offset) === offset)
    if (found === undefined) {
      throw new PageError(
        404,
        fetched?.problem ?? 'OFFSET_OUT_OF_RANGE',
        `There is no record ${offset} in ${topic}-${partition}.`,
      )
    }
    return c.json(rowOf(topic, found, Number.POSITIVE_INFINITY))
  })
  app.post('/:topic', async (c) => {
    const { records, compression } = await body<{ records: RecordToWrite[]; compression?: CompressionName }>(c)
    return c.json(await produceRecords(c.var.page.calls, clock, c.req.param('topic'), records, compression))
  })
  return app
}

interface PageQuery {
  readonly from: 'newest' | 'oldest' | { readonly offset: number } | { readonly timeMs: number }
  readonly partitions?: readonly number[]
  readonly limit?: number
  readonly committedOnly?: boolean
  readonly key?: string
  readonly contains?: string
  readonly next?: Readonly<Record<string, number>>
}
