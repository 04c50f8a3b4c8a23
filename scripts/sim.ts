/**
 * `make sim`: simulated runs of a broker and its clients, each from a seed. SEED=42 replays one and tells its story;
 * SEEDS=n runs n of them (FROM=m: from that one on). The last line is `N passed, N failed`.
 */
import { runScenario } from '../test/sim/scenarios/scenario.ts'

const DEFAULT_SEEDS = 20

async function replay(seed: number): Promise<boolean> {
  try {
    const first = await runScenario(seed)
    const { hash, effects, acknowledged, commits, brokerStarts } = first
    console.log(`seed ${seed}: trace ${hash}, ${effects} effects, ${acknowledged} records acknowledged,`)
    console.log(`  ${commits} commits, the broker started ${brokerStarts} times`)
    const again = await runScenario(seed)
    if (again.hash === hash) return true
    console.error(`seed ${seed}: the second run has the trace ${again.hash}: something is not from the seed`)
  } catch (error) {
    report(error)
  }
  return false
}

async function runMany(from: number, count: number): Promise<number[]> {
  const failed: number[] = []
  for (let seed = from; seed < from + count; seed++) {
    try {
      await runScenario(seed)
    } catch (error) {
      failed.push(seed)
      report(error)
    }
  }
  return failed
}

function report(error: unknown): void {
  const { message, cause } = error as Error
  console.error(message)
  if (cause) console.error((cause as Error).stack ?? cause)
}

const { SEED, SEEDS, FROM } = process.env
if (SEED !== undefined) {
  const good = await replay(Number(SEED))
  console.log(good ? '1 passed, 0 failed' : '0 passed, 1 failed')
  process.exit(good ? 0 : 1)
}
const count = Number(SEEDS ?? DEFAULT_SEEDS)
const failed = await runMany(Number(FROM ?? 1), count)
if (failed.length > 0) console.error(`to replay: make sim SEED=${failed[0]} (failed: ${failed.join(', ')})`)
console.log(`${count - failed.length} passed, ${failed.length} failed`)
process.exit(failed.length === 0 ? 0 : 1)
