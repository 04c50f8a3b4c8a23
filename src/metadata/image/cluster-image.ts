import { PersistentMap } from './persistent-map.ts'

export interface Endpoint {
  readonly name: string
  readonly host: string
  readonly port: number
  /** Kafka's id of the security protocol: 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL. */
  readonly securityProtocol: number
}

/** The lowest and the highest version that is supported. */
export interface SupportedVersionRange {
  readonly name: string
  readonly minSupportedVersion: number
  readonly maxSupportedVersion: number
}

export interface BrokerRegistration {
  readonly brokerId: number
  /** The offset of the registration in the metadata log: larger at each registration. */
  readonly brokerEpoch: bigint
  readonly incarnationId: string
  readonly endPoints: readonly Endpoint[]
  readonly features: readonly SupportedVersionRange[]
  readonly rack: string | null
  /** A fenced broker is registered, but leads nothing and is not shown to clients. */
  readonly fenced: boolean
  readonly inControlledShutdown: boolean
  readonly isMigratingZkBroker: boolean
  /** Ids of its log directories (KIP-858). */
  readonly logDirs: readonly string[]
  /** Directories that take no new partitions (KIP-1066); null from a broker that does not know of them. */
  readonly cordonedLogDirs: readonly string[] | null
}

export interface ControllerRegistration {
  readonly controllerId: number
  readonly incarnationId: string
  readonly zkMigrationReady: boolean
  readonly endPoints: readonly Endpoint[]
  readonly features: readonly SupportedVersionRange[]
}

export interface ClusterImage {
  readonly brokers: PersistentMap<BrokerRegistration>
  readonly controllers: PersistentMap<ControllerRegistration>
}

export const EMPTY_CLUSTER: ClusterImage = { brokers: PersistentMap.empty(), controllers: PersistentMap.empty() }

export const brokerOf = (cluster: ClusterImage, brokerId: number): BrokerRegistration | undefined =>
  cluster.brokers.get(String(brokerId))

/** Whether it may lead partitions and be given replicas. */
export const isActive = (broker: BrokerRegistration | undefined): broker is BrokerRegistration =>
  broker !== undefined && !broker.fenced && !broker.inControlledShutdown

/** Brokers that clients may see, by id. */
export function aliveBrokers(cluster: ClusterImage): BrokerRegistration[] {
  return [...cluster.brokers.values()].filter(({ fenced }) => !fenced).sort((a, b) => a.brokerId - b.brokerId)
}
