/**
 * Metrics, judged from outside: Prometheus' own linter, Apache's tools for offsets and lags, and what Apache's Java client
 * measures of itself and pushes.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type ParsedFamily, parseExposition } from '../../proof/exposition-parser.ts'
import { type ApacheKafka, apacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { go } from '../../scripts/toolchain/go.ts'
import { cacheDirectory, capture, lastWords } from '../../scripts/toolchain/lookup.ts'
import { lines, rows, type Tools, toolsOf } from '../apache-tools/tools.ts'
import { cliOf, started } from '../samsa-cli/cli.ts'
import { freePorts } from '../support/broker.ts'
import { JavaServer } from '../support/java.ts'
import type { Case, CaseContext, SkippedSuite, Suite } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const [goLookup, kafka] = [await go(), await apacheKafka()]
  const client = 'monitoring'
  if (!goLookup.ok) return { client, skipped: goLookup.reason }
  if (!kafka.ok) return { client, skipped: kafka.reason }
  const { path, env } = goLookup.tool
  const promlint = join(cacheDirectory, 'go-drivers/promlint')
  try {
    await mkdir(join(promlint, '..'), { recursive: true })
    await capture(path, ['build', '-ldflags=-s -w', '-o', promlint, '.'], { cwd: import.meta.dirname, env })
  } catch (error) {
    return { client, skipped: `promlint could not be built (${lastWords(error)})` }
  }
  const [port = 0] = await freePorts(1)
  return suiteOf(kafka.tool, { promlint, url: `http://127.0.0.1:${port}` })
}

interface Programs {
  readonly promlint: string
  /** Where the broker serves HTTP. */
  readonly url: string
}

async function suiteOf(kafka: ApacheKafka, programs: Programs): Promise<Suite> {
  const server = await JavaServer.start(kafka)
  const tools = toolsOf(kafka, server)
  return {
    client: 'monitoring',
    version: linterVersion(),
    only: { product: 'samsa', reason: 'Apache Kafka has no /metrics of its own' },
    properties: { 'samsa.http.listeners': programs.url },
    cases: [lintCase(programs), lagCase(programs, tools), telemetryCase(programs, tools), topCase(programs)],
    close: () => server.stop(),
  }
}

function linterVersion(): string {
  const text = readFileSync(join(import.meta.dirname, 'go.mod'), 'utf8')
  return `promlint ${/client_golang v([\d.]+)/.exec(text)?.[1] ?? 'unknown'}`
}

async function textOf(url: string): Promise<string> {
  const response = await fetch(`${url}/metrics`)
  assert.equal(response.status, 200)
  return response.text()
}

const metricsOf = async (url: string) => parseExposition(await textOf(url))

/** Topics with records, a group that is behind, one that has read all, and clients at work. */
async function makeWorld(context: CaseContext): Promise<{ topic: string; behind: string; reader: string }> {
  const cli = cliOf(context)
  const [topic, behind, reader] = [context.unique('orders'), context.unique('behind'), context.unique('reader')]
  await cli.run('topics', 'create', topic, '--partitions', '3')
  const lines = Array.from({ length: 500 }, (_, index) => `key-${index}:value ${index}\n`).join('')
  await cli.feed(lines, 'produce', topic, '-K', ':')
  await cli.run('consume', topic, '--group', reader, '--from', 'beginning', '-n', '500')
  await cli.run('groups', 'reset', behind, '--to', '10', '--topic', topic)
  return { topic, behind, reader }
}

/** Names and labels that are those of others, whom dashboards know: promlint would have called them otherwise. */
const NAMED_BY_OTHERS: readonly (readonly [metric: RegExp, text: RegExp, why: string])[] = [
  [/^kafka_(?:server|network|log|controller|cluster)_/, /./, 'the names of Strimzi’s rules for the JMX exporter'],
  [/^kafka_(?:consumergroup|topic|broker|brokers)/, /./, 'the names of kafka_exporter'],
]

const lintCase = ({ promlint, url }: Programs): Case => ({
  name: 'promlint accepts /metrics; it would have named some of others differently',
  async run(context) {
    await makeWorld(context)
    const text = await textOf(url)
    parseExposition(text)
    const child = spawn(promlint, { stdio: ['pipe', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (chunk) => (stdout += chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk) => (stderr += chunk))
    child.stdin.end(text)
    const code = await new Promise((resolve) => child.on('close', resolve))
    assert.equal(code, 0, stderr)
    const problems = stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
    const own = problems.filter(
      ({ metric, text: words }) => !NAMED_BY_OTHERS.some(([name, what]) => name.test(metric) && what.test(words)),
    )
    assert.deepEqual(own, [])
  },
})

/** The value of the series that has these labels, and no other series of the family. */
function valueIn(families: ReadonlyMap<string, ParsedFamily>, name: string, labels: Readonly<Record<string, string>>) {
  const found = (families.get(name)?.samples ?? []).filter((sample) =>
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )
  assert.equal(found.length, 1, `${name} ${JSON.stringify(labels)}`)
  return found[0]?.value
}

/** Apache's tools say the same things in other words: the names are kafka_exporter's, and so is their meaning. */
const lagCase = ({ url }: Programs, tools: Tools): Case => ({
  name: 'offsets and lags are those of kafka-consumer-groups and kafka-get-offsets',
  timeoutMs: 120_000,
  async run(context) {
    const { topic, behind, reader } = await makeWorld(context)
    const families = await metricsOf(url)
    for (const [time, name] of [
      ['latest', 'current'],
      ['earliest', 'oldest'],
    ] as const) {
      const listed = await tools.run(context, 'getOffsets', ['--topic', topic, '--time', time])
      const offsets = lines(listed).map((line) => line.split(':'))
      assert.equal(offsets.length, 3)
      for (const [of = '', partition = '', offset] of offsets) {
        const value = valueIn(families, `kafka_topic_partition_${name}_offset`, { topic: of, partition })
        assert.equal(value, Number(offset))
      }
    }
    for (const group of [behind, reader]) {
      const described = rows(await tools.run(context, 'groups', ['--describe', '--group', group]))
      assert.equal(described.length, 3)
      for (const row of described) {
        const labels = { consumergroup: group, topic, partition: row.PARTITION ?? '' }
        assert.equal(valueIn(families, 'kafka_consumergroup_current_offset', labels), Number(row['CURRENT-OFFSET']))
        assert.equal(valueIn(families, 'kafka_consumergroup_lag', labels), Number(row.LAG))
        const end = valueIn(families, 'kafka_topic_partition_current_offset', { topic, partition: labels.partition })
        assert.equal(end, Number(row['LOG-END-OFFSET']))
      }
      const sum = described.reduce((total, row) => total + Number(row.LAG), 0)
      assert.equal(valueIn(families, 'kafka_consumergroup_lag_sum', { consumergroup: group, topic }), sum)
      assert.equal(valueIn(families, 'kafka_consumergroup_members', { consumergroup: group }), 0)
    }
  },
})

const RECORDS = 400

const telemetryCase = ({ url }: Programs, tools: Tools): Case => ({
  name: 'a Java producer with telemetry on pushes its metrics, and they are in /metrics',
  timeoutMs: 120_000,
  async run(context) {
    const topic = context.unique('telemetry')
    await tools.run(context, 'topics', ['--create', '--topic', topic])
    const name = context.unique('all')
    await tools.run(context, 'clientMetrics', ['--alter', '--name', name, '--metrics', '*', '--interval', '500'])
    context.after(() => tools.run(context, 'clientMetrics', ['--delete', '--name', name]))
    const clientId = context.unique('producer')
    const properties = [`client.id=${clientId}`, 'enable.metrics.push=true']
    const producer = tools.start(context, 'consoleProducer', [
      ...['--topic', topic],
      ...properties.flatMap((property) => ['--command-property', property]),
    ])
    producer.stdin.write('a record\n'.repeat(RECORDS))
    const samples = async (metric: string) => {
      const all = (await metricsOf(url)).get(metric)?.samples ?? []
      return all.filter(({ labels }) => labels.client_id === clientId)
    }
    // Its input stays open: a producer that closes may end without a last push.
    const [sent] = await eventually('its numbers', async () => {
      const found = await samples('org_apache_kafka_producer_record_send_total')
      return found.some(({ value }) => value >= RECORDS) && found
    })
    assert.equal(sent?.value, RECORDS)
    assert.match(`${sent?.labels.client_software_name}`, /^apache-kafka-java$/)
    // It is no number in a push that came before the first answer.
    await eventually('its latency', async () => {
      const latency = await samples('org_apache_kafka_producer_request_latency_avg')
      return latency.some(({ value }) => value >= 0)
    })
  },
})

const topCase = ({ url }: Programs): Case => ({
  name: 'samsa top sees bytes and clients through /metrics',
  async run(context) {
    const cli = cliOf(context)
    const topic = context.unique('busy')
    await cli.run('topics', 'create', topic)
    const producer = started(['produce', topic, '-X', 'client.id=busy-one', ...cli.server])
    const feeding = setInterval(() => producer.stdin?.write('some words\n'.repeat(200)), 20)
    context.after(() => {
      clearInterval(feeding)
      producer.kill('SIGKILL')
    })
    const seen = await eventually('the rates are there', async () => {
      const [shown] = await cli.json('top', '--once', '--interval', '1s', '--http', url)
      const found = shown.topics.find((each: { topic: string }) => each.topic === topic)
      const client = shown.clients.find((each: { client: string }) => each.client === 'busy-one')
      return found?.recordsPerSecond > 0 && client?.bytesInPerSecond > 0 && { shown, found, client }
    })
    assert.equal(seen.shown.by, 'metrics')
    assert.ok(seen.found.bytesInPerSecond > 0 && seen.found.sizeBytes > 0)
    assert.ok(seen.client.connections >= 1 && seen.client.requestsPerSecond > 0)
    assert.match(
      await cli.refused('top', '--once', '--http', 'http://127.0.0.1:1'),
      /is not to be had, or not of this cluster/,
    )
  },
})
