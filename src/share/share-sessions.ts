/**
 * Share sessions (KIP-932): which partitions a member fetches from this broker. The member names them once and sends
 * changes afterwards, each request with the next epoch. A session ends when the member says so (epoch -1), begins another
 * one (epoch 0), or when its connection does; then what it has acquired here is released.
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'

export const INITIAL_EPOCH = 0
export const FINAL_EPOCH = -1
const MAX_INT32 = 0x7fffffff

export interface SessionPartition {
  readonly topicId: string
  readonly partition: number
}

interface CachedPartition extends SessionPartition {
  /** The next answer names the partition, whether or not there is news. */
  isWanted: boolean
}

export interface ShareSession {
  readonly groupId: string
  readonly memberId: string
  readonly connectionId: string
  /** The epoch of the member's next request. */
  epoch: number
  /** In the order in which they are read; those that have given records go to the end. */
  readonly partitions: Map<string, CachedPartition>
}

const nameOf = ({ topicId, partition }: SessionPartition): string => `${topicId}:${partition}`
const keyOf = (groupId: string, memberId: string): string => `${groupId}\0${memberId}`
const epochAfter = (epoch: number): number => (epoch === MAX_INT32 ? 1 : epoch + 1)

export class ShareSessions {
  readonly #maxSessions: number
  readonly #sessions = new Map<string, ShareSession>()
  /** The members that have begun sessions, by their connections. */
  readonly #begunOn = new WeakMap<object, Set<string>>()

  constructor(maxSessions: number) {
    this.#maxSessions = maxSessions
  }

  find(groupId: string, memberId: string): ShareSession | undefined {
    return this.#sessions.get(keyOf(groupId, memberId))
  }

  get all(): readonly ShareSession[] {
    return [...this.#sessions.values()]
  }

  /** Begins a session in place of the one that the member may have. Throws SHARE_SESSION_LIMIT_REACHED. */
  begin(
    { groupId, memberId, connectionId }: Pick<ShareSession, 'groupId' | 'memberId' | 'connectionId'>,
    partitions: readonly SessionPartition[],
  ): ShareSession {
    const key = keyOf(groupId, memberId)
    this.#sessions.delete(key)
    if (this.#sessions.size >= this.#maxSessions) throw new KafkaError(ErrorCode.SHARE_SESSION_LIMIT_REACHED)
    const session = { groupId, memberId, connectionId, epoch: epochAfter(INITIAL_EPOCH), partitions: new Map() }
    add(session, partitions, false)
    this.#sessions.set(key, session)
    return session
  }

  /** Whether the member begins its first session on this connection: from then on somebody waits for the connection's end. */
  isFirstOn(connection: object, groupId: string, memberId: string): boolean {
    const members = this.#begunOn.get(connection) ?? new Set()
    this.#begunOn.set(connection, members)
    const membersBefore = members.size
    return members.add(keyOf(groupId, memberId)).size > membersBefore
  }

  /** The session with the request's changes. Throws SHARE_SESSION_NOT_FOUND and INVALID_SHARE_SESSION_EPOCH. */
  continue(
    groupId: string,
    memberId: string,
    epoch: number,
    added: readonly SessionPartition[],
    forgotten: readonly SessionPartition[],
  ): ShareSession {
    const session = this.require(groupId, memberId)
    if (session.epoch !== epoch) throw new KafkaError(ErrorCode.INVALID_SHARE_SESSION_EPOCH)
    add(session, added, true)
    for (const partition of forgotten) session.partitions.delete(nameOf(partition))
    session.epoch = epochAfter(epoch)
    return session
  }

  require(groupId: string, memberId: string): ShareSession {
    const session = this.find(groupId, memberId)
    if (session === undefined) throw new KafkaError(ErrorCode.SHARE_SESSION_NOT_FOUND)
    return session
  }

  end({ groupId, memberId }: Pick<ShareSession, 'groupId' | 'memberId'>): void {
    this.#sessions.delete(keyOf(groupId, memberId))
  }

  has(groupId: string): boolean {
    return this.all.some((session) => session.groupId === groupId)
  }
}

function add({ partitions }: ShareSession, added: readonly SessionPartition[], isWanted: boolean): void {
  for (const { topicId, partition } of added) {
    const name = nameOf({ topicId, partition })
    if (!partitions.has(name)) partitions.set(name, { topicId, partition, isWanted })
  }
}

/** The partitions in the order in which this request reads them: each request begins with another one. */
export function partitionsToRead({ partitions }: ShareSession, requestEpoch: number): SessionPartition[] {
  const all = [...partitions.values()]
  const at = requestEpoch < 1 || all.length === 0 ? 0 : requestEpoch % all.length
  return [...all.slice(at), ...all.slice(0, at)]
}

/** Whether the answer names the partition: with records, with an error, or for the first time after either. */
export function isNews(
  { partitions }: ShareSession,
  read: SessionPartition & { readonly errorCode: number; readonly sizeBytes: number },
): boolean {
  const name = nameOf(read)
  const cached = partitions.get(name)
  if (cached === undefined) return true
  const isNews = read.sizeBytes > 0 || cached.isWanted || read.errorCode !== ErrorCode.NONE
  cached.isWanted = read.errorCode !== ErrorCode.NONE
  if (read.sizeBytes > 0) {
    partitions.delete(name)
    partitions.set(name, cached)
  }
  return isNews
}
