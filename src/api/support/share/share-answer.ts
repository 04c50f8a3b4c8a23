/** The common parts of the answers of ShareFetch and ShareAcknowledge. */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import { isMemberIdValid } from '../../../coordinator/group/share/check-heartbeat.ts'
import type { ConnectionContext } from '../../../dispatch/handler.ts'
import { brokerOf } from '../../../metadata/image/cluster-image.ts'
import type { MetadataImage } from '../../../metadata/image/metadata-image.ts'
import type { AdvertisedEndpoints } from '../advertised-endpoint.ts'

/** Errors that come with the leader a client should know. */
const LEADER_ERRORS: ReadonlySet<number> = new Set([ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.FENCED_LEADER_EPOCH])

interface Answered {
  readonly topicId: string
  readonly partition: number
  readonly errorCode: number
}

/** The leader of each partition that is led elsewhere, and where those brokers are. */
export class ChangedLeaders {
  readonly #image: MetadataImage
  readonly #endpoints: AdvertisedEndpoints
  readonly #connection: ConnectionContext
  readonly #nodes = new Map<number, { nodeId: number; host: string; port: number; rack: string | null }>()

  constructor(image: MetadataImage, endpoints: AdvertisedEndpoints, connection: ConnectionContext) {
    this.#image = image
    this.#endpoints = endpoints
    this.#connection = connection
  }

  of({ topicId, partition, errorCode }: Answered): { leaderId: number; leaderEpoch: number } | undefined {
    if (!LEADER_ERRORS.has(errorCode)) return undefined
    const state = this.#image.topics.getById(topicId)?.partitions[partition]
    const { leader: leaderId = -1, leaderEpoch = -1 } = state ?? {}
    const broker = brokerOf(this.#image.cluster, leaderId)
    const address = broker === undefined ? null : this.#endpoints(this.#connection, broker)
    if (address !== null) {
      this.#nodes.set(leaderId, {
        nodeId: leaderId,
        host: address.host,
        port: address.port,
        rack: broker?.rack ?? null,
      })
    }
    return { leaderId, leaderEpoch }
  }

  get nodes() {
    return [...this.#nodes.values()]
  }
}

/** Throws INVALID_REQUEST for a request that does not say who it is of. */
export function requireMember(groupId: string | null, memberId: string | null): { groupId: string; memberId: string } {
  if (groupId === null) throw new KafkaError(ErrorCode.INVALID_REQUEST, 'Invalid group id in the request.')
  if (!isMemberIdValid(memberId)) throw new KafkaError(ErrorCode.INVALID_REQUEST, 'Invalid member id in the request.')
  return { groupId, memberId }
}

/** One entry a topic, in the order in which topics first appear. */
export function byTopic<Item extends { readonly topicId: string }, Partition>(
  items: readonly Item[],
  answer: (item: Item) => Partition,
): { topicId: string; partitions: Partition[] }[] {
  const topics = new Map<string, Partition[]>()
  for (const item of items) {
    const partitions = topics.get(item.topicId)
    if (partitions === undefined) topics.set(item.topicId, [answer(item)])
    else partitions.push(answer(item))
  }
  return [...topics].map(([topicId, partitions]) => ({ topicId, partitions }))
}
