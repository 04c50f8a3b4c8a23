/** A change of what is known of a registered broker, as one record. */
import type { BrokerRegistration } from '../../../metadata/image/cluster-image.ts'
import type { MetadataRecord } from '../../../metadata/metadata-record.ts'

const AS_IT_IS = 0
const FENCE = 1
const UNFENCE = -1
const BEGIN_SHUTDOWN = 1

/** The first version of the record that has the field. */
const VERSIONS = { fenced: 0, inControlledShutdown: 1, logDirs: 2, cordonedLogDirs: 3 } as const

type Change =
  | { readonly fenced: boolean }
  | { readonly inControlledShutdown: true }
  /** Directories that are left, by id. */
  | { readonly logDirs: readonly string[] }
  /** All that are cordoned now, by id (KIP-1066). */
  | { readonly cordonedLogDirs: readonly string[] }

export function brokerChange(
  { brokerId, brokerEpoch }: Pick<BrokerRegistration, 'brokerId' | 'brokerEpoch'>,
  change: Change,
): MetadataRecord {
  const [field] = Object.keys(change) as [keyof typeof VERSIONS]
  return {
    type: 'BrokerRegistrationChangeRecord',
    version: VERSIONS[field],
    value: {
      brokerId,
      brokerEpoch,
      fenced: 'fenced' in change ? (change.fenced ? FENCE : UNFENCE) : AS_IT_IS,
      inControlledShutdown: 'inControlledShutdown' in change ? BEGIN_SHUTDOWN : AS_IT_IS,
      logDirs: 'logDirs' in change ? [...change.logDirs] : [],
      cordonedLogDirs: 'cordonedLogDirs' in change ? [...change.cordonedLogDirs] : null,
    },
  }
}
