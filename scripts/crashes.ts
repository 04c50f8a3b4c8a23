/**
 * `make crashes`: stories of a log on the simulated disk, each from a seed, and the bugs planted to prove that they see
 * something. SEEDS=n stories (FROM=m: from that one on), SEED=42 tells one. The last line is `N passed, N failed`.
 */
import { findBug, PLANTED_BUGS } from '../proof/log/crashes/planted-bugs.ts'
import { emptyTally, LIVES, type Tally, tellStory } from '../proof/log/crashes/story.ts'

const DEFAULT_SEEDS = 200
/** A planted bug that this many stories do not find would not have been found by accident either. */
const SEEDS_PER_BUG = 2_000
const PROGRESS_MS = 10_000

const onTerminal = process.stderr.isTTY === true

async function tellMany(from: number, count: number, tally: Tally): Promise<number[]> {
  const failed: number[] = []
  let toldMs = performance.now()
  for (let seed = from; seed < from + count; seed++) {
    try {
      await tellStory(seed, { tally })
    } catch (error) {
      failed.push(seed)
      console.log(`seed ${seed}: ${(error as Error).message}`)
    }
    if (onTerminal && performance.now() - toldMs > PROGRESS_MS) {
      toldMs = performance.now()
      console.error(`${seed - from + 1} of ${count} stories`)
    }
  }
  return failed
}

function printTally(count: number, tally: Tally): void {
  const { kills, powerFailures, cleanStops } = tally
  const rows: [string, number][] = [
    ['stories', count],
    ['lives', count * LIVES],
    ['crashes', kills + powerFailures],
    ['  of the process', kills],
    ['  of the machine', powerFailures],
    ['clean stops', cleanStops],
    ['full disks', tally.fullDisks],
    ['failing disks', tally.failingDisks],
    ['turned bits', tally.turnedBits],
    ['records held to', tally.acknowledged],
  ]
  for (const [what, times] of rows) console.log(`${what.padEnd(18)}${String(times).padStart(10)}`)
}

async function findAll(): Promise<number> {
  console.log(`\n${'planted bug'.padEnd(46)}  seed  finding`)
  let missed = 0
  for (const [name, bug] of Object.entries(PLANTED_BUGS)) {
    const found = await findBug(bug, SEEDS_PER_BUG)
    if (found === null) missed++
    const where = found === null ? '   –' : String(found.seed).padStart(4)
    console.log(`${name.padEnd(46)}  ${where}  ${found?.finding ?? 'not found'}`)
  }
  return missed
}

const { SEED, SEEDS, FROM } = process.env
const from = Number(SEED ?? FROM ?? 1)
const count = SEED === undefined ? Number(SEEDS ?? DEFAULT_SEEDS) : 1
const tally = emptyTally()
const failed = await tellMany(from, count, tally)
printTally(count, tally)
const bugs = SEED === undefined ? Object.keys(PLANTED_BUGS).length : 0
const missed = SEED === undefined ? await findAll() : 0
if (failed.length > 0) console.error(`to replay: make crashes SEED=${failed[0]} (failed: ${failed.join(', ')})`)
console.log(`\n${count - failed.length + bugs - missed} passed, ${failed.length + missed} failed`)
// Stories that were cut short leave promises and timers behind.
process.exit(failed.length + missed === 0 ? 0 : 1)
