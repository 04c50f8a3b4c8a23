import { ErrorCode } from '../../../protocol/errors.ts'
import type {
  AlterClientQuotasRequest,
  AlterClientQuotasResponse,
} from '../../../protocol/messages/alter-client-quotas.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import { type ClientQuotaEntity, entityKey, sortedEntity } from '../../metadata/client-quota-entity.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import { NO_ERROR, type ResourceError } from '../../metadata/resource-error.ts'
import {
  CLIENT_ID_ENTITY,
  CLIENT_QUOTAS,
  IP_ENTITY,
  IP_QUOTAS,
  type QuotaType,
  USER_ENTITY,
} from '../../security/quotas/quota-keys.ts'
import type { CommandResult, CommandState } from './command.ts'

type Entry = AlterClientQuotasRequest['entries'][number]
type Operation = Entry['ops'][number]

const ENTITY_TYPES: readonly string[] = [USER_ENTITY, CLIENT_ID_ENTITY, IP_ENTITY]
const LARGEST: Readonly<Record<QuotaType, number>> = { DOUBLE: Infinity, INT: 2 ** 31 - 1, LONG: 2 ** 63 }
/** Kafka takes a value that is this close to a whole number for one. */
const FRACTION = 1e-6

/**
 * Sets and removes quotas (KIP-546). Each entity stands for itself, and one of its values that is refused refuses them all.
 * Whether the host name of an address is known cannot be decided here; who takes the request from its client does that.
 */
export function alterClientQuotas(
  { image }: CommandState,
  { entries, validateOnly }: AlterClientQuotasRequest,
): CommandResult<Encodable<typeof AlterClientQuotasResponse>> {
  const records: MetadataRecord[] = []
  const results = new Map<string, { entity: ClientQuotaEntity } & ResourceError>()
  for (const entry of entries) {
    const entity = distinctParts(entry.entity)
    const key = entityKey(entity)
    // As in Kafka: the values of the first entry are set all the same.
    const isTwice = results.has(key) || hasKeyTwice(entry)
    const problem = isTwice ? `Ignoring duplicate entity ${entityText(entity)}` : problemOf(entity, entry.ops)
    if (problem === null) records.push(...changes(image, entity, entry.ops))
    const error = problem === null ? NO_ERROR : { errorCode: ErrorCode.INVALID_REQUEST, errorMessage: problem }
    results.set(key, { entity, ...error })
  }
  return { records: validateOnly ? [] : records, response: { entries: [...results.values()] } }
}

/** A type that is named twice means the name that came last. */
function distinctParts(entity: ClientQuotaEntity): ClientQuotaEntity {
  return sortedEntity([...new Map(entity.map((part) => [part.entityType, part])).values()])
}

const hasKeyTwice = ({ ops }: Entry): boolean => new Set(ops.map(({ key }) => key)).size < ops.length

const entityText = (entity: ClientQuotaEntity): string =>
  `ClientQuotaEntity(entries={${entity.map(({ entityType, entityName }) => `${entityType}=${entityName}`).join(', ')}})`

function problemOf(entity: ClientQuotaEntity, operations: readonly Operation[]): string | null {
  const problem = problemOfEntity(entity)
  if (problem !== null) return problem
  const isAddress = entity.some(({ entityType }) => entityType === IP_ENTITY)
  const keys: Readonly<Record<string, QuotaType>> = isAddress ? IP_QUOTAS : CLIENT_QUOTAS
  for (const operation of operations) {
    // Removing what cannot be set is harmless, and Kafka lets it pass.
    const found = operation.remove ? null : problemOfValue(keys, operation)
    if (found !== null) return found
  }
  return null
}

function problemOfEntity(entity: ClientQuotaEntity): string | null {
  if (entity.length === 0) return 'Invalid empty client quota entity'
  for (const { entityType, entityName } of entity) {
    if (!ENTITY_TYPES.includes(entityType)) return `Unhandled client quota entity type: ${entityType}`
    if (entityName === '') return `Empty ${entityType} not supported`
  }
  const isCombined = entity.length > 1 && entity.some(({ entityType }) => entityType === IP_ENTITY)
  if (!isCombined) return null
  return 'Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId'
}

function problemOfValue(keys: Readonly<Record<string, QuotaType>>, { key, value }: Operation): string | null {
  const type = Object.hasOwn(keys, key) ? keys[key] : undefined
  if (type === undefined) return `Invalid configuration key ${key}`
  if (!Number.isFinite(value)) return `Quota ${key} must be a finite number`
  if (value <= 0) return `Quota ${key} must be greater than 0`
  if (type === 'DOUBLE') return null
  if (value > LARGEST[type])
    return `Proposed value for ${key} is too large for ${type === 'INT' ? 'an INT' : 'a LONG'}.`
  return Math.abs(value % 1) > FRACTION ? `${key} cannot be a fractional value.` : null
}

/** The records of what is not already so. */
function changes(image: MetadataImage, entity: ClientQuotaEntity, operations: readonly Operation[]): MetadataRecord[] {
  const quotas = image.clientQuotas.get(entityKey(entity))?.quotas
  const isNews = ({ key, value, remove }: Operation): boolean =>
    remove ? quotas?.has(key) === true : quotas?.get(key) !== value
  return operations.filter(isNews).map(({ key, value, remove }) => ({
    type: 'ClientQuotaRecord',
    version: 0,
    value: { entity, key, value: remove ? 0 : value, remove },
  }))
}
