/** Tells who changes who may come in, who may do what, and how the cluster is configured. */
import { ErrorCode } from '../../protocol/errors.ts'
import { type ClientQuotaEntity, entityKey } from '../metadata/client-quota-entity.ts'
import { aclText } from '../security/acl/acl-audit.ts'
import type { Acl } from '../security/acl/acl-filter.ts'
import type { ChangeAudit } from '../security/change-audit.ts'
import type { AdminApi, AdminRequest, AdminRequests, AdminResponse } from './admin-requests.ts'

type Told<Api extends AdminApi> = (request: AdminRequest<Api>, response: AdminResponse<Api>) => string[]

const succeeded = (answer: { readonly errorCode?: number } | undefined): boolean =>
  (answer?.errorCode ?? ErrorCode.NONE) === ErrorCode.NONE

interface ConfigsRequest {
  readonly validateOnly: boolean
  readonly resources: readonly {
    readonly resourceType: number
    readonly resourceName: string
    readonly configs: readonly { readonly name: string }[]
  }[]
}
interface ConfigsResponse {
  readonly responses?: readonly { resourceType?: number; resourceName?: string; errorCode?: number }[]
}

const CONFIG_RESOURCES: ReadonlyMap<number, string> = new Map([
  [2, 'topic'],
  [4, 'broker'],
  [16, 'client metrics'],
  [32, 'group'],
])

/** Names of keys alone: values may be secrets. */
function configs(request: ConfigsRequest, { responses = [] }: ConfigsResponse): string[] {
  if (request.validateOnly) return []
  return request.resources.flatMap(({ resourceType, resourceName, configs }) => {
    const answer = responses.find((each) => each.resourceType === resourceType && each.resourceName === resourceName)
    if (!succeeded(answer)) return []
    const keys = configs.map(({ name }) => name).join(', ')
    return `configures ${CONFIG_RESOURCES.get(resourceType) ?? 'resource'} ${resourceName || '(all brokers)'}: ${keys}`
  })
}

const entityText = (entity: ClientQuotaEntity): string =>
  entity.map(({ entityType, entityName }) => `${entityType} ${entityName ?? '(default)'}`).join(', ')

const TOLD: { readonly [Api in AdminApi]?: Told<Api> } = {
  AlterConfigs: configs,
  IncrementalAlterConfigs: configs,
  AlterClientQuotas: ({ entries, validateOnly }, { entries: results = [] }) => {
    const refused = new Set(results.filter((result) => !succeeded(result)).map(({ entity = [] }) => entityKey(entity)))
    const changed = entries.filter(({ entity }) => !refused.has(entityKey(entity)))
    return (validateOnly ? [] : changed).flatMap(({ entity, ops }) =>
      ops.map(({ key, value, remove }) =>
        remove ? `removes ${key} of ${entityText(entity)}` : `sets ${key} of ${entityText(entity)} to ${value}`,
      ),
    )
  },
  AlterUserScramCredentials: ({ upsertions, deletions }, { results = [] }) => {
    const byUser = new Map(results.map((result) => [result.user, result]))
    const isChanged = ({ name }: { name: string }) => succeeded(byUser.get(name))
    return [
      ...upsertions.filter(isChanged).map(({ name }) => `sets SCRAM credentials of ${name}`),
      ...deletions.filter(isChanged).map(({ name }) => `removes SCRAM credentials of ${name}`),
    ]
  },
  CreateDelegationToken: (_request, { errorCode, tokenId, principalType, principalName }) =>
    succeeded({ errorCode }) ? [`creates the delegation token ${tokenId} of ${principalType}:${principalName}`] : [],
  RenewDelegationToken: (_request, response) => (succeeded(response) ? ['renews a delegation token'] : []),
  ExpireDelegationToken: (_request, response) => (succeeded(response) ? ['expires a delegation token'] : []),
  CreateAcls: ({ creations }, { results = [] }) =>
    creations
      .filter((_, index) => succeeded(results[index]))
      .map(
        ({ resourcePatternType, ...acl }) => `adds the ACL ${aclText({ ...acl, patternType: resourcePatternType })}`,
      ),
  DeleteAcls: (_request, { filterResults = [] }) =>
    filterResults
      .flatMap(({ matchingAcls = [] }) => matchingAcls)
      .map((acl) => `removes the ACL ${aclText(acl as Acl)}`),
}

/** Tells the audit of changes that clients ask for; those that a broker makes for itself are nobody's. */
export function auditedRequests(requests: AdminRequests, audit: ChangeAudit): AdminRequests {
  return {
    async forward(api, request, context) {
      const response = await requests.forward(api, request, context)
      const { principal, clientAddress } = context
      if (clientAddress === null) return response
      const tell = TOLD[api] as Told<typeof api> | undefined
      for (const change of tell?.(request, response) ?? []) {
        audit.tell({ principal, address: clientAddress }, api, change)
      }
      return response
    },
  }
}
