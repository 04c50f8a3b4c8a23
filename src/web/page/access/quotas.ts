import { first } from '../../../../protocol/collections/elements.ts'
import type { BrokerCalls } from '../broker-calls.ts'
import type { QuotaRow } from '../model.ts'
import { ensure } from '../page-error.ts'

export async function listQuotas(calls: BrokerCalls): Promise<QuotaRow[]> {
  const { errorCode, errorMessage, entries } = await calls.call('DescribeClientQuotas', { components: [] })
  ensure(errorCode, 'The list of quotas', errorMessage)
  return (entries ?? []).map(({ entity, values }) => ({
    entity: entity.map(({ entityType: type, entityName: name }) => ({ type, name })),
    values: Object.fromEntries(values.map(({ key, value }) => [key, value])),
  }))
}

/** Sets quotas, or takes those away that are null. An entity whose name is null is everybody who has no quota of their own. */
export async function alterQuotas(
  calls: BrokerCalls,
  entity: QuotaRow['entity'],
  values: Readonly<Record<string, number | null>>,
): Promise<void> {
  const { entries } = await calls.call('AlterClientQuotas', {
    entries: [
      {
        entity: entity.map(({ type, name }) => ({ entityType: type, entityName: name })),
        ops: Object.entries(values).map(([key, value]) => ({ key, value: value ?? 0, remove: value === null })),
      },
    ],
  })
  const { errorCode, errorMessage } = first(entries)
  ensure(errorCode, 'The quotas were not changed', errorMessage)
}
