/**
 * A test moves a coordinator, begins the next epoch of a leader, or gives a topic another id, whenever it wants to. There is
 * one broker, so what moves comes back to where it was; clients find out as in a cluster, by errors and by asking anew.
 */
import { ErrorCode } from '../../protocol/errors.ts'
import type { Decoded, MessageSchema } from '../../protocol/schema.ts'
import type { Controller } from '../controller/index.ts'
import type { Exchange, HandlerAnswer, Interceptor } from '../dispatch/interceptor.ts'
import { Outcome } from '../dispatch/outcome.ts'
import { CONSUMER_OFFSETS_TOPIC, TRANSACTION_STATE_TOPIC } from '../metadata/internal-topics.ts'
import { names } from './faults/match.ts'

/** The group, or the transactional id, whose coordinator is meant. */
export type Coordinated = { readonly groupId: string } | { readonly transactionalId: string }

interface Coordinator {
  partitionFor(id: string): number
}

/** The parts of a broker that runs. */
export interface Movable {
  groups(): Coordinator
  transactions(): Coordinator
  controller(): Pick<Controller, 'metadata' | 'renewLeader' | 'recreateTopic'>
}

interface Kind {
  /** FindCoordinator's. */
  readonly keyType: number
  readonly topic: string
  /** The requests that the coordinator answers, and nobody else. */
  readonly apis: ReadonlySet<string>
  readonly criterion: 'groupId' | 'transactionalId'
}

const GROUPS: Kind = {
  keyType: 0,
  topic: CONSUMER_OFFSETS_TOPIC,
  criterion: 'groupId',
  apis: new Set([
    'JoinGroup',
    'SyncGroup',
    'Heartbeat',
    'LeaveGroup',
    'OffsetCommit',
    'OffsetFetch',
    'OffsetDelete',
    'DeleteGroups',
    'DescribeGroups',
    'TxnOffsetCommit',
    'ConsumerGroupHeartbeat',
    'ConsumerGroupDescribe',
    'ShareGroupHeartbeat',
    'ShareGroupDescribe',
    'DescribeShareGroupOffsets',
    'AlterShareGroupOffsets',
    'DeleteShareGroupOffsets',
    'StreamsGroupHeartbeat',
    'StreamsGroupDescribe',
  ]),
}

const TRANSACTIONS: Kind = {
  keyType: 1,
  topic: TRANSACTION_STATE_TOPIC,
  criterion: 'transactionalId',
  apis: new Set(['InitProducerId', 'AddPartitionsToTxn', 'AddOffsetsToTxn', 'EndTxn', 'DescribeTransactions']),
}

/** A coordinator that has moved, and the clients that have asked where to. */
interface Moved {
  readonly kind: Kind
  readonly id: string
  readonly know: Set<string>
}

export class Moves implements Interceptor {
  readonly #next: Interceptor
  readonly #parts: Movable
  readonly #moved = new Map<string, Moved>()

  /** Requests go on to `next`. */
  constructor(next: Interceptor, parts: Movable) {
    this.#next = next
    this.#parts = parts
  }

  async moveCoordinator(of: Coordinated): Promise<void> {
    if (!('groupId' in of || 'transactionalId' in of)) {
      throw new TypeError('A coordinator is moved of a `groupId`, or of a `transactionalId`: name one.')
    }
    const [kind, id, coordinator] =
      'groupId' in of
        ? ([GROUPS, of.groupId, this.#parts.groups()] as const)
        : ([TRANSACTIONS, of.transactionalId, this.#parts.transactions()] as const)
    const partition = coordinator.partitionFor(id)
    if (this.#controller.metadata.image.topics.get(kind.topic) === undefined) {
      throw new TypeError(`Nobody has asked for a coordinator yet: ${kind.topic} is not there.`)
    }
    this.#moved.set(`${kind.keyType} ${id}`, { kind, id, know: new Set() })
    await this.#controller.renewLeader(kind.topic, partition)
  }

  async changeLeaderEpoch(topic: string, partition: number): Promise<number> {
    if (this.#controller.metadata.image.topics.partition(topic, partition) === undefined) {
      throw new TypeError(`There is no partition ${topic}-${partition}.`)
    }
    return this.#controller.renewLeader(topic, partition)
  }

  async recreateTopic(topic: string): Promise<string> {
    if (this.#controller.metadata.image.topics.get(topic) === undefined) {
      throw new TypeError(`There is no topic ${topic}.`)
    }
    return this.#controller.recreateTopic(topic)
  }

  intercept(exchange: Exchange): HandlerAnswer {
    if (this.#moved.size === 0) return this.#next.intercept(exchange)
    const { handler, context, request } = exchange
    const client = context.clientId ?? ''
    for (const { kind, id, know } of this.#moved.values()) {
      if (asksFor(handler.name, request, kind, id)) know.add(client)
      if (know.has(client) || !kind.apis.has(handler.name) || !names(request, kind.criterion, id)) continue
      const response = handler.errorResponse(context, request, ErrorCode.NOT_COORDINATOR, null)
      return (
        response ?? new Outcome(null, { closeReason: 'a request that expects no answer came to the wrong coordinator' })
      )
    }
    return this.#next.intercept(exchange)
  }

  get #controller() {
    return this.#parts.controller()
  }
}

function asksFor(api: string, request: Decoded<MessageSchema>, { keyType, criterion }: Kind, id: string): boolean {
  return api === 'FindCoordinator' && (request.keyType ?? GROUPS.keyType) === keyType && names(request, criterion, id)
}
