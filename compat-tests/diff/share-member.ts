import { setTimeout as delay } from 'node:timers/promises'
import type { Body } from './connection.ts'
import { type SendOptions, type Session, versionsOf } from './session.ts'

interface Owned {
  topicId: string
  partitions: number[]
}

const RELEASED_WITHIN_MS = 300
const ASSIGNED_WITHIN_MS = 30_000
const LATEST = versionsOf('ShareGroupHeartbeat').at(-1) ?? 1

/** A member of a share group that does as it is told. */
export class ShareMember {
  readonly groupId: string
  readonly memberId: string
  epoch = 0
  readonly #session: Session

  constructor(session: Session, groupId: string, name: string) {
    this.#session = session
    this.groupId = groupId
    this.memberId = `${groupId}-${name}`
  }

  join(subscribedTopicNames: readonly string[], more: object = {}): Promise<Body> {
    return this.beat({ memberEpoch: 0, subscribedTopicNames, ...more })
  }

  async beat(more: object = {}, session = this.#session): Promise<Body> {
    const { groupId, memberId, epoch: memberEpoch } = this
    const body = { groupId, memberId, memberEpoch, rackId: null, subscribedTopicNames: null, ...more }
    const answer = await session.send('ShareGroupHeartbeat', LATEST, body)
    if (answer.errorCode === 0) this.epoch = answer.memberEpoch
    return answer
  }

  /** Joins, and waits until so many partitions are its own: the share coordinator has to begin their states first. */
  async joinAndGet(subscribedTopicNames: readonly string[], partitions: number): Promise<void> {
    const deadline = performance.now() + ASSIGNED_WITHIN_MS
    while (performance.now() < deadline) {
      const answer = await this.beat({ memberEpoch: 0, subscribedTopicNames }, this.#session.aside)
      const owned: Owned[] = answer.assignment?.topicPartitions ?? []
      if (owned.reduce((sum, topic) => sum + topic.partitions.length, 0) >= partitions) {
        this.#session.keepLast()
        return
      }
      await delay(50)
    }
    throw new Error(`${this.memberId} did not get ${partitions} partitions within ${ASSIGNED_WITHIN_MS} ms`)
  }

  leave(): Promise<Body> {
    return this.beat({ memberEpoch: -1 })
  }
}

export interface ShareAcknowledgement {
  readonly first: number
  readonly last: number
  readonly types: readonly number[]
}

/** Records of one partition that are acknowledged. */
export interface SharesOf {
  readonly topicId: string
  readonly partition?: number
  readonly acknowledge?: readonly ShareAcknowledgement[]
}

const topicsOf = (shares: readonly SharesOf[]) =>
  shares.map(({ topicId, partition = 0, acknowledge = [] }) => ({
    topicId,
    partitions: [
      {
        partitionIndex: partition,
        acknowledgementBatches: acknowledge.map(({ first, last, types }) => ({
          firstOffset: BigInt(first),
          lastOffset: BigInt(last),
          acknowledgeTypes: types,
        })),
      },
    ],
  }))

/** A share session of a member with the broker, on a connection of its own: the session ends with it. */
export class ShareConversation {
  readonly member: Pick<ShareMember, 'groupId' | 'memberId'>
  readonly #session: Session
  readonly #options: SendOptions
  epoch = 0

  constructor(session: Session, member: Pick<ShareMember, 'groupId' | 'memberId'>) {
    this.#session = session
    this.member = member
    this.#options = { connection: `share-${member.memberId}`, timeoutMs: 10_000 }
  }

  /** ShareFetch; `more` replaces fields of the request. The epoch goes on when the broker takes the request. */
  async fetch(version: number, shares: readonly SharesOf[] = [], more: object = {}, label = ''): Promise<Body> {
    const body = {
      ...this.#identity(),
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: 1 << 20,
      maxRecords: 500,
      batchSize: 500,
      topics: topicsOf(shares),
      forgottenTopicsData: [],
      ...more,
    }
    return this.#took(await this.#session.send('ShareFetch', version, body, { ...this.#options, label }))
  }

  async acknowledge(version: number, shares: readonly SharesOf[], more: object = {}, label = ''): Promise<Body> {
    const body = { ...this.#identity(), topics: topicsOf(shares), ...more }
    return this.#took(await this.#session.send('ShareAcknowledge', version, body, { ...this.#options, label }))
  }

  async end(version: number, shares: readonly SharesOf[] = []): Promise<void> {
    await this.acknowledge(version, shares, { shareSessionEpoch: -1 })
    this.epoch = 0
    // Apache releases records after it has answered.
    await delay(RELEASED_WITHIN_MS)
  }

  #identity() {
    const { groupId, memberId } = this.member
    return { groupId, memberId, shareSessionEpoch: this.epoch }
  }

  #took(answer: Body): Body {
    if (answer.errorCode === 0) this.epoch++
    return answer
  }
}
