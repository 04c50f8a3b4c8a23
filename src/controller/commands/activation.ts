/** How a controller opens the log of a new cluster. */
import type { BrokerConfig } from '../../config/broker-config.ts'
import { ConfigResourceType } from '../../metadata/configurations-image.ts'
import { ELR_FEATURE } from '../../metadata/features.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'

/** The records as they open the log: in one metadata transaction (KIP-868). */
export function activationRecords(bootstrap: readonly MetadataRecord[], config: BrokerConfig): MetadataRecord[] {
  const elrLevel = bootstrap.findLast(
    (record) => record.type === 'FeatureLevelRecord' && record.value.name === ELR_FEATURE,
  )
  const elr = elrLevel?.type === 'FeatureLevelRecord' && elrLevel.value.featureLevel > 0
  return [
    { type: 'BeginTransactionRecord', version: 0, value: { name: 'Bootstrap records' } },
    ...bootstrap,
    ...(elr ? [clusterMinInsyncReplicas(config)] : []),
    { type: 'EndTransactionRecord', version: 0, value: {} },
  ]
}

export const MIN_INSYNC_REPLICAS = 'min.insync.replicas'

/** Eligible leaders are judged by a minimum that all controllers agree on, so it has to be in the log (KIP-966). */
export const clusterMinInsyncReplicas = (config: BrokerConfig): MetadataRecord => ({
  type: 'ConfigRecord',
  version: 0,
  value: {
    resourceType: ConfigResourceType.BROKER,
    resourceName: '',
    name: MIN_INSYNC_REPLICAS,
    value: String(config.get(MIN_INSYNC_REPLICAS)),
  },
})
