/**
 * Everything that exists in the cluster, at one offset of the metadata log. An image never changes; each batch of
 * records makes the next one, which shares what it did not touch (`metadata-delta.ts`).
 */
import type { AccessControlEntryRecord } from '../../../protocol/messages/access-control-entry-record.ts'
import type { DelegationTokenRecord } from '../../../protocol/messages/delegation-token-record.ts'
import type { UserScramCredentialRecord } from '../../../protocol/messages/user-scram-credential-record.ts'
import type { ClientQuotaEntity } from '../client-quota-entity.ts'
import type { UnknownMetadataRecord } from '../metadata-record.ts'
import { type ClusterImage, EMPTY_CLUSTER } from './cluster-image.ts'
import { type ConfigResource, ConfigurationsImage } from './configurations-image.ts'
import { PersistentMap } from './persistent-map.ts'
import { type QuorumImage, STATIC_QUORUM } from './quorum-image.ts'
import { type TopicImage, TopicsImage } from './topics-image.ts'

/** The part of the log that an image contains. */
export interface MetadataProvenance {
  /** -1: nothing yet. */
  readonly lastContainedOffset: number
  readonly lastContainedEpoch: number
  readonly lastContainedLogTimeMs: number
}

/** Quotas of one entity (a user, a client id, an IP address, or a combination). */
export interface ClientQuotaImage {
  readonly entity: ClientQuotaEntity
  readonly quotas: ReadonlyMap<string, number>
}

export interface MetadataImage {
  readonly provenance: MetadataProvenance
  readonly quorum: QuorumImage
  /** Finalized levels by name, `metadata.version` among them. A feature at level 0 is not here. */
  readonly features: PersistentMap<number>
  readonly cluster: ClusterImage
  readonly topics: TopicsImage
  readonly configs: ConfigurationsImage
  /** The first id of the next block of producer ids; null before the first block was given. */
  readonly nextProducerId: bigint | null
  readonly clientQuotas: PersistentMap<ClientQuotaImage>
  /** Access control entries, by their ids. */
  readonly acls: PersistentMap<AccessControlEntryRecord>
  /** SCRAM credentials, by mechanism and user name. */
  readonly scram: PersistentMap<UserScramCredentialRecord>
  /** Delegation tokens, by their ids. */
  readonly delegationTokens: PersistentMap<DelegationTokenRecord>
  /** Records of types that this release does not know, in order: a snapshot keeps them for one that does. */
  readonly unknown: readonly UnknownMetadataRecord[]
}

export const EMPTY_IMAGE: MetadataImage = {
  provenance: { lastContainedOffset: -1, lastContainedEpoch: -1, lastContainedLogTimeMs: -1 },
  quorum: STATIC_QUORUM,
  features: PersistentMap.empty(),
  cluster: EMPTY_CLUSTER,
  topics: TopicsImage.EMPTY,
  configs: ConfigurationsImage.EMPTY,
  nextProducerId: null,
  clientQuotas: PersistentMap.empty(),
  acls: PersistentMap.empty(),
  scram: PersistentMap.empty(),
  delegationTokens: PersistentMap.empty(),
  unknown: [],
}

/** The change that one publication makes: from which image to which, and where to look. */
export interface MetadataChange {
  readonly before: MetadataImage
  readonly after: MetadataImage
  readonly createdTopics: readonly TopicImage[]
  /** Partitions were added, or leaders, replicas or in-sync replicas are others now. */
  readonly changedTopics: readonly { readonly before: TopicImage; readonly after: TopicImage }[]
  /** Deleted topics as they were. A topic that was deleted and created anew is in both lists, under its two ids. */
  readonly deletedTopics: readonly TopicImage[]
  readonly changedConfigs: readonly ConfigResource[]
  /** Ids of ACLs that were added, changed or removed. */
  readonly changedAcls: readonly string[]
}

/**
 * Follows the metadata. A promise holds up the next publication and the answers of the commands behind it: when a
 * create is answered, every subscriber has made the partitions ready. A subscriber must not throw.
 */
export type MetadataSubscriber = (change: MetadataChange) => void | Promise<void>
