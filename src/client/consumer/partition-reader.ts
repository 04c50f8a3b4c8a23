/**
 * Reads partitions from their leaders, one fetch at a time under way to each of them. Positions move when records are
 * handed out; whoever assigns anew in between gets nothing of what was asked for before.
 */
import { ErrorCode, errorMessage, isRetriable, KafkaError } from '../../../protocol/errors.ts'
import { FetchRequest, FetchResponse } from '../../../protocol/messages/fetch.ts'
import { type Isolation, isolationLevel, type PartitionOffset } from '../admin/offsets.ts'
import { byLeader, byTopic, partitionName } from '../admin/partitions.ts'
import type { ClusterClient } from '../cluster-client.ts'
import { ClientError } from '../errors.ts'
import { type ConsumedRecord, fetchedRecords } from './fetched-records.ts'

export interface ReaderOptions {
  readonly isolation: Isolation
  /** How long a leader may wait for records. */
  readonly maxWaitMs?: number
  readonly maxBytes?: number
  /** The position of a partition whose offset is out of range; throws where that is an error. */
  readonly outOfRange: (at: PartitionOffset) => Promise<number>
}

/** Fetch names topics up to this version, and gives their ids from then on. */
const NAMES_VERSION = 12
const BACKOFF_MS = 100
const DEFAULT_MAX_BYTES = 16 * 1024 * 1024
const PARTITION_BYTES = 4 * 1024 * 1024

interface Asked {
  readonly nodeId: number
  readonly positions: readonly PartitionOffset[]
  readonly answer: FetchResponse | null
}

export class PartitionReader {
  readonly #client: ClusterClient
  readonly #options: ReaderOptions
  #positions = new Map<string, PartitionOffset>()
  #leaders: ReadonlyMap<number, readonly PartitionOffset[]> | null = null
  readonly #underWay = new Map<number, Promise<Asked>>()

  constructor(client: ClusterClient, options: ReaderOptions) {
    this.#client = client
    this.#options = options
  }

  /** Reads these partitions from these offsets on, and no others. */
  assign(positions: readonly PartitionOffset[]): void {
    this.#positions = new Map(positions.map((each) => [partitionName(each), each]))
    this.#leaders = null
  }

  /** Stops reading a partition. */
  drop(partition: { readonly topic: string; readonly partition: number }): void {
    this.assign([...this.#positions.values()].filter((each) => partitionName(each) !== partitionName(partition)))
  }

  /** The next offset of each partition: what a group commits. */
  get positions(): PartitionOffset[] {
    return [...this.#positions.values()]
  }

  /** The records of whichever leader answers first; none when it has none. Throws `KafkaError` or `ClientError`. */
  async poll(): Promise<ConsumedRecord[]> {
    if (this.#positions.size === 0) {
      await this.#client.pause(BACKOFF_MS)
      return []
    }
    this.#leaders ??= await this.#client.retrying(() => byLeader(this.#client, this.positions))
    for (const nodeId of this.#leaders.keys()) {
      if (!this.#underWay.has(nodeId)) this.#underWay.set(nodeId, this.#ask(nodeId))
    }
    const asked = await Promise.race(this.#underWay.values())
    this.#underWay.delete(asked.nodeId)
    return asked.answer === null ? this.#again() : this.#take(asked, asked.answer)
  }

  async #ask(nodeId: number): Promise<Asked> {
    const wanted = (this.#leaders?.get(nodeId) ?? []).map(partitionName)
    const positions = wanted.flatMap((name) => this.#positions.get(name) ?? [])
    const { isolation, maxWaitMs = 500, maxBytes = DEFAULT_MAX_BYTES } = this.#options
    const body = {
      maxWaitMs,
      minBytes: 1,
      maxBytes,
      isolationLevel: isolationLevel(isolation),
      topics: byTopic(positions).map(({ name: topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, offset }) => ({
          partition,
          fetchOffset: BigInt(offset),
          partitionMaxBytes: Math.min(PARTITION_BYTES, maxBytes),
        })),
      })),
    }
    const to = { to: 'broker', nodeId } as const
    try {
      const limits = { maxVersion: NAMES_VERSION }
      const answer = await this.#client.request(
        to,
        FetchRequest,
        FetchResponse,
        body,
        ({ errorCode }) => errorCode,
        limits,
      )
      return { nodeId, positions, answer }
    } catch (error) {
      // The leader is gone: another one is looked for.
      if (error instanceof ClientError && error.reason === 'disconnected') return { nodeId, positions, answer: null }
      throw error
    }
  }

  async #again(): Promise<ConsumedRecord[]> {
    this.#leaders = null
    await this.#client.pause(BACKOFF_MS)
    return []
  }

  async #take({ positions }: Asked, answer: FetchResponse): Promise<ConsumedRecord[]> {
    const asked = new Map(positions.map((each) => [partitionName(each), each]))
    const taken: ConsumedRecord[] = []
    let isStale = false
    for (const { topic, partitions } of answer.responses) {
      for (const each of partitions) {
        const { partitionIndex: partition, errorCode, records, abortedTransactions } = each
        const name = partitionName({ topic, partition })
        const position = this.#positions.get(name)
        if (position === undefined || position.offset !== asked.get(name)?.offset) continue
        if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) {
          this.#move(position, await this.#options.outOfRange(position))
        } else if (errorCode !== ErrorCode.NONE) {
          if (!isRetriable(errorCode)) throw new KafkaError(errorCode, `${name}: ${errorMessage(errorCode)}`)
          isStale = true
        } else {
          const bytes = records === null ? Buffer.alloc(0) : Array.isArray(records) ? Buffer.concat(records) : records
          const found = fetchedRecords(
            { topic, partition, records: bytes, aborted: abortedTransactions ?? [] },
            position.offset,
          )
          this.#move(position, found.next)
          for (const record of found.records) taken.push(record)
        }
      }
    }
    return isStale && taken.length === 0 ? this.#again() : taken
  }

  #move({ topic, partition }: PartitionOffset, offset: number): void {
    this.#positions.set(partitionName({ topic, partition }), { topic, partition, offset })
  }
}
