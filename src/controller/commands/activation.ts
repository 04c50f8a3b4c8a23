/** How a controller opens the log of a new cluster. */
import type { BrokerConfig } from '../../config/broker-config.ts'
import { ELR_FEATURE } from '../../metadata/features.ts'
import { ConfigResourceType } from '../../metadata/image/configurations-image.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import { METADATA_VERSION, supportsMetadataTransactions } from '../../metadata/metadata-version.ts'

/**
 * The records as they open the log: in one metadata transaction (KIP-868) where the level chosen knows of these, after
 * the end of one that an earlier start could not finish.
 */
export function activationRecords(
  bootstrap: readonly MetadataRecord[],
  config: BrokerConfig,
  { inTransaction }: { inTransaction: boolean },
): MetadataRecord[] {
  const hasElr = chosenLevel(bootstrap, ELR_FEATURE) > 0
  const records = [...bootstrap, ...(hasElr ? [clusterMinInsyncReplicas(config)] : [])]
  if (!supportsMetadataTransactions(chosenLevel(bootstrap, METADATA_VERSION))) return records
  return [
    ...(inTransaction ? [ABORT_TRANSACTION] : []),
    { type: 'BeginTransactionRecord', version: 0, value: { name: 'Bootstrap records' } },
    ...records,
    { type: 'EndTransactionRecord', version: 0, value: {} },
  ]
}

export const ABORT_TRANSACTION: MetadataRecord = {
  type: 'AbortTransactionRecord',
  version: 0,
  value: { reason: 'the controller of an earlier epoch did not finish it' },
}

/** 0 for a feature that the records do not name. */
export function chosenLevel(bootstrap: readonly MetadataRecord[], feature: string): number {
  const chosen = bootstrap.findLast((record) => record.type === 'FeatureLevelRecord' && record.value.name === feature)
  return chosen?.type === 'FeatureLevelRecord' ? chosen.value.featureLevel : 0
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
