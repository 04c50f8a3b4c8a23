/** Quotas of users, client ids and addresses (KIP-546). */
import { AlterClientQuotasRequest, AlterClientQuotasResponse } from '../../../protocol/messages/alter-client-quotas.ts'
import {
  DescribeClientQuotasRequest,
  DescribeClientQuotasResponse,
} from '../../../protocol/messages/describe-client-quotas.ts'
import type { ClusterClient } from '../cluster-client.ts'
import { ensure, notController } from './item-outcome.ts'

export type QuotaEntityType = 'user' | 'client-id' | 'ip'

/** Whom a quota is for; null is the default of its type. */
export type QuotaEntity = readonly { readonly type: QuotaEntityType | string; readonly name: string | null }[]

export interface EntityQuotas {
  readonly entity: QuotaEntity
  readonly values: readonly { readonly key: string; readonly value: number }[]
}

const Match = { EXACT: 0, DEFAULT: 1, ANY: 2 } as const

/** `undefined` as a name: any of this type. */
export type QuotaFilter = readonly { readonly type: QuotaEntityType; readonly name: string | null | undefined }[]

export async function describeQuotas(client: ClusterClient, filter: QuotaFilter): Promise<EntityQuotas[]> {
  const components = filter.map(({ type, name }) => ({
    entityType: type,
    matchType: name === undefined ? Match.ANY : name === null ? Match.DEFAULT : Match.EXACT,
    match: name ?? null,
  }))
  const answer = await client.request(
    { to: 'any' },
    DescribeClientQuotasRequest,
    DescribeClientQuotasResponse,
    { components, strict: false },
    (each) => notController([each]),
  )
  ensure(answer.errorCode, answer.errorMessage)
  return (answer.entries ?? []).map(({ entity, values }) => ({
    entity: entity.map(({ entityType, entityName }) => ({ type: entityType, name: entityName })),
    values,
  }))
}

/** A value of null takes the quota away. */
export async function alterQuotas(
  client: ClusterClient,
  entity: QuotaEntity,
  changes: ReadonlyMap<string, number | null>,
  { validateOnly = false } = {},
): Promise<void> {
  const entry = {
    entity: entity.map(({ type, name }) => ({ entityType: type, entityName: name })),
    ops: [...changes].map(([key, value]) => ({ key, value: value ?? 0, remove: value === null })),
  }
  const { entries } = await client.request(
    { to: 'controller' },
    AlterClientQuotasRequest,
    AlterClientQuotasResponse,
    { entries: [entry], validateOnly },
    (answer) => notController(answer.entries),
  )
  for (const { errorCode, errorMessage } of entries) ensure(errorCode, errorMessage)
}
