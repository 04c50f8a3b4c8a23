/** A member of a share group (KIP-932) that accepts all that it gets, through whatever becomes of the brokers. */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { ShareAcknowledgeRequest, ShareAcknowledgeResponse } from '../../protocol/messages/share-acknowledge.ts'
import { ShareFetchRequest, ShareFetchResponse } from '../../protocol/messages/share-fetch.ts'
import {
  ShareGroupHeartbeatRequest,
  ShareGroupHeartbeatResponse,
} from '../../protocol/messages/share-group-heartbeat.ts'
import { decodeBatches } from '../../protocol/records/decode.ts'
import { type ClusterClient, CoordinatorType } from '../../src/client/cluster-client.ts'
import { ClientError } from '../../src/client/errors.ts'

const HEARTBEAT_MS = 100
const ACCEPT = 1

/** The records of which the members of the group were told, by `partition@offset`. */
export class Told {
  readonly values = new Map<string, string>()
  readonly accepted = new Set<string>()
  /** Came again although the broker had confirmed that it was accepted. */
  readonly again: string[] = []
}

interface Acquired {
  readonly partition: number
  readonly firstOffset: bigint
  readonly lastOffset: bigint
}

export class ShareMember {
  readonly #client: ClusterClient
  readonly #coordinator: ClusterClient
  readonly #member: { readonly groupId: string; readonly memberId: string }
  readonly #topic: string
  readonly #told: Told
  #memberEpoch = 0
  #hasJoined = false
  #heardOfMs = 0
  #partitions: readonly number[] = []
  /** By broker; absent: the session is to be begun. */
  readonly #sessionEpochs = new Map<number, number>()

  constructor(
    client: ClusterClient,
    member: { readonly groupId: string; readonly memberId: string; readonly topic: string; readonly told: Told },
  ) {
    this.#client = client
    // A long poll must not hold up a heartbeat.
    this.#coordinator = client.sibling()
    const { topic, told, ...identity } = member
    this.#member = identity
    this.#topic = topic
    this.#told = told
  }

  async work(goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      try {
        if (performance.now() - this.#heardOfMs >= HEARTBEAT_MS) await this.#heartbeat()
        await this.#fetchFromAll()
      } catch (error) {
        if (!(error instanceof ClientError) && !(error instanceof KafkaError)) throw error
        await this.#client.pause(20)
      }
    }
    this.#client.close()
    this.#coordinator.close()
  }

  async #heartbeat(): Promise<void> {
    const { groupId } = this.#member
    const to = { to: 'coordinator', type: CoordinatorType.GROUP, key: groupId } as const
    const fields = { ...this.#member, memberEpoch: this.#memberEpoch, rackId: null }
    const { errorCode, memberEpoch, assignment } = await this.#coordinator.request(
      to,
      ShareGroupHeartbeatRequest,
      ShareGroupHeartbeatResponse,
      { ...fields, subscribedTopicNames: this.#hasJoined ? null : [this.#topic] },
    )
    this.#hasJoined = errorCode === ErrorCode.NONE
    if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID || errorCode === ErrorCode.FENCED_MEMBER_EPOCH) this.#memberEpoch = 0
    else if (errorCode !== ErrorCode.NONE) throw new KafkaError(errorCode)
    else this.#memberEpoch = memberEpoch
    this.#heardOfMs = performance.now()
    if (assignment === null) return
    this.#partitions = assignment.topicPartitions.flatMap(({ partitions }) => partitions)
    this.#sessionEpochs.clear()
  }

  async #fetchFromAll(): Promise<void> {
    const { topics } = await this.#client.metadata([this.#topic])
    const { topicId, partitions } = topics[0]!
    const mine = partitions.filter(({ partitionIndex }) => this.#partitions.includes(partitionIndex))
    const leaders = new Set(mine.map(({ leaderId }) => leaderId).filter((id) => id >= 0))
    if (leaders.size === 0) await this.#client.pause(20)
    for (const broker of leaders) {
      const led = mine.filter(({ leaderId }) => leaderId === broker).map(({ partitionIndex }) => partitionIndex)
      try {
        await this.#fetch(broker, topicId, led)
      } catch (error) {
        this.#sessionEpochs.delete(broker)
        throw error
      }
    }
  }

  async #fetch(broker: number, topicId: string, led: readonly number[]): Promise<void> {
    const answer = await this.#client.request({ to: 'broker', nodeId: broker }, ShareFetchRequest, ShareFetchResponse, {
      ...this.#session(broker),
      maxWaitMs: 50,
      minBytes: 1,
      maxBytes: 100_000,
      maxRecords: 20,
      batchSize: 20,
      topics: [{ topicId, partitions: led.map((partitionIndex) => ({ partitionIndex })) }],
    })
    if (answer.errorCode !== ErrorCode.NONE) throw new KafkaError(answer.errorCode)
    const acquired: Acquired[] = []
    let failure: number = ErrorCode.NONE
    for (const { partitions } of answer.responses) {
      for (const { partitionIndex: partition, errorCode, records, acquiredRecords } of partitions) {
        if (errorCode !== ErrorCode.NONE) failure = errorCode
        this.#read(partition, records)
        for (const batch of acquiredRecords) {
          for (const name of namesOf(partition, batch)) if (this.#told.accepted.has(name)) this.#told.again.push(name)
          acquired.push({ partition, ...batch })
        }
      }
    }
    if (acquired.length > 0) await this.#accept(broker, topicId, acquired)
    if (failure !== ErrorCode.NONE) throw new KafkaError(failure)
  }

  #read(partition: number, bytes: Buffer | null): void {
    for (const { records } of decodeBatches(bytes ?? Buffer.alloc(0))) {
      for (const { offset, value } of records) this.#told.values.set(`${partition}@${offset}`, String(value))
    }
  }

  async #accept(broker: number, topicId: string, acquired: readonly Acquired[]): Promise<void> {
    const partitions = [...new Set(acquired.map(({ partition }) => partition))].map((partitionIndex) => ({
      partitionIndex,
      acknowledgementBatches: acquired
        .filter(({ partition }) => partition === partitionIndex)
        .map(({ firstOffset, lastOffset }) => ({ firstOffset, lastOffset, acknowledgeTypes: [ACCEPT] })),
    }))
    const answer = await this.#client.request(
      { to: 'broker', nodeId: broker },
      ShareAcknowledgeRequest,
      ShareAcknowledgeResponse,
      { ...this.#session(broker), topics: [{ topicId, partitions }] },
    )
    if (answer.errorCode !== ErrorCode.NONE) throw new KafkaError(answer.errorCode)
    for (const { partitionIndex, errorCode } of answer.responses.flatMap(({ partitions }) => partitions)) {
      if (errorCode !== ErrorCode.NONE) continue
      for (const batch of acquired.filter(({ partition }) => partition === partitionIndex)) {
        for (const name of namesOf(partitionIndex, batch)) this.#told.accepted.add(name)
      }
    }
  }

  #session(broker: number) {
    const shareSessionEpoch = this.#sessionEpochs.get(broker) ?? 0
    this.#sessionEpochs.set(broker, shareSessionEpoch + 1)
    return { ...this.#member, shareSessionEpoch }
  }
}

function namesOf(partition: number, { firstOffset, lastOffset }: { firstOffset: bigint; lastOffset: bigint }) {
  const count = Number(lastOffset - firstOffset) + 1
  return Array.from({ length: count }, (_, index) => `${partition}@${Number(firstOffset) + index}`)
}
