/** The ways in which a node of a cluster or its network fails, and for how long. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster } from '../../../compat-tests/cluster/nodes.ts'
import type { BrokerProcess } from '../../../compat-tests/support/broker.ts'
import type { SeededRandom } from '../../../proof/sim/random.ts'

/** A session of a broker with the controller; longer faults end it. */
export const SESSION_MS = 3_000
const SHORT_MS = [200, 1_500] as const
const LONG_MS = [4_500, 7_000] as const

interface Target {
  readonly cluster: Cluster
  readonly id: number
  readonly node: BrokerProcess
  /** The other brokers. */
  readonly peers: readonly number[]
  readonly forMs: number
  readonly isLoud: boolean
}

interface Kind {
  /** At least and at most. */
  readonly lasts: readonly [number, number]
  readonly cuts?: true
  readonly controller?: true
  /** Resolves when the fault is over, and a broker that was killed answers again. */
  strike(target: Target): Promise<void>
}

const killed = async ({ node, forMs }: Target) => {
  await node.kill()
  await delay(forMs)
  await node.start()
}

const stopped = async ({ node, forMs }: Target) => {
  node.suspend()
  await delay(forMs)
  node.resume()
}

/** Nothing passes from these nodes to those. */
const cut =
  (pairs: (target: Target) => readonly (readonly [from: readonly number[], to: readonly number[]])[]) =>
  async (target: Target) => {
    const { cluster, forMs, isLoud } = target
    const heals = pairs(target).map(([from, to]) => cluster.links!.cut({ from, to, isLoud }))
    await delay(forMs)
    for (const heal of heals) heal()
  }

const both = (some: readonly number[], others: readonly number[]) => [[some, others] as const, [others, some] as const]

const KINDS: Readonly<Record<string, Kind>> = {
  'killed, and started at once': { lasts: [0, 1], strike: killed },
  'killed, and started later': { lasts: LONG_MS, strike: killed },
  'stopped for a moment': { lasts: SHORT_MS, strike: stopped },
  'stopped for long': { lasts: LONG_MS, strike: stopped },
  'cut off from the brokers': { lasts: LONG_MS, cuts: true, strike: cut(({ id, peers }) => both([id], peers)) },
  'cut off from the controllers': {
    lasts: LONG_MS,
    cuts: true,
    strike: cut(({ id, cluster }) => both([id], cluster.controllerIds)),
  },
  'cut off from all': {
    lasts: LONG_MS,
    cuts: true,
    strike: cut(({ id, peers, cluster }) => both([id], [...peers, ...cluster.controllerIds])),
  },
  'heard by no broker': { lasts: LONG_MS, cuts: true, strike: cut(({ id, peers }) => [[[id], peers]]) },
  'deaf to the brokers': { lasts: LONG_MS, cuts: true, strike: cut(({ id, peers }) => [[peers, [id]]]) },
  'killed as a controller': {
    lasts: SHORT_MS,
    controller: true,
    async strike({ node, forMs }) {
      await node.kill()
      await delay(forMs)
      node.spawn()
    },
  },
}

export interface Fault {
  readonly kind: string
  /** A number that chooses among the nodes. */
  readonly victim: number
  readonly forMs: number
  /** A cut breaks connections, in place of holding back what passes. */
  readonly isLoud: boolean
  /** The cluster is left in peace for so long before. */
  readonly peaceMs: number
  /** It comes while the cluster has not recovered from the one before. */
  readonly isHasty: boolean
}

const HASTE = 5
const MANY = 1 << 16

/** Each kind comes once before one comes again. */
export function planFaults(random: SeededRandom, count: number, canCut: boolean): Fault[] {
  const kinds = Object.keys(KINDS).filter((kind) => canCut || KINDS[kind]?.cuts !== true)
  const faults: Fault[] = []
  let round: string[] = []
  while (faults.length < count) {
    if (round.length === 0) round = [...kinds]
    const [kind] = round.splice(random.integer(round.length), 1) as [string]
    const [least, most] = KINDS[kind]!.lasts
    faults.push({
      kind,
      victim: random.integer(MANY),
      forMs: least + random.integer(most - least),
      isLoud: random.integer(2) === 0,
      peaceMs: 200 + random.integer(1_000),
      isHasty: random.integer(HASTE) === 0,
    })
  }
  return faults
}

/** The process ends, and another one takes its place. */
export const isKill = ({ kind }: Fault): boolean => KINDS[kind]?.strike === killed

/** The node that the fault strikes, by its id. */
export function victimOf({ brokers, controllerIds }: Cluster, { kind, victim }: Fault): number {
  const nodes = KINDS[kind]?.controller === true ? controllerIds : [...brokers.keys()]
  return nodes[victim % nodes.length]!
}

/** Resolves when the fault is over. */
export function strike(cluster: Cluster, fault: Fault): Promise<void> {
  const id = victimOf(cluster, fault)
  const peers = [...cluster.brokers.keys()].filter((other) => other !== id)
  const { forMs, isLoud } = fault
  return KINDS[fault.kind]!.strike({ cluster, id, node: cluster.nodes.get(id)!, peers, forMs, isLoud })
}
