/** `GET /metrics` of a broker at work: every family of published dashboards, and what the numbers say. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import t from 'tap'
import { type ParsedFamily, parseExposition } from '../../proof/exposition-parser.ts'
import { startBroker } from '../../src/index.ts'

/** Names in the dashboards' queries that this process cannot honestly have, and why. */
const NOT_HERE: readonly (readonly [name: RegExp, why: string])[] = [
  [/^jvm_/, 'there is no Java virtual machine; process_ and nodejs_ say what it would'],
  [/^container_/, 'the kubelet tells of containers'],
  [/^kubelet_/, 'the kubelet tells of volumes'],
  [/^up$/, 'Prometheus itself makes it'],
  [/^kafka_server_raftchannelmetrics_/, 'a quorum of one voter has no channels between voters'],
  [/^kafka_server_raftmetrics_commit_latency_avg$/, 'commits of the metadata log are not timed'],
]

/** Metrics that are there when a client has asked what is wanted of it. */
const PUSHED = /^(?:org_apache_kafka|kafka_server_client_metrics|samsa_client_metrics)_/

/** Every query of a dashboard, of its panels and of its variables. */
function queriesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, each]) =>
    typeof each === 'string' && (key === 'expr' || key === 'query')
      ? [each.replace(/^label_values\((.+), \w+\)$/, '$1')]
      : queriesIn(each),
  )
}

const { queries } = JSON.parse(readFileSync(join(import.meta.dirname, 'dashboards.json'), 'utf8')) as {
  queries: Record<string, string[]>
}

/** The names of metrics in a query of PromQL, or of Grafana's `label_values` and `query_result`. */
function namesIn(query: string): string[] {
  const bare = query
    .replace(/\{[^}]*\}/g, '{}')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(?:by|without)\s*\([^)]*\)/g, '')
  return [...bare.matchAll(/\b([a-z][a-z0-9]*(?:_[a-z0-9]+)+|up)\b(?!\s*\()/g)].map(([, name = '']) => name)
}

t.test('a broker at work', async (t) => {
  await using broker = await startBroker({
    topics: ['orders:3', 'other.topic'],
    config: { 'samsa.http.listeners': 'http://localhost:0', 'offsets.topic.num.partitions': 1 },
  })
  const [url] = broker.httpUrls
  const scrape = async () => {
    const response = await fetch(`${url}/metrics`)
    t.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    return parseExposition(await response.text())
  }
  const first = await scrape()
  t.equal(valueIn(first, 'kafka_server_brokertopicmetrics_messagesin_total', {}), 0)

  const kafka = new Kafka({ brokers: [broker.bootstrapServers], logLevel: logLevel.NOTHING, clientId: 'me' })
  const admin = kafka.admin()
  await admin.connect()
  const values = Array.from({ length: 100 }, (_, index) => `value ${index}`)
  await broker.produce('orders', values)
  await admin.setOffsets({ groupId: 'behind "you"', topic: 'orders', partitions: [{ partition: 0, offset: '40' }] })
  await t.rejects(
    admin.createTopics({ topics: [{ topic: 'orders' }], waitForLeaders: false }).then((made) => {
      if (!made) throw new Error('it exists')
    }),
  )
  const consumer = kafka.consumer({ groupId: 'reader', maxWaitTimeInMs: 50 })
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  let seen = 0
  await new Promise<void>((resolve) => {
    void consumer.run({
      eachMessage: async () => {
        if (++seen === values.length) resolve()
      },
    })
  })
  await consumer.commitOffsets([{ topic: 'orders', partition: 0, offset: '100' }])
  const families = await scrape()
  await consumer.disconnect()
  await admin.disconnect()

  t.test('has what published dashboards ask for', (t) => {
    const missing: string[] = []
    const excused = new Set<RegExp>()
    for (const [dashboard, list] of Object.entries(queries)) {
      for (const name of list.flatMap(namesIn)) {
        const excuse = NOT_HERE.find(([pattern]) => pattern.test(name))
        if (excuse !== undefined) excused.add(excuse[0])
        else if (!families.has(name)) missing.push(`${dashboard}: ${name}`)
      }
    }
    t.same([...new Set(missing)], [])
    t.same(
      NOT_HERE.filter(([pattern]) => !excused.has(pattern)),
      [],
      'no excuse for what nobody asks for',
    )
    t.end()
  })

  t.test('has what the dashboards of docs/grafana ask for, under the labels that they ask by', (t) => {
    const folder = join(import.meta.dirname, '../../docs/grafana')
    const missing = new Set<string>()
    for (const file of readdirSync(folder)) {
      for (const query of queriesIn(JSON.parse(readFileSync(join(folder, file), 'utf8')))) {
        for (const name of namesIn(query)) {
          if (!PUSHED.test(name) && !families.has(name)) missing.add(`${file}: ${name}`)
        }
        for (const [, name = '', labels = ''] of query.matchAll(/([a-z0-9_]+)\{([^}]*)\}/g)) {
          const known = new Set((families.get(name)?.samples ?? []).flatMap((sample) => Object.keys(sample.labels)))
          for (const [, label = ''] of labels.matchAll(/(\w+)(?:=|!)/g)) {
            // Prometheus itself says of which broker a series is.
            if (label === 'instance' || PUSHED.test(name) || known.has(label)) continue
            missing.add(`${file}: ${name}{${label}}`)
          }
        }
      }
    }
    t.same([...missing], [])
    t.end()
  })

  t.test('counts records, bytes and requests by topic and in all', (t) => {
    const topic = { topic: 'orders' }
    t.equal(valueIn(families, 'kafka_server_brokertopicmetrics_messagesin_total', topic), 100)
    const bytes = valueIn(families, 'kafka_server_brokertopicmetrics_bytesin_total', topic)
    t.equal(valueIn(families, 'kafka_log_log_size', { ...topic, partition: '0' }), bytes)
    t.equal(valueIn(families, 'kafka_server_brokertopicmetrics_bytesout_total', topic), bytes)
    t.ok(valueIn(families, 'kafka_server_brokertopicmetrics_messagesin_total', {}) > 100, 'offsets are records too')
    t.equal(valueIn(families, 'kafka_server_replicamanager_partitioncount', {}), 5)
    t.equal(valueIn(families, 'kafka_controller_kafkacontroller_globaltopiccount', {}), 3)
    t.equal(
      valueIn(families, 'kafka_server_socket_server_metrics_connection_count', { listener: 'PLAINTEXT' }) > 0,
      true,
    )
    t.end()
  })

  t.test('counts requests by version and errors by name, and knows their times', (t) => {
    const requests = 'kafka_network_requestmetrics_'
    const fetches = families
      .get(`${requests}requests_total`)
      ?.samples.filter(({ labels }) => labels.request === 'Fetch')
    t.ok(fetches?.length === 1 && Number(fetches[0]?.value) > 0)
    t.equal(valueIn(families, `${requests}errors_total`, { request: 'CreateTopics', error: 'TOPIC_ALREADY_EXISTS' }), 1)
    const times =
      families.get(`${requests}totaltimems`)?.samples.filter(({ labels }) => labels.request === 'Fetch') ?? []
    const quantiles = times.filter(({ labels }) => 'quantile' in labels).map(({ value }) => value)
    t.equal(quantiles.length, 6)
    t.same(
      quantiles,
      [...quantiles].sort((a, b) => a - b),
      'quantiles rise',
    )
    t.ok(times.some(({ name, value }) => name.endsWith('_count') && value > 0))
    t.end()
  })

  t.test('says how far groups are behind, in records and in seconds', (t) => {
    const of = (consumergroup: string) => ({ consumergroup, topic: 'orders', partition: '0' })
    t.equal(valueIn(families, 'kafka_consumergroup_current_offset', of('behind "you"')), 40)
    t.equal(valueIn(families, 'kafka_consumergroup_lag', of('behind "you"')), 60)
    t.equal(valueIn(families, 'kafka_consumergroup_lag', { ...of('behind "you"'), partition: '1' }), -1)
    const seconds = valueIn(families, 'kafka_consumergroup_lag_seconds', of('behind "you"'))
    t.ok(seconds > 0 && seconds < 60, `${seconds}`)
    t.equal(valueIn(families, 'kafka_consumergroup_lag', of('reader')), 0)
    t.equal(valueIn(families, 'kafka_consumergroup_lag_seconds', of('reader')), 0)
    t.equal(valueIn(families, 'kafka_consumergroup_members', { consumergroup: 'reader' }), 1)
    t.equal(valueIn(families, 'kafka_topic_partition_current_offset', { topic: 'orders', partition: '0' }), 100)
    t.end()
  })
})

t.test('metrics are for who may describe the cluster', async (t) => {
  await using broker = await startBroker({
    users: { prometheus: 'secret', alice: 'secret' },
    acls: ['prometheus:describe:cluster', 'alice:all:topic:*'],
    config: { 'samsa.http.listeners': 'http://localhost:0' },
  })
  const [url] = broker.httpUrls
  const as = async (user: string) => {
    const authorization = `Basic ${Buffer.from(`${user}:secret`).toString('base64')}`
    return (await fetch(`${url}/metrics`, { headers: { authorization } })).status
  }
  t.equal(await as('prometheus'), 200)
  t.equal(await as('alice'), 403)
  t.equal((await fetch(`${url}/metrics`)).status, 401)
})

/** The value of the one series that has these labels, whatever others it has; none must have more where none are given. */
function valueIn(families: ReadonlyMap<string, ParsedFamily>, name: string, labels: Record<string, string>): number {
  const wanted = Object.entries(labels)
  const found = (families.get(name)?.samples ?? []).filter((sample) =>
    wanted.length === 0
      ? Object.keys(sample.labels).length === 0
      : wanted.every(([label, value]) => sample.labels[label] === value),
  )
  const [only] = found
  if (only === undefined || found.length > 1)
    throw new Error(`${found.length} series ${name} ${JSON.stringify(labels)}`)
  return only.value
}
