import assert from 'node:assert/strict'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { apacheKafka, previousApacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { silentLogger } from '../../src/env/silent-logger.ts'
import { createLogContext } from '../../src/log/create-log-context.ts'
import type { Finding } from '../../src/log/inspection/finding.ts'
import { verifyDirectory } from '../../src/log/inspection/verify-directory.ts'
import { judgeDataDirectory } from '../dump-log/judge.ts'
import { apacheBroker, previousApacheBroker } from '../support/apache.ts'
import type { BrokerOptions, BrokerProcess } from '../support/broker.ts'
import { JavaServer } from '../support/java.ts'
import { samsaBroker } from '../support/samsa.ts'
import type { Case, CaseContext, SkippedSuite, Suite } from '../support/suite.ts'
import { groupRelay } from './groups.ts'
import { changes, differences, readLines, type Seen, seen, told } from './ledger.ts'
import { securityRelay } from './security.ts'

const brokers: Record<Product, (options: BrokerOptions) => Promise<BrokerProcess>> = {
  samsa: samsaBroker,
  apache: apacheBroker,
  'apache-4.3': previousApacheBroker,
}
type Product = 'samsa' | 'apache' | 'apache-4.3'

/** Everything that happens to files happens within seconds. */
const PROPERTIES = {
  'offsets.topic.num.partitions': '3',
  'transaction.state.log.num.partitions': '3',
  'log.initial.task.delay.ms': '500',
  'log.retention.check.interval.ms': '1000',
  'log.segment.delete.delay.ms': '500',
  'log.cleaner.backoff.ms': '300',
  'log.index.interval.bytes': '2048',
}
const DISKS = ['disk-1', 'disk-2']
const WORK_MS = 6_000
/** A JVM of the brokers and one of the clients share the machine with whatever else runs there. */
const LONGEST_RUN_MS = 240_000
const LONGEST_START_MS = 180_000
/** A run with another seed does other work: `SEED=42 make compat CLIENT=apache-data-dir`. */
const SEED = Number(process.env.SEED ?? 1)

interface Relay {
  name: string
  products: readonly Product[]
  /** SIGKILL under load at the end of each turn, in place of a clean stop. */
  kill: boolean
  /** The release for which the first broker formats the directory; its own release when absent. */
  releaseVersion?: string
}

const relays: readonly Relay[] = [
  { name: 'samsa, then Apache, then samsa', products: ['samsa', 'apache', 'samsa'], kill: false },
  { name: 'Apache, then samsa, then Apache', products: ['apache', 'samsa', 'apache'], kill: false },
  {
    name: 'samsa, then Apache, then samsa, each killed under load',
    products: ['samsa', 'apache', 'samsa'],
    kill: true,
  },
  {
    name: 'Apache, then samsa, then Apache, each killed under load',
    products: ['apache', 'samsa', 'apache'],
    kill: true,
  },
  // The release before knows no later level than its own: the directory stays at metadata.version 30.
  {
    name: 'samsa at 4.3, then Apache 4.3, then samsa',
    products: ['samsa', 'apache-4.3', 'samsa'],
    kill: false,
    releaseVersion: '4.3',
  },
  {
    name: 'Apache 4.3, then samsa, then Apache 4.3',
    products: ['apache-4.3', 'samsa', 'apache-4.3'],
    kill: false,
  },
  {
    name: 'samsa at 4.3, then Apache 4.3, then samsa, each killed under load',
    products: ['samsa', 'apache-4.3', 'samsa'],
    kill: true,
    releaseVersion: '4.3',
  },
  {
    name: 'Apache 4.3, then samsa, then Apache 4.4, each killed under load',
    products: ['apache-4.3', 'samsa', 'apache'],
    kill: true,
  },
]

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const lookup = await apacheKafka()
  if (!lookup.ok) return { client: 'apache-data-dir', skipped: lookup.reason }
  const previous = await previousApacheKafka()
  if (!previous.ok) return { client: 'apache-data-dir', skipped: previous.reason }
  const sources = ['Workload', 'ReadBack', 'Turn', 'QueueTurn', 'StreamsTurn'].map((name) =>
    join(import.meta.dirname, `java/${name}.java`),
  )
  const java = await JavaServer.start(lookup.tool, sources)
  return {
    client: 'apache-data-dir',
    version: lookup.tool.version,
    cases: [
      ...relays.map(
        (relay): Case => ({
          name: relay.name,
          // Both brokers take part in each: there is nothing to compare with.
          only: 'samsa',
          timeoutMs: 1_200_000,
          run: (context) => runRelay(context, java, relay),
        }),
      ),
      securityRelay(lookup.tool, ['samsa', 'Apache', 'samsa'], [samsaBroker, apacheBroker, samsaBroker]),
      securityRelay(lookup.tool, ['Apache', 'samsa', 'Apache'], [apacheBroker, samsaBroker, apacheBroker]),
      ...groupRelays(java),
    ],
    close: () => java.stop(),
  }
}

function groupRelays(java: JavaServer): Case[] {
  const orders = [
    { products: ['samsa', 'Apache', 'samsa'], starts: [samsaBroker, apacheBroker, samsaBroker] },
    { products: ['Apache', 'samsa', 'Apache'], starts: [apacheBroker, samsaBroker, apacheBroker] },
  ]
  const programs = ['QueueTurn', 'StreamsTurn'] as const
  return programs.flatMap((program) =>
    [false, true].flatMap((kill) => orders.map((order) => groupRelay(java, { program, kill, ...order }))),
  )
}

/** One data directory goes from broker to broker, on a copy each time; each finds what was told and writes more. */
async function runRelay(context: CaseContext, java: JavaServer, relay: Relay): Promise<void> {
  const { products, kill, releaseVersion } = relay
  const ledger = join(context.broker.home, `${context.unique('ledger')}.jsonl`)
  // Apache writes the log start offset down once a minute, samsa before it answers.
  const forgetsDeletes = (round: number) => kill && products[round] !== 'samsa'
  let dataFrom: string | undefined
  let before: Seen | null = null
  for (const [round, product] of products.entries()) {
    const fresh = round === 0 ? { releaseVersion } : {}
    const broker = await brokers[product]({ properties: PROPERTIES, disks: DISKS, dataFrom, ...fresh })
    context.after(() => broker.dispose())
    await broker.start({ timeoutMs: LONGEST_START_MS })
    if (round > 0) before = await compare(java, broker, { ledger, before, forgetsDeletes })
    await work(java, broker, ledger, round, kill)
    if (!kill) assert.notEqual(await broker.stop(), null, `${product} does not stop`)
    dataFrom = broker.dataDirectory
    await verify(broker)
    if (product === 'samsa' && !kill) await judge(java, broker)
    if (round < products.length - 1) continue
    await broker.start({ timeoutMs: LONGEST_START_MS })
    await compare(java, broker, { ledger, before, forgetsDeletes })
  }
}

async function work(
  java: JavaServer,
  broker: BrokerProcess,
  ledger: string,
  round: number,
  kill: boolean,
): Promise<void> {
  // A client that is to notice the kill must not wait for long; any other may wait for a machine that is busy.
  const timeoutMs = kill ? 5_000 : 20_000
  const args = [
    broker.bootstrapServers,
    ledger,
    String(SEED),
    String(round),
    String(kill ? 2 * WORK_MS : WORK_MS),
    String(timeoutMs),
  ]
  const working = java.run('Workload', args, { limitMs: LONGEST_RUN_MS })
  if (kill) {
    await delay(WORK_MS + ((SEED * 7_919 + round * 104_729) % 3_000))
    await broker.kill()
  }
  const { exitCode, stdout, stderr } = await working
  assert.equal(exitCode, 0, stdout + stderr)
  assert.match(stdout, kill ? /^(ended by|done)/m : /^done/m, `${broker.product}: ${stdout}`)
}

interface Expected {
  ledger: string
  /** The data as the broker before has shown them. */
  before: Seen | null
  forgetsDeletes(round: number): boolean
}

/** A client must read what clients were told, and what the broker before has shown. */
async function compare(java: JavaServer, broker: BrokerProcess, expected: Expected): Promise<Seen> {
  const { ledger, before, forgetsDeletes } = expected
  const path = join(broker.home, 'read-back.jsonl')
  const { exitCode, stdout, stderr } = await java.run('ReadBack', [broker.bootstrapServers, path], {
    limitMs: LONGEST_RUN_MS,
  })
  assert.equal(exitCode, 0, stdout + stderr)
  const now = seen(await readLines(path))
  const found = differences(told(await readLines(ledger), forgetsDeletes), now)
  if (before !== null) found.push(...changes(before, now))
  assert.deepEqual(found.slice(0, 10), [], `${found.length} differences on ${broker.product}`)
  return now
}

/**
 * Findings that the tool has in segments of Apache's own cleaner as well: it expects no gaps anywhere, and takes the
 * timestamp of a batch of which compaction has left the header for that of its records.
 */
const isOfCompaction = (finding: string): boolean =>
  /\/(compacted|both|__consumer_offsets|__transaction_state)-\d+\//.test(finding) &&
  /non-consecutive offsets|\.timeindex: Found timestamp mismatch/.test(finding)

/** `samsa log verify` finds nothing that a start could not mend, whoever wrote the files and however that ended. */
async function verify(broker: BrokerProcess): Promise<void> {
  const context = createLogContext(nodeEnvironment(), silentLogger())
  const damages: Finding[] = []
  const found = (finding: Finding) => {
    if (finding.severity === 'damage') damages.push(finding)
  }
  for (const disk of DISKS)
    await verifyDirectory({ context, found, progress: () => {} }, join(broker.dataDirectory, disk))
  await context.openFiles.closeAll()
  assert.deepEqual(damages, [])
}

/**
 * Apache's own reader of log files looks at all of them, after a clean stop: after a kill the last batch may be torn and
 * indexes are behind, which is what recovery is for.
 */
async function judge(java: JavaServer, broker: BrokerProcess): Promise<void> {
  const copy = join(broker.home, 'judged')
  await cp(broker.dataDirectory, copy, { recursive: true })
  const { findings, batches } = await judgeDataDirectory(java, copy)
  assert.deepEqual(
    findings.filter((finding) => !isOfCompaction(finding)),
    [],
  )
  assert.ok(batches > 100, `${batches} batches`)
}
