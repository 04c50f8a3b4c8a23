/**
 * DescribeClientQuotas (key 48): the quotas of users, client ids and addresses that match a filter (KIP-546).
 *
 * v1  flexible
 */
import { ErrorCode, KafkaError, ownWords } from '../../protocol/errors.ts'
import {
  DescribeClientQuotasRequest,
  DescribeClientQuotasResponse,
} from '../../protocol/messages/describe-client-quotas.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { ClientQuotaEntity } from '../metadata/client-quota-entity.ts'
import { inHashMapOrder } from '../metadata/hash-map-order.ts'
import type { PublishedMetadata } from '../metadata/metadata-publisher.ts'
import { CLIENT_ID_ENTITY, IP_ENTITY, USER_ENTITY } from '../security/quotas/quota-keys.ts'

type Component = DescribeClientQuotasRequest['components'][number]

const EXACT = 0
const DEFAULT = 1
const SPECIFIED = 2
const MATCH_NAMES: ReadonlyMap<number, string> = new Map([
  [EXACT, 'EXACT'],
  [DEFAULT, 'DEFAULT'],
  [SPECIFIED, 'SPECIFIED'],
])
const ENTITY_TYPES: readonly string[] = [USER_ENTITY, CLIENT_ID_ENTITY, IP_ENTITY]

export function describeClientQuotasHandler({
  metadata,
}: {
  metadata: PublishedMetadata
}): ApiHandler<typeof DescribeClientQuotasRequest, typeof DescribeClientQuotasResponse> {
  return {
    apiKey: 48,
    name: 'DescribeClientQuotas',
    request: DescribeClientQuotasRequest,
    response: DescribeClientQuotasResponse,
    minVersion: 0,
    maxVersion: 1,
    access: { needs: [{ operation: 'DESCRIBE_CONFIGS', resource: 'CLUSTER', refused: 'request' }] },

    handle(_context, { components, strict }) {
      check(components)
      const found = [...metadata.image.clientQuotas.values()].filter(({ entity }) =>
        matches(entity, components, strict),
      )
      const entries = found.map(({ entity, quotas }) => ({
        entity,
        values: inHashMapOrder(quotas).map(([key, value]) => ({ key, value })),
      }))
      return { errorMessage: '', entries }
    },

    errorResponse(_context, _request, errorCode, errorMessage) {
      return { errorCode, errorMessage: ownWords(errorCode, errorMessage), entries: null }
    },
  }
}

function check(components: readonly Component[]): void {
  const types = new Set<string>()
  for (const component of components) {
    const { entityType } = component
    if (entityType === '') throw invalid('Invalid empty entity type.')
    if (types.has(entityType)) throw invalid(`Entity type ${entityType} cannot appear more than once in the filter.`)
    if (!ENTITY_TYPES.includes(entityType)) {
      throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION, `Unsupported entity type ${entityType}`)
    }
    checkMatch(component)
    types.add(entityType)
  }
  if (types.has(IP_ENTITY) && types.size > 1) {
    throw invalid(
      'Invalid entity filter component combination. IP filter component should not be used with user or clientId filter component.',
    )
  }
}

function checkMatch({ matchType, match }: Component): void {
  const name = MATCH_NAMES.get(matchType)
  if (name === undefined) throw invalid(`Unknown match type ${matchType}`)
  if (matchType === EXACT && match === null) {
    throw invalid('Request specified MATCH_TYPE_EXACT, but set match string to null.')
  }
  if (matchType !== EXACT && match !== null) {
    throw invalid(`Request specified MATCH_TYPE_${name}, but also specified a match string.`)
  }
}

const invalid = (message: string): KafkaError => new KafkaError(ErrorCode.INVALID_REQUEST, message)

/** `strict`: the entity has no other parts than those that the filter names. */
function matches(entity: ClientQuotaEntity, components: readonly Component[], strict: boolean): boolean {
  if (strict && entity.length !== components.length) return false
  return components.every(({ entityType, matchType, match }) => {
    const part = entity.find((each) => each.entityType === entityType)
    return part !== undefined && (matchType === SPECIFIED || part.entityName === match)
  })
}
