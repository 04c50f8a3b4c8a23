/**
 * `make sim`: simulated runs of a broker and its clients, each from a seed. SEED=42 replays one and tells its story;
 * SEEDS=n runs n of them (FROM=m: from that one on). SCENARIO=orders (plain producers and a group), transactions,
 * faults (the clients of orders, and random rules of a test's hand), shares (a queue), streams (tasks of an application) or
 * replication (four brokers and a controller) or cluster (a group and transactions before them) runs that one alone. BUGS=1 plants bugs in replication, one after another,
 * and says how many seeds it takes to find them; BUGS=watermark plants those whose names have this word. The last line is
 * `N passed, N failed`.
 */
import { runFaults } from '../proof/sim/faults/scenario.ts'
import { PLANTED_BUGS, type PlantedBug, runWithBug } from '../proof/sim/replication/sabotage.ts'
import { runReplication } from '../proof/sim/replication/scenario.ts'
import { runClusterTransactions } from '../proof/sim/replication/transactions.ts'
import { clusterOf, worldOf } from '../proof/sim/replication/worlds.ts'
import { runScenario } from '../proof/sim/scenarios/scenario.ts'
import { runShares } from '../proof/sim/shares/scenario.ts'
import { runStreams } from '../proof/sim/streams/scenario.ts'
import { runTransactions } from '../proof/sim/transactions/scenario.ts'

const DEFAULT_SEEDS = 20
const MOST_SEEDS_FOR_A_BUG = 2000
const ALL_BUGS = '1'

interface Run {
  hash: string
  effects: number
  brokerStarts: number
  /** The work that the clients got done. */
  story: string
}

const SCENARIOS: Readonly<Record<string, (seed: number) => Promise<Run>>> = {
  orders: async (seed) => {
    const run = await runScenario(seed)
    return { ...run, story: `${run.acknowledged} records acknowledged, ${run.commits} commits` }
  },
  transactions: async (seed) => {
    const run = await runTransactions(seed)
    const ends = `${run.committed} transactions committed, ${run.aborted} aborted, ${run.unknown} nobody knows`
    return { ...run, story: `${ends}, ${run.relayed} records relayed exactly once` }
  },
  faults: async (seed) => {
    const run = await runFaults(seed)
    return { ...run, story: `${run.hits} faults met, ${run.acknowledged} records acknowledged, ${run.commits} commits` }
  },
  shares: async (seed) => {
    const run = await runShares(seed)
    return { ...run, story: `${run.deliveries} deliveries, ${run.done} records done with` }
  },
  streams: async (seed) => {
    const run = await runStreams(seed)
    return { ...run, story: `${run.assignments} assignments of tasks, ${run.commits} commits` }
  },
  cluster: async (seed) => {
    const run = await runClusterTransactions(seed, clusterOf(seed))
    const ends = `${run.committed} transactions committed, ${run.aborted} aborted, ${run.unknown} nobody knows`
    return {
      ...run,
      story: `${ends}, ${run.relayed} records relayed exactly once in ${run.elections} epochs of leaders`,
    }
  },
  replication: async (seed) => {
    const run = await runReplication(seed, worldOf(seed))
    return { ...run, story: `${run.acknowledged} records acknowledged in ${run.elections} epochs of leaders` }
  },
}

async function replay(name: string, seed: number): Promise<boolean> {
  try {
    const { hash, effects, brokerStarts, story } = await SCENARIOS[name](seed)
    console.log(`${name}, seed ${seed}: trace ${hash}, ${effects} effects, the broker started ${brokerStarts} times,`)
    console.log(`  ${story}`)
    const again = await SCENARIOS[name](seed)
    if (again.hash === hash) return true
    console.error(`seed ${seed}: the second run has the trace ${again.hash}: something is not from the seed`)
  } catch (error) {
    report(error)
  }
  return false
}

/** The seeds that failed. */
async function runMany(name: string, from: number, count: number): Promise<number[]> {
  const failed: number[] = []
  const totals = { effects: 0, crashes: 0 }
  for (let seed = from; seed < from + count; seed++) {
    try {
      const { effects, brokerStarts } = await SCENARIOS[name](seed)
      totals.effects += effects
      totals.crashes += brokerStarts - 1
    } catch (error) {
      failed.push(seed)
      report(error)
    }
  }
  const list = failed.length === 0 ? '' : `; failed: ${failed.join(', ')}`
  console.log(`${name}: ${count} seeds, ${totals.effects} effects, ${totals.crashes} restarts of the broker${list}`)
  return failed
}

function report(error: unknown): void {
  const { message, cause } = error as Error
  console.error(message)
  if (cause) console.error((cause as Error).stack ?? cause)
}

/** How many seeds it takes to find each bug that is planted in replication. Whether all were found. */
async function findBugs(word: string, from: number, most: number): Promise<boolean> {
  const bugs = Object.entries(PLANTED_BUGS).filter(([name]) => word === ALL_BUGS || name.includes(word))
  let missed = 0
  for (const [name, bug] of bugs) {
    const finding = await findBug(bug, from, most)
    if (finding === null) missed++
    console.log(finding === null ? `not within ${most} seeds: ${name}` : `seed ${finding.seed}: ${name}\n${finding.by}`)
  }
  console.log(`${bugs.length - missed} passed, ${missed} failed`)
  return missed === 0
}

/** The first seed that finds the bug, and the first lines by which it does. */
async function findBug(bug: PlantedBug, from: number, most: number): Promise<{ seed: number; by: string } | null> {
  for (let seed = from; seed < from + most; seed++) {
    const error: Error | null = await runWithBug(seed, bug).then(
      () => null,
      (error) => error,
    )
    if (error !== null) return { seed, by: error.message.split('\n')[1] ?? '' }
  }
  return null
}

const { SEED, SEEDS, FROM, SCENARIO, BUGS } = process.env
const from = Number(FROM ?? 1)
if (BUGS) process.exit((await findBugs(BUGS, from, Number(SEEDS ?? MOST_SEEDS_FOR_A_BUG))) ? 0 : 1)
const names = SCENARIO ? SCENARIO.split(',') : Object.keys(SCENARIOS)
let passed = 0
let failed = 0
for (const name of names) {
  if (!(name in SCENARIOS))
    throw new Error(`There is no scenario ${name}; there are ${Object.keys(SCENARIOS).join(', ')}.`)
  if (SEED !== undefined) {
    if (await replay(name, Number(SEED))) passed++
    else failed++
    continue
  }
  const count = Number(SEEDS ?? DEFAULT_SEEDS)
  const bad = await runMany(name, from, count)
  if (bad.length > 0) console.error(`to replay: make sim SCENARIO=${name} SEED=${bad[0]}`)
  passed += count - bad.length
  failed += bad.length
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
