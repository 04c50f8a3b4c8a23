import type { CrashMode } from '../disk.ts'
import type { SeededRandom } from '../random.ts'
import type { SimNode, World } from '../world.ts'

export interface Victims {
  broker: SimNode
  clients: readonly SimNode[]
  /** The losses that a crash of the broker brings. */
  crashMode: CrashMode
  /** A clean stop, or as much of it as there is time for. */
  stopBroker: () => Promise<void>
  /** The files on which a disk may fail. */
  fragile: readonly RegExp[]
  /** How long everything lasts, 1 as a rule. */
  pace: number
}

export type Blow = (world: World, random: SeededRandom, victims: Victims) => Promise<void>

/** Strikes again and again for so long; everything is mended in the end. */
export async function torment(
  world: World,
  victims: Victims,
  durationMs: number,
  blows: readonly Blow[] = BLOWS,
): Promise<void> {
  const random = world.random.stream('nemesis')
  const endMs = world.timeMs + durationMs
  while (world.timeMs < endMs) {
    await world.runFor(random.between(50, 3000) * victims.pace)
    while (!victims.broker.isUp) await world.runFor(50)
    await random.pick(blows)(world, random, victims)
  }
}

export const crashBroker: Blow = async (world, random, { broker, crashMode, pace }) => {
  broker.crashAfter(1 + random.integer(60), crashMode)
  const patienceMs = world.timeMs + 3000
  while (broker.isUp && world.timeMs < patienceMs) await world.runFor(20)
  if (broker.isUp) broker.crash(crashMode)
  await world.runFor(random.between(10, 2000) * pace)
  startAgain(broker)
}

/** Unless whoever looks after it was quicker. */
function startAgain(broker: SimNode): void {
  if (!broker.isUp) broker.start()
}

/** Again before it has quite recovered. */
const crashBrokerTwice: Blow = async (world, random, victims) => {
  await crashBroker(world, random, victims)
  await world.runFor(random.between(0, 100) * victims.pace)
  await crashBroker(world, random, victims)
}

const restartClient: Blow = async (world, random, { clients, pace }) => {
  const client = random.pick(clients)
  client.crash('kill')
  await world.runFor(random.between(10, 8000) * pace)
  client.start()
}

const cutLink: Blow = async (world, random, { broker, clients, pace }) => {
  const client = random.pick(clients)
  world.net.cut(broker, client)
  await world.runFor(random.between(10, 9000) * pace)
  world.net.heal(broker, client)
}

const resetConnections: Blow = async (world, random, { broker, clients }) => {
  world.net.reset(broker, random.pick(clients))
}

const pauseBroker: Blow = async (world, random, { broker, pace }) => {
  broker.process.pause(random.between(10, 8000) * pace)
  await world.runFor(random.between(0, 8000) * pace)
}

const pauseClient: Blow = async (world, random, { clients, pace }) => {
  random.pick(clients).process.pause(random.between(10, 9000) * pace)
  await world.runFor(random.between(0, 3000) * pace)
}

const slowDisk: Blow = async (world, random, { broker, pace }) => {
  broker.disk.slowness = random.between(2, 30)
  broker.disk.inlineWrites = 0
  await world.runFor(random.between(100, 3000) * pace)
  broker.disk.slowness = 1
  broker.disk.inlineWrites = 0.7
}

const moveWallClock: Blow = async (world, random, { broker }) => {
  broker.wallOffsetMs += random.between(-10_000, 10_000)
  world.record(`wall clock ${broker.wallOffsetMs}`)
}

const stopBroker: Blow = async (world, random, { broker, stopBroker, pace }) => {
  let stopped = false
  stopBroker().then(() => {
    stopped = true
  })
  const patienceMs = world.timeMs + random.between(0, 6000)
  while (broker.isUp && !stopped && world.timeMs < patienceMs) await world.runFor(20)
  if (broker.isUp) broker.crash('kill')
  await world.runFor(random.between(10, 500) * pace)
  startAgain(broker)
}

const fillDisk: Blow = async (world, random, { broker: { disk }, pace }) => {
  const { capacityBytes } = disk
  disk.capacityBytes += random.integer(1000) - disk.usableBytes
  await world.runFor(random.between(100, 4000) * pace)
  disk.capacityBytes = capacityBytes
}

/**
 * The broker must give up a disk that fails, and so itself. After a sync that failed nobody can promise anything about
 * the pages in question, so that is only done where power stays on.
 */
const failDisk: Blow = async (world, random, { broker, crashMode, fragile }) => {
  const operation = crashMode === 'power' ? 'write' : random.pick(['write', 'sync', 'truncate'] as const)
  broker.disk.failNext(operation, 'EIO', random.pick(fragile))
  const { starts } = broker
  const patienceMs = world.timeMs + 3000
  while (broker.starts === starts && world.timeMs < patienceMs) await world.runFor(20)
  broker.disk.clearFaults()
  await world.runFor(200)
}

/** Faults that happen most stand here more than once. */
export const BLOWS: readonly Blow[] = [
  crashBroker,
  crashBroker,
  crashBroker,
  crashBrokerTwice,
  restartClient,
  restartClient,
  cutLink,
  cutLink,
  resetConnections,
  resetConnections,
  pauseBroker,
  pauseClient,
  slowDisk,
  stopBroker,
  fillDisk,
  failDisk,
  moveWallClock,
]
