import type { Difference } from './compare.ts'

/**
 * Where samsa answers otherwise than Apache on purpose or by nature. An entry that nothing in a whole run needs fails
 * the run, so this list only shrinks. Error codes have no place here.
 */
export interface KnownDifference {
  api: string
  /** As in the report; `*` stands for anything. */
  path: string
  reason: string
}

const HASH_ORDER = 'Apache answers in the order of its hash maps'
const OWN_LOG = 'each broker has its own metadata log'
const NOT_BUILT = 'an API or feature that is not built yet'

export const knownDifferences: readonly KnownDifference[] = [
  { api: 'ApiVersions', path: 'apiKeys[*](element)', reason: NOT_BUILT },
  { api: 'ApiVersions', path: 'finalizedFeatures[*](element)', reason: NOT_BUILT },
  { api: 'ApiVersions', path: 'supportedFeatures[*].maxVersion', reason: NOT_BUILT },
  { api: 'ApiVersions', path: 'supportedFeatures(order)', reason: HASH_ORDER },
  { api: 'ApiVersions', path: 'finalizedFeaturesEpoch', reason: OWN_LOG },
  { api: 'Metadata', path: 'topics(order)', reason: HASH_ORDER },
  { api: 'DescribeConfigs', path: 'results[].configs(order)', reason: HASH_ORDER },
  { api: 'DescribeConfigs', path: 'results[].configs[*].documentation', reason: 'the texts of Apache are not copied' },
]

export function reasonFor(difference: Difference): KnownDifference | undefined {
  if (difference.isError) return undefined
  return knownDifferences.find(({ api, path }) => matches(api, difference.api) && matches(path, difference.path))
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(text)
}
