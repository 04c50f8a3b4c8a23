/** The broker as rules see it: names of topics, and partitions that a client reads without naming them each time. */
import type { FetchRequest } from '../../../protocol/messages/fetch.ts'
import type { Decoded, Encodable, MessageSchema } from '../../../protocol/schema.ts'
import { ZERO_UUID } from '../../../protocol/schema.ts'
import type { RequestContext } from '../../dispatch/handler.ts'
import type { Clock } from '../../env/index.ts'
import { RequestItems } from './request-items.ts'

type Request = Decoded<MessageSchema>
type FetchTopic = FetchRequest['topics'][number]

/** Sessions are remembered as long as a broker by Kafka's defaults would remember them. */
const MOST_SESSIONS = 1000
const NO_SESSION = 0

export class FaultTarget {
  readonly clock: Clock
  readonly #topicName: (topicId: string) => string | null
  /** The partitions of each fetch session (KIP-227): an incremental Fetch names only what has changed. */
  readonly #sessions = new Map<number, Map<string, FetchTopic>>()

  constructor(clock: Clock, topicName: (topicId: string) => string | null) {
    this.clock = clock
    this.#topicName = topicName
  }

  topicName(topicId: string): string | null {
    return this.#topicName(topicId)
  }

  *named(
    api: string,
    context: RequestContext,
    request: Request,
  ): Iterable<{ topic: string; partition: number | null }> {
    const items = RequestItems.of(api)
    if (items !== null) yield* items.named(this.whole(api, context, request), this.#topicName)
  }

  /** The request with all that it is for: a Fetch of a session is for the partitions of the session. */
  whole(api: string, _context: RequestContext, request: Request): Request {
    if (api !== 'Fetch') return request
    const { sessionId, sessionEpoch } = request as FetchRequest
    const session = this.#sessions.get(sessionId)
    if (session === undefined || sessionEpoch <= 0) return request
    this.#update(session, request as FetchRequest)
    return { ...request, topics: [...session.values()] } as Request
  }

  /** Hears of each Fetch that was answered. */
  fetched(request: Request, response: Encodable<MessageSchema> | null): void {
    const { sessionEpoch } = request as FetchRequest
    const { sessionId = NO_SESSION } = (response ?? {}) as { sessionId?: number }
    if (sessionEpoch !== 0 || sessionId === NO_SESSION) return
    const session = new Map<string, FetchTopic>()
    this.#update(session, request as FetchRequest)
    this.#sessions.set(sessionId, session)
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= MOST_SESSIONS) break
      this.#sessions.delete(oldest)
    }
  }

  #update(session: Map<string, FetchTopic>, { topics, forgottenTopicsData }: FetchRequest): void {
    const key = ({ topic, topicId }: { topic: string; topicId: string }, partition: number) =>
      `${topicId === ZERO_UUID ? topic : topicId}/${partition}`
    for (const topic of topics) {
      for (const wanted of topic.partitions) {
        session.set(key(topic, wanted.partition), { ...topic, partitions: [wanted] })
      }
    }
    for (const topic of forgottenTopicsData) {
      for (const partition of topic.partitions) session.delete(key(topic, partition))
    }
  }
}
