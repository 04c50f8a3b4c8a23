/** Records applied on top of an image, and the image that comes of them. */
import type { ClientQuotaRecord } from '../../../protocol/messages/client-quota-record.ts'
import { entityKey, sortedEntity } from '../client-quota-entity.ts'
import type { MetadataRecord } from '../metadata-record.ts'
import { MetadataReplayError } from '../replay-error.ts'
import {
  withBroker,
  withBrokerChange,
  withController,
  withFencing,
  withoutBroker,
  withoutController,
} from './cluster-delta.ts'
import { ConfigurationsDelta } from './configurations-delta.ts'
import type { ClientQuotaImage, MetadataChange, MetadataImage, MetadataProvenance } from './metadata-image.ts'
import type { PersistentMap } from './persistent-map.ts'
import type { QuorumImage } from './quorum-image.ts'
import { TopicsDelta } from './topics-delta.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
/** The small sections, which are replaced at every record. */
type Sections = Mutable<Omit<MetadataImage, 'provenance' | 'topics' | 'configs'>>

export class MetadataDelta {
  readonly #before: MetadataImage
  readonly #sections: Sections
  readonly #topics: TopicsDelta
  readonly #configs: ConfigurationsDelta
  readonly #changedAcls = new Set<string>()

  constructor(image: MetadataImage) {
    this.#before = image
    this.#sections = { ...image }
    this.#topics = new TopicsDelta(image.topics)
    this.#configs = new ConfigurationsDelta(image.configs)
  }

  /** Throws `MetadataReplayError` when the record contradicts what came before it. */
  replay(record: MetadataRecord): void {
    if (!this.#replayTopics(record) && !this.#replayCluster(record)) this.#replayOther(record)
  }

  replaceQuorum(quorum: QuorumImage): void {
    this.#sections.quorum = quorum
  }

  apply(provenance: MetadataProvenance): MetadataChange {
    const topics = this.#topics.apply()
    const configs = this.#configs.apply()
    const after: MetadataImage = { ...this.#sections, provenance, topics: topics.image, configs: configs.image }
    return {
      before: this.#before,
      after,
      ...topics.changes,
      changedConfigs: configs.changedConfigs,
      changedAcls: [...this.#changedAcls],
    }
  }

  #replayTopics(record: MetadataRecord): boolean {
    switch (record.type) {
      case 'TopicRecord':
        this.#topics.topicRecord(record.value)
        return true
      case 'PartitionRecord':
        this.#topics.partitionRecord(record.value)
        return true
      case 'PartitionChangeRecord':
        this.#topics.partitionChangeRecord(record.value)
        return true
      case 'RemoveTopicRecord':
        this.#configs.removeTopic(this.#topics.removeTopic(record.value.topicId))
        return true
      case 'ClearElrRecord':
        this.#topics.clearElr(record.value.topicName)
        return true
      case 'ConfigRecord':
        this.#configs.configRecord(record.value)
        return true
      default:
        return false
    }
  }

  #replayCluster(record: MetadataRecord): boolean {
    const sections = this.#sections
    const { cluster } = sections
    switch (record.type) {
      case 'RegisterBrokerRecord':
        sections.cluster = withBroker(cluster, record.value)
        return true
      case 'UnregisterBrokerRecord':
        sections.cluster = withoutBroker(cluster, record.value.brokerId, record.value.brokerEpoch)
        return true
      case 'FenceBrokerRecord':
        sections.cluster = withFencing(cluster, record.value.id, record.value.epoch, true)
        return true
      case 'UnfenceBrokerRecord':
        sections.cluster = withFencing(cluster, record.value.id, record.value.epoch, false)
        return true
      case 'BrokerRegistrationChangeRecord':
        sections.cluster = withBrokerChange(cluster, record.value)
        return true
      case 'RegisterControllerRecord':
        sections.cluster = withController(cluster, record.value)
        return true
      case 'UnregisterControllerRecord':
        sections.cluster = withoutController(cluster, record.value.controllerId)
        return true
      default:
        return false
    }
  }

  #replayOther(record: MetadataRecord): void {
    const sections = this.#sections
    switch (record.type) {
      case 'FeatureLevelRecord': {
        const { name, featureLevel } = record.value
        sections.features =
          featureLevel === 0 ? sections.features.delete(name) : sections.features.set(name, featureLevel)
        return
      }
      case 'ProducerIdsRecord':
        sections.nextProducerId = record.value.nextProducerId
        return
      case 'ClientQuotaRecord':
        sections.clientQuotas = withQuota(sections.clientQuotas, record.value)
        return
      case 'AccessControlEntryRecord':
        sections.acls = sections.acls.set(record.value.id, record.value)
        this.#changedAcls.add(record.value.id)
        return
      case 'RemoveAccessControlEntryRecord':
        if (!sections.acls.has(record.value.id)) {
          throw new MetadataReplayError(`the removal of an unknown ACL with the id ${record.value.id}`)
        }
        sections.acls = sections.acls.delete(record.value.id)
        this.#changedAcls.add(record.value.id)
        return
      case 'UserScramCredentialRecord':
        sections.scram = sections.scram.set(scramKey(record.value), record.value)
        return
      case 'RemoveUserScramCredentialRecord':
        sections.scram = sections.scram.delete(scramKey(record.value))
        return
      case 'DelegationTokenRecord':
        sections.delegationTokens = sections.delegationTokens.set(record.value.tokenId, record.value)
        return
      case 'RemoveDelegationTokenRecord':
        sections.delegationTokens = sections.delegationTokens.delete(record.value.tokenId)
        return
      case 'unknown':
        sections.unknown = [...sections.unknown, record]
        return
      default:
        // Transactions are the loader's matter (metadata-loader.ts); the rest says nothing about the present.
        return
    }
  }
}

const scramKey = ({ mechanism, name }: { mechanism: number; name: string }): string => `${mechanism}:${name}`

function withQuota(
  quotas: PersistentMap<ClientQuotaImage>,
  record: ClientQuotaRecord,
): PersistentMap<ClientQuotaImage> {
  const entity = sortedEntity(record.entity)
  const key = entityKey(entity)
  const values = new Map(quotas.get(key)?.quotas)
  if (record.remove) values.delete(record.key)
  else values.set(record.key, record.value)
  return values.size === 0 ? quotas.delete(key) : quotas.set(key, { entity, quotas: values })
}
