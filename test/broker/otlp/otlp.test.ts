/** Metrics pushed by OTLP: a collector of the test hears what the broker counts, with the login that it asks for. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { endpointUrl, headersIn } from '../../../src/broker/otlp/open-otlp.ts'
import { OtlpPush } from '../../../src/broker/otlp/otlp-push.ts'
import { startBroker } from '../../../src/index.ts'
import { counter, Exposition, gauge } from '../../../src/metrics/exposition.ts'
import { ManualClock } from '../../client/fake-broker.ts'

interface Point {
  readonly asDouble: number
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue: string } }[]
  readonly startTimeUnixNano: string
  readonly timeUnixNano: string
}

interface Metric {
  readonly name: string
  readonly description: string
  readonly sum?: {
    readonly isMonotonic: boolean
    readonly aggregationTemporality: number
    readonly dataPoints: Point[]
  }
  readonly gauge?: { readonly dataPoints: Point[] }
}

interface Message {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: Point['attributes'] }
    readonly scopeMetrics: readonly { readonly metrics: readonly Metric[] }[]
  }[]
}

const metricsIn = (message: Message): Metric[] =>
  message.resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))

const labelsOf = ({ attributes }: Pick<Point, 'attributes'>) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]))

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

t.test('a collector hears what is counted', async (t) => {
  let heard = (_message: Message) => {}
  const requests: IncomingMessage[] = []
  const collector = createServer(async (request, response) => {
    requests.push(request)
    const message = JSON.parse(await textOf(request)) as Message
    response.setHeader('content-type', 'application/json').end('{}')
    heard(message)
  })
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
  t.teardown(() => collector.close())
  const { port } = collector.address() as AddressInfo
  await using broker = await startBroker({
    topics: ['orders'],
    config: {
      'samsa.otlp.endpoint': `http://127.0.0.1:${port}`,
      'samsa.otlp.headers': 'authorization=Bearer abc, x-tenant=one',
      'samsa.otlp.interval.ms': 100,
    },
  })
  await broker.produce('orders', ['one', 'two', 'three'])
  const messagesIn = 'kafka_server_brokertopicmetrics_messagesin_total'
  const metrics = await new Promise<Metric[]>((resolve) => {
    heard = (message) => {
      const found = metricsIn(message)
      const points = found.find(({ name }) => name === messagesIn)?.sum?.dataPoints ?? []
      if (points.some((point) => labelsOf(point).topic === 'orders' && point.asDouble === 3)) resolve(found)
      t.same(labelsOf(message.resourceMetrics[0]?.resource ?? { attributes: [] })['service.name'], 'samsa')
    }
  })
  t.match(metrics.find(({ name }) => name === messagesIn)?.sum, { isMonotonic: true, aggregationTemporality: 2 })
  t.match(metrics.find(({ name }) => name === 'kafka_topic_partition_current_offset')?.gauge?.dataPoints, [
    { asDouble: 3 },
  ])
  t.match(metrics.find(({ name }) => name === messagesIn)?.description, 'Records that were appended')
  const [request] = requests
  t.match(request, { method: 'POST', url: '/v1/metrics' })
  t.match(request?.headers, { authorization: 'Bearer abc', 'x-tenant': 'one', 'content-type': 'application/json' })
})

t.test(
  'a broker that stops pushes what was counted last, and does not wait for a collector that is silent',
  async (t) => {
    const heard: Metric[] = []
    let isSilent = false
    const collector = createServer(async (request, response) => {
      heard.push(...metricsIn(JSON.parse(await textOf(request)) as Message))
      if (!isSilent) response.setHeader('content-type', 'application/json').end('{}')
    })
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
    t.teardown(() => {
      collector.closeAllConnections()
      collector.close()
    })
    const { port } = collector.address() as AddressInfo
    const run = async () => {
      const config = { 'samsa.otlp.endpoint': `http://127.0.0.1:${port}`, 'samsa.otlp.interval.ms': 3_600_000 }
      const broker = await startBroker({ topics: ['orders'], config })
      await broker.produce('orders', ['one', 'two'])
      t.equal(heard.length, 0, 'the interval is an hour')
      await broker.stop()
    }
    await run()
    const messagesIn = heard.find(({ name }) => name === 'kafka_server_brokertopicmetrics_messagesin_total')
    t.match(messagesIn?.sum?.dataPoints, [{ asDouble: 2 }])
    isSilent = true
    heard.length = 0
    await run()
  },
)

t.test('pushes: in pieces, whatever becomes of them, until they are stopped', async (t) => {
  const clock = new ManualClock()
  const said: string[] = []
  const bodies: Message[] = []
  let fails = false
  const exposition = new Exposition()
  for (let each = 0; each < 9_999; each++) exposition.add(gauge('many', 'Many'), each, { each })
  exposition.add(counter('some_total', 'Some'), 2, { a: 'b' })
  exposition.add({ name: 'times', type: 'summary', help: 'Times' }, 5, { quantile: '0.5' })
  exposition.add({ name: 'times', type: 'summary', help: 'Times' }, 9, {}, '_sum')
  exposition.add(gauge('nothing', 'Not a number'), Number.NaN)
  const log = (...words: unknown[]) => void said.push(String(words.at(-1)))
  const push = new OtlpPush({
    clock,
    logger: { debug: log, info: log, warn: log, error: log },
    network: {
      download: async (_url, { post }) => {
        if (fails) throw new Error('nobody listens')
        bodies.push(JSON.parse(post?.body ?? '') as Message)
        return Buffer.from('{}')
      },
    },
    url: 'http://collector/v1/metrics',
    headers: {},
    everyMs: 1_000,
    origin: { attributes: { 'service.name': 'samsa' }, version: '1', startMs: 1_500 },
    collect: async () => exposition,
  })
  push.start()
  clock.advance(1_000)
  await new Promise((resolve) => setTimeout(resolve, 0))
  t.same(
    bodies.map((body) => metricsIn(body).map(({ name }) => name)),
    [
      ['many', 'some_total'],
      ['times', 'times_sum'],
    ],
  )
  const [point] = metricsIn(bodies[0] as Message)[1]?.sum?.dataPoints ?? []
  t.match(point, { asDouble: 2, startTimeUnixNano: '1500000000', timeUnixNano: '1000000000' })
  fails = true
  await push.push()
  await push.push()
  fails = false
  await push.push()
  t.same(said, [
    'Metrics cannot be pushed to http://collector/v1/metrics: nobody listens',
    'Metrics are pushed to http://collector/v1/metrics again',
  ])
  push.stop()
  t.equal(clock.pendingTimers, 0)
})

t.test('settings', async (t) => {
  t.equal(endpointUrl('http://localhost:4318'), 'http://localhost:4318/v1/metrics')
  t.equal(endpointUrl('https://collector/custom'), 'https://collector/custom')
  t.throws(() => endpointUrl('localhost:4318'), /samsa\.otlp\.endpoint is localhost:4318: expected the URL/)
  t.same(headersIn('a=b=c, d=e'), { a: 'b=c', d: 'e' })
  t.same(headersIn(''), {})
  t.throws(() => headersIn('bearer'), /no name=value/)
})
