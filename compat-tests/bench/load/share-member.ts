import { setTimeout as delay } from 'node:timers/promises'
import { ShareAcknowledgeResponse } from '../../../protocol/messages/share-acknowledge.ts'
import { ShareFetchResponse } from '../../../protocol/messages/share-fetch.ts'
import { ShareGroupHeartbeatResponse } from '../../../protocol/messages/share-group-heartbeat.ts'
import { Connection } from './connection.ts'
import { refuse } from './topics.ts'

const VERSION = 2
const ACCEPT = 1
/** `max.poll.records` */
const USUAL_RECORDS = 500
/** The coordinator is loading, not there yet, or has moved: ask again. */
const retriable: readonly number[] = [14, 15, 16]

export interface SharedPartition {
  readonly topicId: string
  readonly partition: number
}

/** Records of one partition, which the member has until it accepts them. */
export interface AcquiredBatch extends SharedPartition {
  readonly firstOffset: bigint
  readonly lastOffset: bigint
}

/** How many records these are together. */
export const recordsIn = (batches: readonly AcquiredBatch[]): number =>
  batches.reduce((sum, { firstOffset, lastOffset }) => sum + Number(lastOffset - firstOffset) + 1, 0)

/** A member of a share group, on a connection of its own for its heartbeats and one for its records. */
export class ShareMember {
  readonly #group: string
  readonly #memberId: string
  readonly #topic: string
  readonly #coordinator: Connection
  readonly #leader: Connection
  #memberEpoch = 0
  #sessionEpoch = 0
  partitions: readonly SharedPartition[] = []

  private constructor(
    { group, topic, memberId }: { group: string; topic: string; memberId: string },
    [coordinator, leader]: readonly [Connection, Connection],
  ) {
    this.#group = group
    this.#topic = topic
    this.#memberId = memberId
    this.#coordinator = coordinator
    this.#leader = leader
  }

  static async open(port: number, who: { group: string; topic: string; memberId: string }): Promise<ShareMember> {
    return new ShareMember(who, [await Connection.open(port), await Connection.open(port)])
  }

  /** Joins, and waits until it has a partition: the share coordinator has to begin their states first. */
  async join(): Promise<void> {
    await this.heartbeat()
    while (this.partitions.length === 0) {
      await delay(50)
      await this.heartbeat()
    }
  }

  /** One heartbeat; the first one joins. */
  async heartbeat(): Promise<void> {
    const isFirst = this.#memberEpoch === 0
    const answer = await this.#coordinator.ask(ShareGroupHeartbeatResponse, 1, {
      groupId: this.#group,
      memberId: this.#memberId,
      memberEpoch: this.#memberEpoch,
      rackId: null,
      subscribedTopicNames: isFirst ? [this.#topic] : null,
    })
    if (retriable.includes(answer.errorCode)) return
    refuse('a heartbeat', answer.errorCode)
    this.#memberEpoch = answer.memberEpoch
    if (answer.assignment === null) return
    this.partitions = answer.assignment.topicPartitions.flatMap(({ topicId, partitions }) =>
      partitions.map((partition) => ({ topicId, partition })),
    )
  }

  /** Fetches as Kafka's consumer does by default, but for `records` at a time where they are given; `accepted` ride along. */
  async fetch(accepted: readonly AcquiredBatch[], records = USUAL_RECORDS): Promise<AcquiredBatch[]> {
    const named = this.#sessionEpoch === 0 ? this.partitions : []
    const answer = await this.#leader.ask(ShareFetchResponse, VERSION, {
      ...this.#identity(),
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: 52_428_800,
      maxRecords: records,
      batchSize: records,
      isRenewAck: false,
      topics: topicsOf(named, accepted),
      forgottenTopicsData: [],
    })
    refuse('a share fetch', answer.errorCode)
    return answer.responses.flatMap(({ topicId, partitions }) =>
      partitions.flatMap(({ partitionIndex: partition, errorCode, acknowledgeErrorCode, acquiredRecords }) => {
        refuse('a share fetch', errorCode || acknowledgeErrorCode)
        return acquiredRecords.map(({ firstOffset, lastOffset }) => ({ topicId, partition, firstOffset, lastOffset }))
      }),
    )
  }

  /** By a request of its own; resolves with its answer. */
  async accept(batches: readonly AcquiredBatch[]): Promise<void> {
    const body = { ...this.#identity(), isRenewAck: false, topics: topicsOf([], batches) }
    const answer = await this.#leader.ask(ShareAcknowledgeResponse, VERSION, body)
    refuse('an acknowledgement', answer.errorCode)
    for (const { partitions } of answer.responses)
      for (const { errorCode } of partitions) refuse('an acknowledgement', errorCode)
  }

  close(): void {
    this.#coordinator.close()
    this.#leader.close()
  }

  #identity() {
    const shareSessionEpoch = this.#sessionEpoch++
    return { groupId: this.#group, memberId: this.#memberId, shareSessionEpoch }
  }
}

function topicsOf(named: readonly SharedPartition[], accepted: readonly AcquiredBatch[]) {
  const topicIds = new Set([...named, ...accepted].map(({ topicId }) => topicId))
  return [...topicIds].map((topicId) => {
    const ofTopic = accepted.filter((batch) => batch.topicId === topicId)
    const partitions = [...named, ...accepted].filter((one) => one.topicId === topicId).map((one) => one.partition)
    return {
      topicId,
      partitions: [...new Set(partitions)].map((partitionIndex) => ({
        partitionIndex,
        acknowledgementBatches: ofTopic
          .filter(({ partition }) => partition === partitionIndex)
          .map(({ firstOffset, lastOffset }) => ({ firstOffset, lastOffset, acknowledgeTypes: [ACCEPT] })),
      })),
    }
  })
}
