import { ErrorCode, errorName } from '../../../protocol/errors.ts'
import { ShareAcknowledgeRequest, ShareAcknowledgeResponse } from '../../../protocol/messages/share-acknowledge.ts'
import { ShareFetchRequest, ShareFetchResponse } from '../../../protocol/messages/share-fetch.ts'
import { NoAnswer, passes, type SimClient, unexpected } from '../client.ts'
import type { QueueHistory } from './queue-history.ts'

const VERSION = 2
const MAX_WAIT_MS = 200
/** Shorter than a lock: a record of an answer that came so late is not delivered. */
const TIMEOUT_MS = 2500
const FIRST_EPOCH = 0

export const Acknowledge = { ACCEPT: 1, RELEASE: 2, REJECT: 3, RENEW: 4 } as const

export interface Acknowledgement {
  readonly partition: number
  readonly offset: number
  readonly type: number
}

export interface Acquired {
  readonly partition: number
  readonly offset: number
}

interface Options {
  readonly client: SimClient
  readonly group: string
  readonly memberId: string
  readonly topic: string
  readonly topicId: string
  readonly queue: QueueHistory
  readonly lockMs: number
  /** The time of the world. */
  readonly nowMs: () => number
  /** Hears of each record that is delivered. */
  readonly read: (partition: string, records: Buffer | null) => Set<number>
  readonly violation: (text: string) => void
}

interface AnsweredPartition {
  partitionIndex: number
  errorCode: number
  acknowledgeErrorCode?: number
}

/** After these the session is begun anew; nothing of the request was carried out. */
const WITHOUT_SESSION: ReadonlySet<number> = new Set([
  ErrorCode.SHARE_SESSION_NOT_FOUND,
  ErrorCode.INVALID_SHARE_SESSION_EPOCH,
  ErrorCode.SHARE_SESSION_LIMIT_REACHED,
])

/** A member's share session: fetches, acknowledges, and tells the judge what it is told. */
export class ShareSession {
  readonly #options: Options
  #epoch = FIRST_EPOCH

  constructor(options: Options) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#epoch !== FIRST_EPOCH
  }

  /** The session is begun anew: what the member has goes back to the others. */
  reset(): void {
    this.#epoch = FIRST_EPOCH
    this.#options.queue.lost(this.#options.memberId)
  }

  /** Fetches from the partitions, with acknowledgements on the way; null when the session was lost. */
  async fetch(
    partitions: readonly number[],
    acknowledgements: readonly Acknowledgement[],
    { maxRecords, isExact }: { maxRecords: number; isExact: boolean },
  ): Promise<Acquired[] | null> {
    const { client, topicId } = this.#options
    const askedAtMs = this.#options.nowMs()
    const body = {
      ...this.#identity(),
      maxWaitMs: MAX_WAIT_MS,
      minBytes: 1,
      maxBytes: 50_000,
      maxRecords,
      batchSize: maxRecords,
      shareAcquireMode: isExact ? 1 : 0,
      isRenewAck: false,
      topics: [{ topicId, partitions: this.isOpen ? batchesOf(acknowledgements) : namesOf(partitions) }],
      forgottenTopicsData: [],
    }
    const answer = await this.#ask(
      () => client.request(ShareFetchRequest, ShareFetchResponse, VERSION, body, TIMEOUT_MS),
      acknowledgements,
      askedAtMs,
    )
    if (answer === null) return null
    const answered = answer.responses.flatMap(({ partitions }) => partitions)
    this.#settle(acknowledgements, answered)
    return answered.flatMap((partition) => this.#acquired(partition, askedAtMs))
  }

  #acquired(
    {
      partitionIndex,
      errorCode,
      records,
      acquiredRecords,
    }: AnsweredPartition & {
      records: Buffer | null
      acquiredRecords: readonly { firstOffset: bigint; lastOffset: bigint; deliveryCount: number }[]
    },
    askedAtMs: number,
  ): Acquired[] {
    const { queue, topic, memberId: member, lockMs, nowMs, read, violation } = this.#options
    if (errorCode !== ErrorCode.NONE && !passes(errorCode)) throw unexpected('ShareFetch', errorCode)
    const partition = `${topic}-${partitionIndex}`
    const there = read(partition, records)
    const acquired: Acquired[] = []
    let next = 0
    for (const { firstOffset, lastOffset, deliveryCount: count } of acquiredRecords) {
      if (Number(firstOffset) < next) violation(`${member} acquired ${partition}@${firstOffset} out of order`)
      next = Number(lastOffset) + 1
      for (let offset = Number(firstOffset); offset < next; offset++) {
        if (!there.has(offset)) violation(`${member} acquired ${partition}@${offset}, which did not come`)
        queue.delivered({ member, partition, offset, count, askedAtMs, toldAtMs: nowMs(), lockMs })
        acquired.push({ partition: partitionIndex, offset })
      }
    }
    return acquired
  }

  /** False when the session was lost. */
  async acknowledge(acknowledgements: readonly Acknowledgement[]): Promise<boolean> {
    const { client, topicId } = this.#options
    const body = {
      ...this.#identity(),
      isRenewAck: acknowledgements.some(({ type }) => type === Acknowledge.RENEW),
      topics: [{ topicId, partitions: batchesOf(acknowledgements) }],
    }
    const askedAtMs = this.#options.nowMs()
    const answer = await this.#ask(
      () => client.request(ShareAcknowledgeRequest, ShareAcknowledgeResponse, VERSION, body, TIMEOUT_MS),
      acknowledgements,
      askedAtMs,
    )
    if (answer === null) return false
    const answered = answer.responses.flatMap(({ partitions }) => partitions)
    this.#settle(
      acknowledgements,
      answered.map(({ partitionIndex, errorCode }) => ({
        partitionIndex,
        errorCode,
        acknowledgeErrorCode: errorCode,
      })),
      askedAtMs,
    )
    return true
  }

  #identity() {
    const { group: groupId, memberId } = this.#options
    return { groupId, memberId, shareSessionEpoch: this.#epoch }
  }

  async #ask<Answer extends { errorCode: number }>(
    send: () => Promise<Answer>,
    acknowledgements: readonly Acknowledgement[],
    askedAtMs: number,
  ): Promise<Answer | null> {
    const { queue, memberId } = this.#options
    this.#eachFinal(acknowledgements, (partition, offset) => queue.sent(partition, offset))
    try {
      const answer = await send()
      if (answer.errorCode === ErrorCode.NONE) {
        this.#epoch++
        queue.alive(memberId, askedAtMs)
        return answer
      }
      if (WITHOUT_SESSION.has(answer.errorCode)) {
        this.#eachFinal(acknowledgements, (partition, offset) => queue.refused(partition, offset))
      } else if (!passes(answer.errorCode)) throw unexpected('a request of a share session', answer.errorCode)
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
    }
    this.reset()
    return null
  }

  #settle(
    acknowledgements: readonly Acknowledgement[],
    answered: readonly AnsweredPartition[],
    askedAtMs = this.#options.nowMs(),
  ): void {
    const { queue, topic, memberId, lockMs } = this.#options
    for (const acknowledgement of acknowledgements) {
      const { partition: index, offset, type } = acknowledgement
      const partition = `${topic}-${index}`
      const code = answered.find(({ partitionIndex }) => partitionIndex === index)?.acknowledgeErrorCode
      if (code === ErrorCode.NONE) {
        if (type === Acknowledge.RENEW) queue.renewed(memberId, partition, offset, askedAtMs + lockMs)
        else if (type === Acknowledge.RELEASE) queue.givenBack(partition, offset)
        else queue.finished(memberId, partition, offset)
      } else if (code === ErrorCode.INVALID_RECORD_STATE) {
        this.#eachFinal([acknowledgement], (_, refused) => queue.refused(partition, refused))
        queue.givenBack(partition, offset)
      } else if (code === undefined || passes(code)) queue.givenBack(partition, offset)
      else throw new Error(`an acknowledgement of ${partition}@${offset} was answered with ${errorName(code)}`)
    }
  }

  #eachFinal(acknowledgements: readonly Acknowledgement[], tell: (partition: string, offset: number) => void): void {
    for (const { partition, offset, type } of acknowledgements) {
      if (type === Acknowledge.ACCEPT || type === Acknowledge.REJECT)
        tell(`${this.#options.topic}-${partition}`, offset)
    }
  }
}

const namesOf = (partitions: readonly number[]) =>
  partitions.map((partitionIndex) => ({ partitionIndex, acknowledgementBatches: [] }))

/** A batch for each record: the broker joins what belongs together. */
function batchesOf(acknowledgements: readonly Acknowledgement[]) {
  const partitions = [...new Set(acknowledgements.map(({ partition }) => partition))]
  return partitions.map((partitionIndex) => ({
    partitionIndex,
    acknowledgementBatches: acknowledgements
      .filter(({ partition }) => partition === partitionIndex)
      .sort((a, b) => a.offset - b.offset)
      .map(({ offset, type }) => ({
        firstOffset: BigInt(offset),
        lastOffset: BigInt(offset),
        acknowledgeTypes: [type],
      })),
  }))
}
