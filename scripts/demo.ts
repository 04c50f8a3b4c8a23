/**
 * `make demo`: a dictionary of over 100,000 lines goes line by line through kcat into six partitions and is worked off
 * by a group of three kafkajs members in processes of their own. In the middle the broker is killed with SIGKILL and
 * started again. In the end every acknowledged line must have arrived, once in the log, in order for each key, and no
 * work whose commit was acknowledged may have been given out again.
 */
import { parseArgs } from 'node:util'
import type { Feed } from '../compat-tests/demo/feed.ts'
import { feedThroughKcat } from '../compat-tests/demo/feed.ts'
import { Group } from '../compat-tests/demo/group.ts'
import type { Verdict } from '../compat-tests/demo/ledger.ts'
import { keysThatDiffer, Ledger, linesByKey } from '../compat-tests/demo/ledger.ts'
import type { Line } from '../compat-tests/demo/text.ts'
import { dictionary } from '../compat-tests/demo/text.ts'
import { runKcat } from '../compat-tests/kcat/run.ts'
import { apacheBroker } from '../compat-tests/support/apache.ts'
import type { BrokerProcess } from '../compat-tests/support/broker.ts'
import { table } from '../compat-tests/support/report.ts'
import { samsaBroker } from '../compat-tests/support/samsa.ts'
import { eventually } from '../compat-tests/support/wait.ts'
import { kcat } from './toolchain/kcat.ts'
import type { Tool } from './toolchain/lookup.ts'

const { values: options } = parseArgs({
  options: { broker: { type: 'string', default: 'samsa' }, seconds: { type: 'string', default: '10' } },
})

const topic = 'dictionary'
const partitions = 6
const members = 3
/** The share of the lines that is acknowledged when the broker is killed. */
const killAt = 0.45
const waitMs = 120_000

interface Check {
  what: string
  found: string
  passed: boolean
}

async function main(): Promise<number> {
  const tool = await kcat()
  if (!tool.ok) {
    console.log(`The demo was skipped: ${tool.reason}.`)
    return 0
  }
  const lines = await dictionary()
  const properties = { 'num.partitions': String(partitions) }
  const broker = await (options.broker === 'apache' ? apacheBroker({ properties }) : samsaBroker({ properties }))
  const ledger = new Ledger()
  let group: Group | undefined
  try {
    await broker.start()
    say(`${broker.product} ${broker.version} answers at ${broker.bootstrapServers}`)
    // Six partitions come with the topic, which the first look at it creates.
    await runKcat(tool.tool, ['-b', broker.bootstrapServers, '-L', '-t', topic, '-X', 'allow.auto.create.topics=true'])
    group = new Group(members, broker.bootstrapServers, 'readers', topic, ledger)
    await eventually('two partitions for each member', () => group!.shares.every((share) => share === 2), waitMs)
    say(`${members} kafkajs members share ${partitions} partitions`)
    const feed = feedThroughKcat(tool.tool, broker.bootstrapServers, topic, lines, Number(options.seconds) * 1_000)
    const atKill = await killInTheMiddle(broker, feed, ledger, lines.length)
    await finish(feed, ledger, lines.length)
    const stored = await readBack(tool.tool, broker)
    return report(lines, feed, stored, ledger.judge(lines), atKill, group.allAlive)
  } finally {
    await group?.stop()
    await broker.dispose()
  }
}

interface AtKill {
  acknowledged: number
  committed: number
  downMs: number
}

async function killInTheMiddle(broker: BrokerProcess, feed: Feed, ledger: Ledger, total: number): Promise<AtKill> {
  const enough = () => feed.acknowledged >= total * killAt && ledger.committed >= total * killAt * 0.5
  await eventuallyWithProgress('the middle', feed, ledger, enough)
  await broker.kill()
  const killedAt = performance.now()
  const { acknowledged } = feed
  const { committed } = ledger
  say(`SIGKILL: ${count(acknowledged)} lines were acknowledged, ${count(committed)} committed by the group`)
  await broker.start()
  const downMs = performance.now() - killedAt
  say(`the broker answers again after ${downMs.toFixed(0)} ms`)
  return { acknowledged, committed, downMs }
}

async function finish(feed: Feed, ledger: Ledger, total: number): Promise<void> {
  await eventuallyWithProgress('all lines acknowledged', feed, ledger, () => feed.acknowledged >= total)
  await feed.done
  await eventuallyWithProgress('all lines committed', feed, ledger, () => ledger.committed >= total)
}

async function eventuallyWithProgress(what: string, feed: Feed, ledger: Ledger, ask: () => boolean): Promise<void> {
  const progress = setInterval(() => {
    say(`fed ${count(feed.fed)}, acknowledged ${count(feed.acknowledged)}, committed ${count(ledger.committed)}`)
  }, 1_000)
  try {
    // kcat's failure ends the wait at once.
    await Promise.race([eventually(what, ask, waitMs), feed.done.then(() => eventually(what, ask, waitMs))])
  } finally {
    clearInterval(progress)
  }
}

/** Everything that the log holds, read by kcat, which had no part in the group. */
async function readBack(tool: Tool, broker: BrokerProcess): Promise<Map<string, string[]>> {
  const read = ['-C', '-q', '-e', '-t', topic, '-o', 'beginning', '-f', '%k\t%s\n']
  const { stdout, stderr, exitCode } = await runKcat(tool, ['-b', broker.bootstrapServers, ...read])
  if (exitCode !== 0) throw new Error(`kcat could not read back: ${stderr}`)
  const stored = stdout.split('\n').filter((line) => line !== '')
  return linesByKey(
    stored.map((line) => ({ key: line.slice(0, line.indexOf('\t')), value: line.slice(line.indexOf('\t') + 1) })),
  )
}

function report(
  lines: readonly Line[],
  feed: Feed,
  stored: Map<string, string[]>,
  verdict: Verdict,
  atKill: AtKill,
  allAlive: boolean,
): number {
  const sent = linesByKey(lines)
  const wrongInLog = keysThatDiffer(sent, stored)
  const storedLines = [...stored.values()].reduce((sum, values) => sum + values.length, 0)
  const checks: Check[] = [
    { what: 'lines sent', found: `${count(lines.length)} in ${sent.size} keys`, passed: lines.length > 100_000 },
    { what: 'lines acknowledged', found: count(feed.acknowledged), passed: feed.acknowledged === lines.length },
    { what: 'lines in the log', found: count(storedLines), passed: storedLines === lines.length },
    { what: 'keys in order in the log', found: share(sent.size, wrongInLog), passed: wrongInLog.length === 0 },
    {
      what: 'keys in order at the group',
      found: share(sent.size, verdict.wrongKeys),
      passed: verdict.wrongKeys.length === 0 && verdict.outOfOrder === 0,
    },
    {
      what: 'committed work repeated',
      found: count(verdict.repeatedCommitted),
      passed: verdict.repeatedCommitted === 0,
    },
    { what: 'members alive at the end', found: allAlive ? `${members}` : 'not all', passed: allAlive },
  ]
  const notes = [
    ['uncommitted work repeated', `${count(verdict.repeatedUncommitted)} lines (at least once allows it)`],
    ['commits acknowledged', count(verdict.commits)],
    ['at the kill', `${count(atKill.acknowledged)} acknowledged, ${count(atKill.committed)} committed`],
    ['broker away', `${atKill.downMs.toFixed(0)} ms`],
  ]
  const rows = [
    ...checks.map(({ what, found, passed }) => [what, found, passed ? 'ok' : 'FAILED']),
    ...notes.map((note) => [...note, '']),
  ]
  console.log(`\n${table(['what', 'found', ''], rows)}\n`)
  const failed = checks.filter((check) => !check.passed).length
  console.log(`demo: ${checks.length - failed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

const share = (all: number, wrong: readonly string[]): string => `${all - wrong.length} of ${all}`
const count = (value: number): string => value.toLocaleString('en')
const startedAt = performance.now()
const say = (words: string): void =>
  console.error(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${words}`)

// Members and kcat are ended by then; what is left of them must not hold the process.
process.exit(await main())
