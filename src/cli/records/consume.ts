/** `samsa consume`: partitions read by oneself, or as a member of a group, until there is enough. */
import { randomUUID } from 'node:crypto'
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { commitOffsets, committedOffsets } from '../../client/admin/group-offsets.ts'
import type { PartitionOffset } from '../../client/admin/offsets.ts'
import { existingTopics, partitionName, partitionsOf, type TopicPartition } from '../../client/admin/partitions.ts'
import { ClassicMembership } from '../../client/consumer/classic-membership.ts'
import { ConsumerMembership } from '../../client/consumer/consumer-membership.ts'
import type { ConsumedRecord } from '../../client/consumer/fetched-records.ts'
import type { Membership } from '../../client/consumer/membership.ts'
import { PartitionReader } from '../../client/consumer/partition-reader.ts'
import { type CommandContext, UsageError } from '../cluster/context.ts'
import type { ReadBySchema } from '../schemas/decoded-records.ts'
import type { RegistryOptions } from '../schemas/registry-client.ts'
import { type Format, parseFormat } from './format.ts'
import { offsetsAt } from './offsets-at.ts'
import type { Place } from './place.ts'
import type { Predicate } from './predicate.ts'
import { type Encoding, recordJson } from './shown.ts'

export interface ConsumeOptions extends RegistryOptions {
  readonly format?: Format
  readonly from?: Place
  readonly until?: Place
  readonly count?: number
  readonly where?: Predicate
  readonly partition?: readonly number[]
  readonly key: Encoding
  readonly value: Encoding
  readonly isolation: 'committed' | 'uncommitted'
  readonly group?: string
  readonly groupProtocol: 'classic' | 'consumer'
  readonly instanceId?: string
  readonly sessionTimeout: number
}

type Context = CommandContext<ConsumeOptions>

const COMMIT_INTERVAL_MS = 5_000

export async function consume(context: Context): Promise<number> {
  const { options } = context
  const stop = new StopRequest()
  const read = await readingBySchema(options)
  const printer = new Printer(context, read, () => stop.ask())
  if (options.group === undefined) await consumeAlone(context, printer, stop)
  else await consumeInGroup(context, options.group, printer, stop)
  await context.output.flush()
  return 0
}

/** null: nobody asks for it, and nothing of it is loaded. */
async function readingBySchema(options: ConsumeOptions): Promise<ReadBySchema | null> {
  if (options.key !== 'schema' && options.value !== 'schema') return null
  return (await import('../schemas/decoded-records.ts')).readingBySchema(options, options)
}

/** Ctrl+C, or enough records. A second signal ends the process at once. */
class StopRequest {
  isAsked = false
  readonly #waiting: (() => void)[] = []

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => this.ask())
  }

  ask(): void {
    this.isAsked = true
    for (const each of this.#waiting.splice(0)) each()
  }

  /** Resolves with what the work gives, or to null when a stop is asked for. */
  async orStop<T>(work: Promise<T>): Promise<T | null> {
    if (this.isAsked) return null
    const stopped = new Promise<null>((resolve) => this.#waiting.push(() => resolve(null)))
    const outcome = await Promise.race([work, stopped])
    this.#waiting.length = 0
    // An error that still comes of it is of no interest.
    work.catch(() => {})
    return outcome
  }
}

class Printer {
  readonly #context: Context
  readonly #read: ReadBySchema | null
  readonly #format: Format
  readonly #enough: () => void
  #left: number

  constructor(context: Context, read: ReadBySchema | null, enough: () => void) {
    this.#context = context
    this.#read = read
    this.#format = context.options.format ?? parseFormat('%v\\n')
    this.#enough = enough
    this.#left = context.options.count ?? Number.POSITIVE_INFINITY
    if (this.#left === 0) enough()
  }

  /** Resolves to the offsets behind the last records that were looked at, where there were enough before the end. */
  async print(records: readonly ConsumedRecord[]): Promise<PartitionOffset[]> {
    const { output, options } = this.#context
    const looked = new Map<string, PartitionOffset>()
    for (const fetched of records) {
      if (this.#left === 0) break
      const record = this.#read === null ? fetched : await this.#read(fetched)
      const { topic, partition, offset } = record
      looked.set(partitionName(record), { topic, partition, offset: offset + 1 })
      if (options.where?.(record) === false) continue
      this.#left--
      if (options.json) await output.json(recordJson(record, options))
      else await output.bytes(this.#format(record, options, process.stdout.isTTY === true))
      if (this.#left === 0) this.#enough()
    }
    await output.flush()
    return [...looked.values()]
  }
}

const readerOptions = ({ options, client, environment }: Context) => ({
  isolation: options.isolation === 'committed' ? ('read_committed' as const) : ('read_uncommitted' as const),
  /** Records that are gone are passed over where nobody has asked for just this offset. */
  outOfRange: async (at: PartitionOffset): Promise<number> => {
    if (options.from?.kind === 'offset' && options.group === undefined) {
      const words = `${partitionName(at)} has no offset ${at.offset}: see samsa records offsets ${at.topic}`
      throw new KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE, words)
    }
    const [found] = await offsetsAt(client, [at], { kind: 'beginning' }, environment.clock.nowMs())
    return Math.max(found?.offset ?? 0, 0)
  },
})

async function consumeAlone(context: Context, printer: Printer, stop: StopRequest): Promise<void> {
  const { client, environment, options, words } = context
  const nowMs = environment.clock.nowMs()
  const all = partitionsOf(await existingTopics(client, words))
  const partitions = options.partition === undefined ? all : chosen(all, options.partition)
  const from: Place = options.from ?? { kind: options.until === undefined ? 'end' : 'beginning' }
  const starts = await offsetsAt(client, partitions, from, nowMs)
  const ends = options.until === undefined ? null : await offsetsAt(client, partitions, options.until, nowMs)
  const limits = new Map(ends?.map((each) => [partitionName(each), each.offset]))
  const isBefore = (each: PartitionOffset) =>
    each.offset < (limits.get(partitionName(each)) ?? Number.POSITIVE_INFINITY)
  const reader = new PartitionReader(client, readerOptions(context))
  reader.assign(starts.filter(isBefore))
  while (!stop.isAsked && reader.positions.length > 0) {
    const records = await stop.orStop(reader.poll())
    if (records !== null) await printer.print(records.filter(isBefore))
    if (ends !== null) reader.assign(reader.positions.filter(isBefore))
  }
}

function chosen(all: readonly TopicPartition[], wanted: readonly number[]): TopicPartition[] {
  for (const partition of wanted) {
    const isThere = all.some((each) => each.partition === partition)
    if (!isThere) throw new UsageError(`There is no partition ${partition}: see samsa topics describe ${all[0]?.topic}`)
  }
  return all.filter(({ partition }) => wanted.includes(partition))
}

const LOST_PLACE: ReadonlySet<number> = new Set([
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.REBALANCE_IN_PROGRESS,
  ErrorCode.STALE_MEMBER_EPOCH,
])

/** A member that lost its place hears so by its next heartbeat and joins again; what it could not commit is read again. */
function passOverLostPlace(error: unknown): void {
  if (!(error instanceof KafkaError && LOST_PLACE.has(error.code))) throw error
}

async function consumeInGroup(context: Context, groupId: string, printer: Printer, stop: StopRequest): Promise<void> {
  const { client, environment, words } = context
  await existingTopics(client, words)
  const reader = new PartitionReader(client, readerOptions(context))
  // Heartbeats and commits do not wait behind a fetch.
  const coordination = client.sibling()
  const { clock } = environment
  /** Behind the records that are printed: those that were fetched and not printed are another's. */
  let printed: PartitionOffset[] = []
  let committedMs = clock.monotonicMs()
  const commit = async (membership: Membership) => {
    committedMs = clock.monotonicMs()
    if (printed.length === 0) return
    await commitOffsets(coordination, groupId, printed, membership.committer)
    printed = []
  }
  const commitOnTheWay = (membership: Membership) => commit(membership).catch(passOverLostPlace)
  const membership: Membership = newMembership(context, groupId, coordination, {
    revoked: () => commitOnTheWay(membership),
    assigned: async (partitions) => {
      printed = []
      reader.assign(await startsInGroup(context, groupId, partitions))
    },
  })
  try {
    while (!stop.isAsked) {
      if ((await stop.orStop(membership.tend().then(() => true))) === null) break
      const records = await stop.orStop(reader.poll())
      if (records === null) break
      const looked = await printer.print(records)
      printed = merged(printed, stop.isAsked ? looked : reader.positions)
      if (clock.monotonicMs() - committedMs >= COMMIT_INTERVAL_MS) await commitOnTheWay(membership)
    }
    await commit(membership)
    await membership.leave()
  } finally {
    coordination.close()
  }
}

const merged = (before: readonly PartitionOffset[], now: readonly PartitionOffset[]): PartitionOffset[] => [
  ...new Map([...before, ...now].map((each) => [partitionName(each), each])).values(),
]

interface Handlers {
  readonly revoked: () => Promise<void>
  readonly assigned: (partitions: readonly TopicPartition[]) => Promise<void>
}

function newMembership(
  { environment, options, words }: Context,
  groupId: string,
  client: Context['client'],
  handlers: Handlers,
): Membership {
  const { clock } = environment
  const { groupProtocol, instanceId = null, sessionTimeout: sessionTimeoutMs } = options
  const all = { groupId, topics: words, sessionTimeoutMs, instanceId, ...handlers }
  return groupProtocol === 'classic'
    ? new ClassicMembership(client, clock, all)
    : new ConsumerMembership(client, clock, { ...all, memberId: randomUUID() })
}

/** Where the group has come to, and --from where it has not been. */
async function startsInGroup(
  { client, environment, options }: Context,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<PartitionOffset[]> {
  const committed = new Map((await committedOffsets(client, groupId)).map((each) => [partitionName(each), each.offset]))
  const isNew = (each: TopicPartition) => (committed.get(partitionName(each)) ?? -1) < 0
  const fresh = await offsetsAt(
    client,
    partitions.filter(isNew),
    options.from ?? { kind: 'end' },
    environment.clock.nowMs(),
  )
  const known = partitions
    .filter((each) => !isNew(each))
    .map((each) => ({ ...each, offset: committed.get(partitionName(each)) ?? 0 }))
  return [...known, ...fresh]
}
