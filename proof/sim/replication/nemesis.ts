/** The nemesis of a cluster: each blow strikes brokers, their disks and their links, and is mended when it is over. */
import type { CrashMode } from '../disk.ts'
import type { SeededRandom } from '../random.ts'
import type { SimNode, World } from '../world.ts'

export interface ClusterVictims {
  readonly world: World
  readonly random: SeededRandom
  pause(ms: number): Promise<void>
  readonly brokers: readonly SimNode[]
  readonly clients: readonly SimNode[]
  readonly controllerHome: SimNode
  readonly crashMode: CrashMode
  /**
   * Whether the controller trusts no broker that has died (KIP-966): then one may be given an empty disk, and no other
   * one may die before it has everything again.
   */
  readonly hasElr: boolean
  /** Whether every replica that is assigned is in sync: one of them may lose what it has without a flush. */
  allInSync(): boolean
  /** Whether a broker may lose what it has without a flush although others are out of sync; it is taken at its word. */
  canSpare(broker: SimNode): boolean
  leaderNode(): SimNode | null
  /** Any partition, which is looked at again whenever it is asked how it is. */
  anyPartition(): () => PartitionView
  stop(broker: SimNode): Promise<void>
  move(): void
  electPreferred(): void
}

/** A partition as the controller has it. */
export interface PartitionView {
  readonly leader: SimNode | null
  /** In the order in which they are elected. */
  readonly replicas: readonly SimNode[]
  readonly inSync: readonly SimNode[]
}

type Blow = (victims: ClusterVictims) => Promise<void>

const DATA = '/data'

/** Whether the condition has come to hold in time; it is looked at every so often. */
async function waitFor(
  { world, pause }: ClusterVictims,
  mostMs: number,
  condition: () => boolean,
  everyMs = 10,
): Promise<boolean> {
  const endMs = world.timeMs + mostMs
  while (!condition() && world.timeMs < endMs) await pause(everyMs)
  return condition()
}

const comeInSync = (victims: ClusterVictims): Promise<boolean> => waitFor(victims, 3000, () => victims.allInSync(), 50)

/** A loss of power takes what was not flushed, and Kafka promises something only while others have it. */
const mayCrash = async (victims: ClusterVictims): Promise<boolean> => !victims.hasElr || comeInSync(victims)

async function crash(victims: ClusterVictims, node: SimNode | null): Promise<boolean> {
  const { random, crashMode } = victims
  const isSpared = node?.isUp === true && victims.canSpare(node)
  if (!(isSpared || (await mayCrash(victims))) || !node?.isUp) return false
  if (crashMode === 'kill' && random.chance(0.5)) {
    node.crashAfter(1 + random.integer(60), crashMode)
    await waitFor(victims, 500, () => !node.isUp)
  }
  if (node.isUp) node.crash(crashMode)
  return true
}

async function comeBack({ random, pause }: ClusterVictims, node: SimNode, mostMs: number): Promise<void> {
  await pause(random.between(10, mostMs))
  if (!node.isUp) node.start()
}

const crashLeader: Blow = async (victims) => {
  const node = victims.leaderNode()
  if (await crash(victims, node)) await comeBack(victims, node!, 1500)
}

const crashBroker: Blow = async (victims) => {
  const node = victims.random.pick(victims.brokers)
  if (await crash(victims, node)) await comeBack(victims, node, 1500)
}

/** The second one goes while the first one is still away, and both come back in any order. */
const crashTwo: Blow = async (victims) => {
  const { random, brokers, pause } = victims
  if (victims.hasElr) return crashBroker(victims)
  const first = random.pick(brokers)
  const second = random.pick(brokers)
  await crash(victims, first)
  await pause(random.between(10, 2000))
  await crash(victims, second)
  await comeBack(victims, random.chance(0.5) ? first : second, 2000)
  for (const node of [first, second]) await comeBack(victims, node, 1000)
}

/** The disk of a broker is replaced; the broker comes back when its cluster knows that it was gone. */
const loseDisk: Blow = async (victims) => {
  const { random, brokers, hasElr, pause } = victims
  if (!hasElr || !(await comeInSync(victims))) return
  const node = random.pick(brokers)
  if (!node.isUp) return
  node.crash('power')
  if (node.disk.find(DATA) !== undefined) node.disk.removeTree(DATA)
  await pause(1200)
  // Another blow may have brought it back: then the controller refuses it until the session of its last life is over.
  if (!node.isUp) node.start()
}

const cutBrokers: Blow = async ({ world, random, brokers, pause }) => {
  const [a, b] = [random.pick(brokers), random.pick(brokers)]
  if (a === b) return
  if (random.chance(0.5)) world.net.cut(a, b)
  else world.net.cutWay(a, b)
  await pause(random.between(100, 1800))
  world.net.heal(a, b)
}

/** A broker that leads and cannot hear what the controller decides meanwhile, nor its followers perhaps. */
const cutController: Blow = async ({ world, random, brokers, controllerHome, leaderNode, pause }) => {
  const node = random.chance(0.7) ? (leaderNode() ?? random.pick(brokers)) : random.pick(brokers)
  const way = random.integer(4)
  if (way < 2) world.net.cut(node, controllerHome)
  else if (way === 2) world.net.cutWay(node, controllerHome)
  else world.net.cutWay(controllerHome, node)
  const alsoFrom = random.chance(0.5) ? brokers.filter((other) => other !== node) : []
  for (const other of alsoFrom) world.net.cut(node, other)
  await pause(random.between(200, 2000))
  world.net.heal(node, controllerHome)
  for (const other of alsoFrom) world.net.heal(node, other)
}

const reset: Blow = async ({ world, random, brokers, clients }) => {
  world.net.reset(random.pick(brokers), random.pick([...brokers, ...clients]))
}

const stall: Blow = async ({ random, brokers, leaderNode, pause }) => {
  const node = random.chance(0.5) ? (leaderNode() ?? random.pick(brokers)) : random.pick(brokers)
  if (!node.isUp) return
  node.process.pause(random.between(50, 2000))
  await pause(random.between(0, 1500))
}

const slowDisk: Blow = async ({ random, brokers, pause }) => {
  const { disk } = random.pick(brokers)
  const { slowness, inlineWrites } = disk
  disk.slowness = random.between(5, 60)
  disk.inlineWrites = 0
  await pause(random.between(100, 1500))
  disk.slowness = slowness
  disk.inlineWrites = inlineWrites
}

const stopBroker: Blow = async (victims) => {
  const { random, brokers, stop } = victims
  const node = random.pick(brokers)
  if (!node.isUp) return
  let stopped = false
  void stop(node).then(() => {
    stopped = true
  })
  await waitFor(victims, 3000, () => !node.isUp || stopped, 20)
  if (node.isUp) node.crash('kill')
  await comeBack(victims, node, 1500)
}

const move: Blow = async ({ random, move, pause }) => {
  move()
  await pause(random.between(100, 2000))
}

const preferred: Blow = async ({ electPreferred }) => electPreferred()

const BLOWS: readonly Blow[] = [
  crashLeader,
  crashLeader,
  crashBroker,
  crashTwo,
  crashTwo,
  loseDisk,
  cutBrokers,
  cutBrokers,
  cutController,
  cutController,
  cutController,
  reset,
  stall,
  slowDisk,
  stopBroker,
  move,
  move,
  preferred,
]

/** A broker loses what was not flushed, and comes back where its controller hears it and no other broker does. */
const lonelyReturn: Blow = async (victims) => {
  const { world, random, brokers, leaderNode, pause } = victims
  const node = random.pick(brokers.filter((broker) => broker !== leaderNode()))
  if (!(await crash(victims, node))) return
  const others = brokers.filter((other) => other !== node)
  for (const other of others) world.net.cut(node, other)
  await pause(random.between(500, 800))
  if (!node.isUp) node.start()
  await pause(random.between(300, 1500))
  for (const other of others) world.net.heal(node, other)
}

/** The leader dies, and its cluster has the time to elect another one. */
async function replaceLeader(victims: ClusterVictims, leader: SimNode, view: () => PartitionView): Promise<void> {
  if (await crash(victims, leader)) await waitFor(victims, 1500, () => view().leader !== leader)
}

/** The follower that leads next, if it is in sync when the leader dies. */
const successorOf = ({ leader, replicas }: PartitionView): SimNode | undefined =>
  replicas.find((replica) => replica !== leader)

/**
 * A follower comes back in sync while its leader hears nothing of the controller, which hears it: the follower is in sync,
 * and the leader cannot know. Then it falls behind, and the leader dies.
 */
const unheardDecision: Blow = async (victims) => {
  const { world, random, controllerHome, anyPartition, pause } = victims
  const view = anyPartition()
  const { leader } = view()
  const successor = successorOf(view())
  if (leader === null || successor === undefined) return
  const isInSync = () => view().inSync.includes(successor)
  world.net.cut(leader, successor)
  await waitFor(victims, 1500, () => !isInSync())
  world.net.cutWay(controllerHome, leader)
  world.net.heal(leader, successor)
  if (await waitFor(victims, 400, isInSync)) {
    world.net.cut(leader, successor)
    await pause(random.between(100, 300))
    await replaceLeader(victims, leader, view)
  }
  world.net.heal(leader, successor)
  world.net.heal(leader, controllerHome)
  await comeBack(victims, leader, 500)
}

/**
 * A follower loses what was not flushed, and comes back where its controller hears it and no other broker does. Should it
 * be taken for in sync all the same, the leader dies.
 */
const rashReturn: Blow = async (victims) => {
  const { world, random, brokers, anyPartition, pause } = victims
  const view = anyPartition()
  const { leader } = view()
  const successor = successorOf(view())
  if (leader === null || successor === undefined || !(await crash(victims, successor))) return
  const isInSync = () => view().inSync.includes(successor)
  const others = brokers.filter((other) => other !== successor)
  for (const other of others) world.net.cut(successor, other)
  await waitFor(victims, 1000, () => !isInSync())
  await pause(random.between(10, 100))
  if (!successor.isUp) successor.start()
  if (await waitFor(victims, 1500, isInSync)) await replaceLeader(victims, leader, view)
  for (const other of others) world.net.heal(successor, other)
  await comeBack(victims, leader, 500)
}

const MOST_JUMP_MS = 10 * 60 * 1000

/** Somebody sets a broker's clock, forward or back. */
const setClock: Blow = async ({ random, brokers }) => {
  random.pick(brokers).wallOffsetMs = Math.round(random.between(-MOST_JUMP_MS, MOST_JUMP_MS))
}

/** Blows that only some worlds know. */
const MORE_BLOWS = {
  lonelyReturn,
  rashReturn,
  unheardDecision,
  setClock,
  move,
  preferred,
  cutController,
  crashLeader,
} as const
export type BlowName = keyof typeof MORE_BLOWS

/** Strikes again and again for so long, with `more` blows beside those of every world; each is mended when it is over. */
export async function tormentCluster(
  victims: ClusterVictims,
  durationMs: number,
  more: readonly BlowName[] = [],
): Promise<void> {
  const blows = [...BLOWS, ...more.map((name) => MORE_BLOWS[name])]
  const { world, random, pause } = victims
  const endMs = world.timeMs + durationMs
  while (world.timeMs < endMs) {
    await pause(random.between(10, 400))
    await random.pick(blows)(victims)
  }
}
