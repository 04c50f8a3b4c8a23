/**
 * The log on the simulated disk: a process that dies at every kind of point and comes back. Torn writes, lost and
 * reordered pages, names that were not durable, full and failing disks, turned bits; writes that go into the page cache
 * at once, that go through the pool, and both in turn. Everything comes from the seed.
 */
import type { LogManager } from '../../../src/log/manager/log-manager.ts'
import type { CrashMode, SimDisk } from '../../sim/disk.ts'
import { SeededRandom } from '../../sim/random.ts'
import type { Sabotage } from '../../sim/seams.ts'
import { World } from '../../sim/world.ts'
import { rotTail } from './bit-rot.ts'
import { type Ending, History } from './history.ts'
import { Life } from './life.ts'

export const LIVES = 6

/** How often each kind of end and trouble has come; a run of many stories adds them up. */
export interface Tally {
  kills: number
  powerFailures: number
  cleanStops: number
  fullDisks: number
  failingDisks: number
  turnedBits: number
  acknowledged: number
}

export const emptyTally = (): Tally => ({
  kills: 0,
  powerFailures: 0,
  cleanStops: 0,
  fullDisks: 0,
  failingDisks: 0,
  turnedBits: 0,
  acknowledged: 0,
})

export interface StoryOptions {
  tally?: Tally
  /** A bug that is planted on purpose. */
  sabotage?: Sabotage
  /** Without what was added since the first seeds had found something: told so, those seeds mean the same for ever. */
  asFirstTold?: boolean
}

/** Rejects with the first thing that is not as it was promised. */
export async function tellStory(seed: number, options: StoryOptions = {}): Promise<void> {
  const { tally = emptyTally(), sabotage, asFirstTold = false } = options
  const world = new World(seed)
  const random = new SeededRandom(`log ${seed}`)
  const added = random.stream('added')
  const history = new History()
  const setting = {
    segmentBytes: random.pick([700, 3000, 1 << 20]),
    flushMessages: random.pick([1, 5, Infinity, Infinity]),
    isReplica: !asFirstTold && added.chance(0.5),
  }
  const node = world.spawn('broker', () => {})
  if (!asFirstTold) node.disk.inlineWrites = added.pick([0, 0.7, 1])
  node.crash('kill')
  let ending: Ending = 'kill'
  for (let life = 0; life < LIVES; life++) {
    const before = ending
    let done = false
    const mustLosePower = troubleDisk(node.disk, random, tally)
    node.start(async (environment) => {
      const lived = new Life(sabotage?.(environment) ?? environment, random.stream(`life ${life}`), history, setting)
      const manager = await lived.run(before)
      if (random.chance(0.3) && (await stopsCleanly(manager, life))) ending = 'stop'
      done = true
    })
    const crash = mustLosePower ? 'power' : random.pick(['kill', 'power'] as const)
    ending = crash
    node.crashAfter(20 + random.integer(400), crash)
    await world.runUntil(() => done || !node.isUp, `life ${life}`)
    // After a clean stop even the power may go.
    if (node.isUp) node.crash(crash)
    count(tally, ending)
    node.disk.clearFaults()
    node.disk.capacityBytes = 1 << 30
    if (ending === 'power') history.lostPower()
    if (!asFirstTold && ending === 'kill' && added.chance(0.15)) turnABit(node.disk, added, history, tally)
  }
  tally.acknowledged += history.acknowledged.size
}

async function stopsCleanly(manager: LogManager, brokerEpoch: number): Promise<boolean> {
  await manager.stop(brokerEpoch)
  return manager.directories.every(({ offline }) => !offline)
}

/**
 * True when a sync will fail. Pages that it lost stay in the kernel's cache, where the next process would find them and
 * believe them durable; no process can tell, so the machine has to go down with such a disk.
 */
function troubleDisk(disk: SimDisk, random: SeededRandom, tally: Tally): boolean {
  if (random.chance(0.15)) {
    disk.capacityBytes = 2000 + random.integer(20_000)
    tally.fullDisks++
  }
  if (random.chance(0.1)) {
    disk.failNext('write', 'EIO', /\.log$/, 1)
    tally.failingDisks++
  }
  if (!random.chance(0.1)) return false
  disk.failNext('sync', 'EIO', /\.log$/, 1)
  tally.failingDisks++
  return true
}

function turnABit(disk: SimDisk, random: SeededRandom, history: History, tally: Tally): void {
  const damagedFrom = rotTail(disk, random)
  if (damagedFrom === null) return
  history.letGoFrom(damagedFrom)
  tally.turnedBits++
}

function count(tally: Tally, ending: CrashMode | 'stop'): void {
  if (ending === 'stop') tally.cleanStops++
  else if (ending === 'power') tally.powerFailures++
  else tally.kills++
}
