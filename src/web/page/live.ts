/**
 * The numbers that move: a sample now and then, each the difference to the one before. A sample of ten thousand topics
 * costs more than one of ten: the pause between two of them is so long that looking takes a hundredth of the time.
 */
import type { Clock } from '../../env/index.ts'
import type { BrokerCalls } from './broker-calls.ts'
import { lagsByGroup } from './groups/lags.ts'
import type { BrokerNumbers, LiveSample } from './model.ts'
import { byTopic, LATEST, offsetsOf } from './offsets.ts'
import type { BrokerCounts } from './surroundings.ts'
import { type NamedTopic, topicsOf } from './topics/list.ts'

const LEAST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000
/** The time of a sample, as a share of the time between two. */
const SHARE_OF_TIME = 100
const MOST_BEHIND = 8

interface Ends {
  readonly atMs: number
  readonly byTopic: ReadonlyMap<string, number>
}

export class LiveFeed {
  readonly #calls: BrokerCalls
  readonly #clock: Clock
  readonly #counts: () => BrokerCounts | null
  #before: Ends | null = null
  #countsBefore: { readonly atMs: number; readonly counts: BrokerCounts } | null = null
  #costMs = 0

  /** `counts` gives null to those who may see neither them nor disks. */
  constructor(calls: BrokerCalls, clock: Clock, counts: () => BrokerCounts | null) {
    this.#calls = calls
    this.#clock = clock
    this.#counts = counts
  }

  /** The pause before the next sample. */
  get pauseMs(): number {
    return Math.min(Math.max(this.#costMs * SHARE_OF_TIME, LEAST_PAUSE_MS), LONGEST_PAUSE_MS)
  }

  async sample(): Promise<LiveSample> {
    const beginMs = this.#clock.monotonicMs()
    const topics = await topicsOf(this.#calls)
    const ends = await this.#ends(topics)
    const rates = this.#rates(ends)
    const counts = this.#counts()
    const groups = await groupNumbers(this.#calls)
    // To ask for what is refused would fill the audit, sample by sample.
    const disk = counts === null ? NO_DISK : await diskNumbers(this.#calls)
    // The first sample is cold and costs many times what the others do, and a line is drawn from the second one on.
    if (this.#before !== null) this.#costMs = this.#clock.monotonicMs() - beginMs
    this.#before = ends
    const partitions = topics.flatMap((topic) => topic.partitions)
    return {
      timeMs: this.#clock.nowMs(),
      rates,
      recordsPerSecond: sum(Object.values(rates)),
      records: sum(ends.byTopic.values()),
      topics: topics.filter(({ isInternal }) => !isInternal).length,
      partitions: partitions.length,
      offline: partitions.filter(({ leaderId }) => leaderId < 0).length,
      underReplicated: partitions.filter((each) => each.isrNodes.length < each.replicaNodes.length).length,
      ...disk,
      ...groups,
      broker: counts === null ? null : this.#numbers(counts),
    }
  }

  /** The rates since the sample before; the first one has none. */
  #numbers(counts: BrokerCounts): BrokerNumbers {
    const atMs = this.#clock.monotonicMs()
    const before = this.#countsBefore?.counts ?? counts
    const seconds = (atMs - (this.#countsBefore?.atMs ?? atMs)) / 1_000
    this.#countsBefore = { atMs, counts }
    const rate = (of: (counts: BrokerCounts) => number) => (seconds > 0 ? (of(counts) - of(before)) / seconds : 0)
    return {
      connections: counts.connections,
      bytesInPerSecond: rate(({ bytesIn }) => bytesIn),
      bytesOutPerSecond: rate(({ bytesOut }) => bytesOut),
      requestsPerSecond: rate(({ requests }) => requests),
      errorsPerSecond: rate(({ errors }) => errors),
      memoryBytes: counts.memoryBytes,
      busy: Math.min(
        1,
        rate(({ activeSeconds }) => activeSeconds),
      ),
    }
  }

  async #ends(topics: readonly NamedTopic[]): Promise<Ends> {
    const wanted = byTopic(
      topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex }) => ({ topic: name, partition: partitionIndex })),
      ),
    )
    const offsets = await offsetsOf(this.#calls, wanted, LATEST)
    const totals = new Map<string, number>()
    for (const [key, { offset }] of offsets) {
      const topic = key.slice(0, key.lastIndexOf(':'))
      totals.set(topic, (totals.get(topic) ?? 0) + Math.max(0, offset))
    }
    return { atMs: this.#clock.monotonicMs(), byTopic: totals }
  }

  #rates({ atMs, byTopic }: Ends): Record<string, number> {
    if (this.#before === null) return {}
    const seconds = (atMs - this.#before.atMs) / 1_000
    const rates: Record<string, number> = {}
    for (const [topic, end] of byTopic) {
      // A topic that was deleted and created again begins anew.
      const grown = end - (this.#before.byTopic.get(topic) ?? end)
      if (grown > 0 && seconds > 0) rates[topic] = grown / seconds
    }
    return rates
  }
}

async function groupNumbers(calls: BrokerCalls) {
  const { groups } = await calls.call('ListGroups', {})
  const listed = groups.map(({ groupId, groupType: type }) => ({ groupId, type }))
  const behind = [...(await lagsByGroup(calls, listed))]
    .map(([groupId, { total }]) => ({ groupId, lag: total }))
    .filter(({ lag }) => lag > 0)
    .sort((a, b) => b.lag - a.lag)
  return {
    groups: groups.length,
    groupsBehind: behind.length,
    lag: sum(behind.map(({ lag }) => lag)),
    behind: behind.slice(0, MOST_BEHIND),
  }
}

const NO_DISK = { bytes: -1, diskTotal: -1, diskFree: -1 }

async function diskNumbers(calls: BrokerCalls) {
  const { results } = await calls.call('DescribeLogDirs', { topics: null })
  const partitions = results.flatMap(({ topics }) => topics.flatMap((topic) => topic.partitions))
  return {
    bytes: sum(partitions.map(({ partitionSize }) => Number(partitionSize))),
    diskTotal: sum(results.map(({ totalBytes }) => Math.max(0, Number(totalBytes)))),
    diskFree: sum(results.map(({ usableBytes }) => Math.max(0, Number(usableBytes)))),
  }
}

function sum(numbers: Iterable<number>): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}
