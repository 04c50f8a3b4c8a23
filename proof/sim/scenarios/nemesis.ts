import type { SeededRandom } from '../random.ts'
import type { SimNode, World } from '../world.ts'
import type { TormentedBroker } from './tormented-broker.ts'

export interface Victims {
  broker: TormentedBroker
  clients: readonly SimNode[]
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
    while (!victims.broker.node.isUp) await world.runFor(50)
    await random.pick(blows)(world, random, victims)
  }
}

export const crashBroker: Blow = async (world, random, { broker: { node, crashMode }, pace }) => {
  node.crashAfter(1 + random.integer(60), crashMode)
  const patienceMs = world.timeMs + 3000
  while (node.isUp && world.timeMs < patienceMs) await world.runFor(20)
  if (node.isUp) node.crash(crashMode)
  await world.runFor(random.between(10, 2000) * pace)
  startAgain(node)
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

export const restartClient: Blow = async (world, random, { clients, pace }) => {
  const client = random.pick(clients)
  client.crash('kill')
  await world.runFor(random.between(10, 8000) * pace)
  client.start()
}

const cutLink: Blow = async (world, random, { broker: { node }, clients, pace }) => {
  const client = random.pick(clients)
  world.net.cut(node, client)
  await world.runFor(random.between(10, 9000) * pace)
  world.net.heal(node, client)
}

const resetConnections: Blow = async (world, random, { broker: { node }, clients }) => {
  world.net.reset(node, random.pick(clients))
}

const pauseBroker: Blow = async (world, random, { broker: { node }, pace }) => {
  node.process.pause(random.between(10, 8000) * pace)
  await world.runFor(random.between(0, 8000) * pace)
}

const pauseClient: Blow = async (world, random, { clients, pace }) => {
  random.pick(clients).process.pause(random.between(10, 9000) * pace)
  await world.runFor(random.between(0, 3000) * pace)
}

const slowDisk: Blow = async (world, random, { broker: { node }, pace }) => {
  node.disk.slowness = random.between(2, 30)
  node.disk.inlineWrites = 0
  await world.runFor(random.between(100, 3000) * pace)
  node.disk.slowness = 1
  node.disk.inlineWrites = 0.7
}

const moveWallClock: Blow = async (world, random, { broker: { node } }) => {
  node.wallOffsetMs += random.between(-10_000, 10_000)
  world.record(`wall clock ${node.wallOffsetMs}`)
}

const stopBroker: Blow = async (world, random, { broker, pace }) => {
  const { node } = broker
  let stopped = false
  broker.stop().then(() => {
    stopped = true
  })
  const patienceMs = world.timeMs + random.between(0, 6000)
  while (node.isUp && !stopped && world.timeMs < patienceMs) await world.runFor(20)
  if (node.isUp) node.crash('kill')
  await world.runFor(random.between(10, 500) * pace)
  startAgain(node)
}

const fillDisk: Blow = async (world, random, { broker: { node }, pace }) => {
  const { disk } = node
  const { capacityBytes } = disk
  disk.capacityBytes += random.integer(1000) - disk.usableBytes
  await world.runFor(random.between(100, 4000) * pace)
  disk.capacityBytes = capacityBytes
}

/**
 * The broker must give up a disk that fails, and so itself. After a sync that failed nobody can promise anything about
 * the pages in question, so that is only done where power stays on.
 */
const failDisk: Blow = async (world, random, { broker: { node, crashMode }, fragile }) => {
  const operation = crashMode === 'power' ? 'write' : random.pick(['write', 'sync', 'truncate'] as const)
  node.disk.failNext(operation, 'EIO', random.pick(fragile))
  const { starts } = node
  const patienceMs = world.timeMs + 3000
  while (node.starts === starts && world.timeMs < patienceMs) await world.runFor(20)
  node.disk.clearFaults()
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
