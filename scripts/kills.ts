/**
 * `make kills`: SIGKILLs of a real broker at random moments. MODE=plain kills it KILLS times (default 200) under
 * idempotent producers, half of them with every append fsynced; MODE=exactly-once kills it and its clients for MINUTES
 * (default 10, at least 50 kills) while they consume, transform and produce. Default: both. MODE=cluster strikes clusters
 * of three brokers KILLS times each (default 60), or for MINUTES each: processes are killed and stopped, networks are cut;
 * CLUSTERS names some of them. The last line is `N passed, N failed`.
 */

import { relayThroughKills } from './kills/exactly-once.ts'
import { killUnderLoad } from './kills/plain.ts'

const DEFAULT_KILLS = 200
const DEFAULT_MINUTES = 10
/** A broker lives for 5 s, and needs a moment to be back. */
const KILLS_A_MINUTE = 8
const SHOWN = 10

const { MODE = 'plain,exactly-once', KILLS, MINUTES } = process.env
const modes = new Set(MODE.split(','))
let passed = 0
let failed = 0

function check(what: string, findings: readonly string[]): void {
  if (findings.length === 0) passed++
  else failed++
  console.log(`${findings.length === 0 ? 'ok    ' : 'FAILED'} ${what}`)
  for (const finding of findings.slice(0, SHOWN)) console.log(`       ${finding}`)
}

const startedMs = performance.now()
const say = (text: string) => console.error(`${Math.round((performance.now() - startedMs) / 1000)} s: ${text}`)

if (modes.has('plain')) {
  const kills = Math.ceil(Number(KILLS ?? DEFAULT_KILLS) / 2)
  const flushes = { 'as it comes': {}, 'every append fsynced': { 'log.flush.interval.messages': '1' } }
  for (const [name, properties] of Object.entries(flushes)) {
    const { acknowledged, violations } = await killUnderLoad(kills, properties)
    check(`${name}: ${kills} kills, ${acknowledged} records acknowledged, none lost, changed or doubled`, violations)
  }
}
if (modes.has('exactly-once')) {
  const kills = Number(KILLS ?? Math.ceil(Number(MINUTES ?? DEFAULT_MINUTES) * KILLS_A_MINUTE))
  const { orders, aborted, violations, topics } = await relayThroughKills(kills, say)
  check(`${kills} kills of the broker: ${orders} orders committed, ${aborted} transactions aborted`, violations)
  for (const { client, relayed, kills: clientKills, problems } of topics) {
    check(`${client}, killed ${clientKills} times: ${relayed} relayed, each order once and in order`, problems)
  }
}
if (modes.has('cluster')) {
  const { strikeClusters } = await import('./kills/cluster.ts')
  for (const note of await strikeClusters(process.env, say, check)) console.log(note)
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
