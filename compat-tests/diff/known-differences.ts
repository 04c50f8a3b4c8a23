import { errorName } from '../../protocol/errors.ts'
import type { Difference } from './compare.ts'

/**
 * Where samsa answers otherwise than Apache on purpose or by nature. An entry that nothing in a whole run needs fails
 * the run, so this list only shrinks. An error code must be named to be
 * known.
 */
export interface KnownDifference {
  api: string
  /** As in the report; `*` stands for anything. */
  path: string
  reason: string
  /** For an error code alone: the name that Apache answers, and samsa's. */
  codes?: readonly [string, string]
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
  { api: 'DeleteTopics', path: 'responses(order)', reason: HASH_ORDER },
  { api: 'DeleteGroups', path: 'results(order)', reason: HASH_ORDER },
  { api: 'ListGroups', path: 'groups(order)', reason: HASH_ORDER },
  { api: 'DescribeGroups', path: 'groups[].members(order)', reason: HASH_ORDER },
  { api: 'JoinGroup', path: 'members(order)', reason: HASH_ORDER },
  { api: 'OffsetFetch', path: '*(order)', reason: HASH_ORDER },
  {
    api: 'FindCoordinator',
    path: 'coordinators[].errorCode',
    codes: ['COORDINATOR_NOT_AVAILABLE', 'UNSUPPORTED_VERSION'],
    reason: 'share groups are not built yet',
  },
  { api: 'DescribeConfigs', path: 'results[].configs(order)', reason: HASH_ORDER },
  { api: 'DescribeConfigs', path: 'results[].configs[*].documentation', reason: 'the texts of Apache are not copied' },
]

export function reasonFor(difference: Difference): KnownDifference | undefined {
  return knownDifferences.find(
    ({ api, path, codes }) =>
      matches(api, difference.api) &&
      matches(path, difference.path) &&
      (codes ? codes.join() === codesOf(difference) : !difference.isError),
  )
}

function codesOf({ apache, samsa }: Difference): string {
  return [apache, samsa].map((code) => (typeof code === 'number' ? errorName(code) : code)).join()
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(text)
}
