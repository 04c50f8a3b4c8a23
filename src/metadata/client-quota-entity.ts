import type { ClientQuotaRecord } from '../../protocol/messages/client-quota-record.ts'

/** A part as a message may have it, with Kafka's defaults for what it leaves out. */
interface EntityPart {
  readonly entityType?: string
  readonly entityName?: string | null
}

/** The parts of an entity (a user, a client id, an IP address), in the order of their types; a null name is the default. */
export type ClientQuotaEntity = ClientQuotaRecord['entity']

export const sortedEntity = (entity: readonly EntityPart[]): ClientQuotaEntity =>
  entity
    .map(({ entityType = '', entityName = null }) => ({ entityType, entityName }))
    .sort((a, b) => (a.entityType < b.entityType ? -1 : 1))

/** The key of an entity in the image, whatever the order of its parts. */
export const entityKey = (entity: readonly EntityPart[]): string =>
  JSON.stringify(sortedEntity(entity).map(({ entityType, entityName }) => [entityType, entityName]))
