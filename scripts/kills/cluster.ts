/** `make kills MODE=cluster`: clusters of three brokers under the same faults, and how long partitions were without a leader. */
import { median } from '../../compat-tests/bench/load/statistics.ts'
import { whyNoCuts } from '../../compat-tests/cluster/links.ts'
import type { ClusterOptions } from '../../compat-tests/cluster/nodes.ts'
import { SeededRandom } from '../../proof/sim/random.ts'
import { apacheKafka } from '../toolchain/apache-kafka.ts'
import { planFaults } from './cluster/faults.ts'
import { tormentCluster } from './cluster/torment.ts'

const DEFAULT_FAULTS = 60
const FAULTS_A_MINUTE = 8

/** The last one is what the others are compared with. */
const CLUSTERS = {
  'samsa-under-apache': { samsa: 3 },
  'samsa-under-three': { samsa: 3, controllers: 3 },
  samsa: { samsa: 3, controller: 'samsa' },
  mixed: { samsa: 2, apache: 1 },
  'mixed-under-samsa': { samsa: 2, apache: 1, controller: 'samsa' },
  apache: { samsa: 0, apache: 3 },
} as const satisfies Record<string, ClusterOptions>

const REFERENCE = 'apache'

interface Wishes {
  readonly KILLS?: string
  readonly MINUTES?: string
  readonly SEED?: string
  readonly CLUSTERS?: string
}

type Gaps = ReadonlyMap<string, readonly number[]>

/** All clusters get the same faults in the same order; resolves to notes for a person. */
export async function strikeClusters(
  { KILLS, MINUTES, SEED = String(Date.now() % 100_000), CLUSTERS: wanted }: Wishes,
  say: (text: string) => void,
  check: (what: string, violations: readonly string[]) => void,
): Promise<string[]> {
  const lookup = await apacheKafka()
  if (!lookup.ok) return [`skipped: clusters take Apache Kafka: ${lookup.reason}`]
  const names = wanted?.split(',') ?? Object.keys(CLUSTERS)
  const unknown = names.filter((name) => !(name in CLUSTERS))
  if (unknown.length > 0) throw new Error(`There is no cluster ${unknown}: ${Object.keys(CLUSTERS).join(', ')}`)
  const count = Number(KILLS ?? (MINUTES === undefined ? DEFAULT_FAULTS : Number(MINUTES) * FAULTS_A_MINUTE))
  const noCuts = whyNoCuts()
  const faults = planFaults(new SeededRandom(SEED), count, noCuts === null)
  const gaps = new Map<string, Gaps>()
  const notes = [`seed ${SEED}`, ...(noCuts === null ? [] : [`no network was cut: ${noCuts}`])]
  for (const name of names) {
    const cluster = { ...CLUSTERS[name as keyof typeof CLUSTERS], cuttable: noCuts === null }
    const untilMs = MINUTES === undefined ? Number.POSITIVE_INFINITY : performance.now() + Number(MINUTES) * 60_000
    const torment = { cluster, faults, untilMs, kafka: lookup.tool, say: (text: string) => say(`${name}: ${text}`) }
    const struck = await tormentCluster(torment).catch((error: Error) => error)
    if (struck instanceof Error) {
      check(`${name}: the cluster did not come through`, [struck.message])
      continue
    }
    const { faults: struckBy, acknowledged, read, violations, gapsMs } = struck
    gaps.set(name, gapsMs)
    const what = `${name}: ${struckBy} faults, ${acknowledged} records acknowledged, ${read} read by groups, none lost, changed or doubled`
    check(what, violations)
  }
  return [...notes, ...comparison(gaps)]
}

function comparison(gaps: ReadonlyMap<string, Gaps>): string[] {
  const reference = gaps.get(REFERENCE)
  const all = (each: Gaps) => median([...each.values()].flat())
  return [...gaps].map(([name, each]) => {
    const kinds = [...each].map(([fault, values]) => `${fault} ${Math.round(median(values))} (${values.length})`).sort()
    const ratio =
      reference === undefined || name === REFERENCE ? '' : `, ${(all(each) / all(reference)).toFixed(2)} of Apache's`
    return `${name}: median time without a leader ${Math.round(all(each))} ms${ratio}: ${kinds.join('; ')}`
  })
}
