/**
 * Incremental fetch sessions (KIP-227). A client names its partitions once; afterwards it sends only what changed and
 * gets only what changed. A session is soft state: it may be evicted at any time, and the client then starts anew with
 * a full fetch (FETCH_SESSION_ID_NOT_FOUND).
 *
 * A request opens a context, which knows the partitions to read and, given their results, which of them to answer:
 *
 *     session id, epoch      context
 *     0, -1 (or any, -1)     sessionless: everything is answered, an existing session is closed
 *     any, 0                 full: everything is answered, a new session is created if there is room
 *     id, epoch              incremental: partitions with data, errors or moved watermarks are answered
 */
import { ErrorCode } from '../../protocol/errors.ts'
import type { Clock, Random } from '../env/index.ts'

const INITIAL_SESSION_EPOCH = 0
const FINAL_SESSION_EPOCH = -1
const NO_SESSION_ID = 0
const MAX_INT32 = 0x7fffffff
const NO_REPLICA = -1

/** One partition as a client wants it fetched, and what a session remembers of the last answer. */
export interface FetchPartition {
  readonly topicId: string
  /** null while the topic id is not known here. */
  topic: string | null
  readonly partition: number
  fetchOffset: number
  maxBytes: number
  /** -1: not given. */
  currentLeaderEpoch: number
  lastFetchedEpoch: number
  /** Where the log of a replica that fetches starts; -1: not given. */
  logStartOffset: number
  /** The high watermark that the session's client was told last; -1 makes the next answer include the partition. */
  toldHighWatermark: number
  toldLogStartOffset: number
}

/** The result of reading one partition. Offsets are -1 where an error leaves them unknown. */
export interface FetchResult {
  readonly request: FetchPartition
  errorCode: number
  highWatermark: number
  lastStableOffset: number
  logStartOffset: number
  /** Where the records end that the reader may see: it waits for more than that. */
  readableEnd: number
  /** The replica that a consumer should rather read from; -1: this one (KIP-392). */
  preferredReadReplica: number
  /** Views of the log, to be sent as they are. */
  records: readonly Buffer[]
  sizeBytes: number
  abortedTransactions: readonly { producerId: bigint; firstOffset: bigint }[] | null
  divergingEpoch: { epoch: number; endOffset: bigint } | null
}

export interface FetchContext {
  /** A session-level error; there is nothing to read then. */
  readonly errorCode: number
  readonly partitions: readonly FetchPartition[]
  /** The results that an answer would tell, some of which the client may know already. */
  news(results: readonly FetchResult[]): readonly FetchResult[]
  /** Chooses what to answer; called once, when all partitions have been read. */
  answer(results: readonly FetchResult[]): FetchAnswer
  /** The answer to a client that is to have nothing now (KIP-219); called in place of `answer`. No session begins by it. */
  withheld(): FetchAnswer
}

export interface FetchAnswer {
  errorCode: number
  sessionId: number
  results: readonly FetchResult[]
}

export interface FetchSessionRequest {
  /** Followers' sessions stay before consumers' do. */
  readonly isFollower: boolean
  readonly usesTopicIds: boolean
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly partitions: readonly FetchPartition[]
  readonly forgotten: readonly { topicId: string; topic: string | null; partition: number }[]
}

class FetchSession {
  readonly id: number
  readonly usesTopicIds: boolean
  readonly isFollower: boolean
  readonly createdMs: number
  /** In the order in which they are read next: those that gave data last go to the end, so that none starves. */
  readonly partitions = new Map<string, FetchPartition>()
  lastUsedMs: number
  epoch = 1

  constructor(id: number, { usesTopicIds, isFollower }: FetchSessionRequest, nowMs: number) {
    this.id = id
    this.usesTopicIds = usesTopicIds
    this.isFollower = isFollower
    this.createdMs = nowMs
    this.lastUsedMs = nowMs
  }

  keyOf(partition: { topicId: string; topic: string | null; partition: number }): string {
    return `${this.usesTopicIds ? partition.topicId : partition.topic}/${partition.partition}`
  }

  add(partition: FetchPartition): void {
    this.partitions.set(this.keyOf(partition), partition)
  }

  update(request: FetchSessionRequest): void {
    for (const wanted of request.partitions) {
      const known = this.partitions.get(this.keyOf(wanted))
      if (known === undefined) {
        this.add(wanted)
        continue
      }
      known.fetchOffset = wanted.fetchOffset
      known.maxBytes = wanted.maxBytes
      known.currentLeaderEpoch = wanted.currentLeaderEpoch
      known.lastFetchedEpoch = wanted.lastFetchedEpoch
      known.logStartOffset = wanted.logStartOffset
    }
    for (const forgotten of request.forgotten) this.partitions.delete(this.keyOf(forgotten))
  }

  moveToEnd(partition: FetchPartition): void {
    const key = this.keyOf(partition)
    // The client may have dropped the partition with a later request while this one waited.
    if (this.partitions.delete(key)) this.partitions.set(key, partition)
  }
}

export class FetchSessionCache {
  readonly #clock: Clock
  readonly #random: Random
  readonly #slots: () => number
  readonly #evictionMs: number
  readonly #sessions = new Map<number, FetchSession>()

  /** `slots` is max.incremental.fetch.session.cache.slots, `evictionMs` the age from which a session may be evicted. */
  constructor(options: { clock: Clock; random: Random; slots: () => number; evictionMs: number }) {
    this.#clock = options.clock
    this.#random = options.random
    this.#slots = options.slots
    this.#evictionMs = options.evictionMs
  }

  get size(): number {
    return this.#sessions.size
  }

  open(request: FetchSessionRequest): FetchContext {
    if (request.sessionEpoch === INITIAL_SESSION_EPOCH || request.sessionEpoch === FINAL_SESSION_EPOCH) {
      if (request.sessionId !== NO_SESSION_ID) this.#sessions.delete(request.sessionId)
      return request.sessionEpoch === FINAL_SESSION_EPOCH ? sessionless(request.partitions) : this.#full(request)
    }
    const session = this.#sessions.get(request.sessionId)
    if (session === undefined) return failed(ErrorCode.FETCH_SESSION_ID_NOT_FOUND)
    if (session.usesTopicIds !== request.usesTopicIds) return failed(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR)
    if (session.epoch !== request.sessionEpoch) return failed(ErrorCode.INVALID_FETCH_SESSION_EPOCH)
    session.update(request)
    session.lastUsedMs = this.#clock.nowMs()
    if (session.partitions.size === 0) {
      this.#sessions.delete(session.id)
      return sessionless([])
    }
    session.epoch = nextEpoch(session.epoch)
    return incremental(session)
  }

  #full(request: FetchSessionRequest): FetchContext {
    return {
      errorCode: ErrorCode.NONE,
      partitions: request.partitions,
      news: all,
      withheld: () => empty(ErrorCode.NONE, NO_SESSION_ID),
      answer: (results) => {
        const session = this.#create(request)
        if (session === null) return { errorCode: ErrorCode.NONE, sessionId: NO_SESSION_ID, results }
        for (const result of results) {
          remember(result)
          session.add(result.request)
        }
        return { errorCode: ErrorCode.NONE, sessionId: session.id, results }
      },
    }
  }

  #create(request: FetchSessionRequest): FetchSession | null {
    const nowMs = this.#clock.nowMs()
    if (this.#sessions.size >= this.#slots() && !this.#evictFor(request, nowMs)) return null
    let id = 0
    do id = this.#random.integer(MAX_INT32)
    while (id === NO_SESSION_ID || this.#sessions.has(id))
    const session = new FetchSession(id, request, nowMs)
    this.#sessions.set(id, session)
    return session
  }

  /**
   * Kafka's rule: the longest unused session if it is idle for long enough, else the least valuable one that is aged and
   * less valuable than the new one; a consumer's need not be aged to make room for a follower's. A follower's session is
   * more valuable than a consumer's, and a larger one more than a smaller one.
   */
  #evictFor({ isFollower, partitions }: FetchSessionRequest, nowMs: number): boolean {
    let oldest: FetchSession | null = null
    let least: FetchSession | null = null
    for (const session of this.#sessions.values()) {
      if (oldest === null || session.lastUsedMs < oldest.lastUsedMs) oldest = session
      const aged = nowMs - session.createdMs > this.#evictionMs
      const mayGo = aged || (isFollower && !session.isFollower)
      if (mayGo && (least === null || isWorthLess(session, least.isFollower, least.partitions.size))) least = session
    }
    let victim: FetchSession | null = null
    if (oldest !== null && nowMs - oldest.lastUsedMs > this.#evictionMs) victim = oldest
    else if (least !== null && isWorthLess(least, isFollower, partitions.length)) victim = least
    return victim !== null && this.#sessions.delete(victim.id)
  }
}

function isWorthLess(session: FetchSession, isFollower: boolean, size: number): boolean {
  return session.isFollower === isFollower ? session.partitions.size < size : isFollower
}

/** Epochs run from 1 to the largest int32 and then start at 1 again. */
function nextEpoch(epoch: number): number {
  return epoch === MAX_INT32 ? 1 : epoch + 1
}

const all = (results: readonly FetchResult[]): readonly FetchResult[] => results

const empty = (errorCode: number, sessionId: number): FetchAnswer => ({ errorCode, sessionId, results: [] })

function failed(errorCode: number): FetchContext {
  const answer = () => empty(errorCode, NO_SESSION_ID)
  return { errorCode, partitions: [], news: all, answer, withheld: answer }
}

function sessionless(partitions: readonly FetchPartition[]): FetchContext {
  const errorCode = ErrorCode.NONE
  return {
    errorCode,
    partitions,
    news: all,
    answer: (results) => ({ errorCode, sessionId: NO_SESSION_ID, results }),
    withheld: () => empty(errorCode, NO_SESSION_ID),
  }
}

function incremental(session: FetchSession): FetchContext {
  const { epoch } = session
  // A later request of the session came in between, over another connection: the client sent this one twice.
  const errorCode = () => (session.epoch === epoch ? ErrorCode.NONE : ErrorCode.INVALID_FETCH_SESSION_EPOCH)
  return {
    errorCode: ErrorCode.NONE,
    partitions: [...session.partitions.values()],
    news: (results) => results.filter(hasNews),
    withheld: () => empty(errorCode(), session.id),
    answer: (results) => {
      if (errorCode() !== ErrorCode.NONE) return empty(errorCode(), session.id)
      const changed: FetchResult[] = []
      for (const result of results) {
        if (!hasNews(result)) continue
        remember(result)
        changed.push(result)
        if (result.sizeBytes > 0) session.moveToEnd(result.request)
      }
      return { errorCode: ErrorCode.NONE, sessionId: session.id, results: changed }
    },
  }
}

function hasNews(result: FetchResult): boolean {
  return (
    result.sizeBytes > 0 ||
    result.errorCode !== ErrorCode.NONE ||
    result.divergingEpoch !== null ||
    result.preferredReadReplica !== NO_REPLICA ||
    result.highWatermark !== result.request.toldHighWatermark ||
    result.logStartOffset !== result.request.toldLogStartOffset
  )
}

/** After an error the told watermark is unknown, so that the partition is answered when the error has gone. */
function remember(result: FetchResult): void {
  result.request.toldHighWatermark = result.errorCode === ErrorCode.NONE ? result.highWatermark : -1
  result.request.toldLogStartOffset = result.logStartOffset
}
