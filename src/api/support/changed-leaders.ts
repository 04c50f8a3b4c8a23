/**
 * A client that has asked the wrong broker for a partition is told its leader (KIP-951), and goes on there without asking for
 * metadata.
 * A replica that is here knows its leader as soon as it follows it, the image knows all others; the address is that of the
 * listener by which the client came, and is left out for a leader that is fenced.
 */
import { ErrorCode } from '../../../protocol/errors.ts'
import type { ConnectionContext } from '../../dispatch/handler.ts'
import { brokerOf } from '../../metadata/image/cluster-image.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'
import type { PartitionName, ReplicaManager } from '../../replication/replica-manager.ts'
import type { AdvertisedEndpoints } from './advertised-endpoint.ts'

interface Services {
  readonly replicas: Pick<ReplicaManager, 'leaderOf'>
  readonly image: () => MetadataImage
  readonly endpoints: AdvertisedEndpoints
}

/** The leaders for one answer to the client of a connection. */
export type LeaderLookup = (connection: ConnectionContext) => ChangedLeaders

export function leaderLookup(services: Services): LeaderLookup {
  return (connection) => new ChangedLeaders(services, connection)
}

interface Node {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

const NOBODY: readonly Node[] = []

export interface CurrentLeader {
  /** -1: nobody leads. */
  readonly leaderId: number
  readonly leaderEpoch: number
}

/** Errors of a fetch that come with the leader a client should know. */
export const isOfOtherLeader = (errorCode: number): boolean =>
  errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER || errorCode === ErrorCode.FENCED_LEADER_EPOCH

export class ChangedLeaders {
  readonly #services: Services
  readonly #connection: ConnectionContext
  /** Most answers have none. */
  #nodes: Map<number, Node> | null = null

  constructor(services: Services, connection: ConnectionContext) {
    this.#services = services
    this.#connection = connection
  }

  of(partition: PartitionName): CurrentLeader {
    const { replicas, image, endpoints } = this.#services
    const leader = replicas.leaderOf(partition)
    const broker = brokerOf(image().cluster, leader.leaderId)
    const address = broker === undefined || broker.fenced ? null : endpoints(this.#connection, broker)
    if (broker !== undefined && address !== null) {
      const { host, port } = address
      this.#nodes ??= new Map()
      this.#nodes.set(leader.leaderId, { nodeId: leader.leaderId, host, port, rack: broker.rack })
    }
    return leader
  }

  /** The brokers that lead what was asked for. */
  get nodes(): readonly Node[] {
    return this.#nodes === null ? NOBODY : [...this.#nodes.values()]
  }
}
