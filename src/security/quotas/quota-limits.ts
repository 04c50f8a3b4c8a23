/**
 * The limits of one quota, as the metadata has them, and which of them holds for a client (KIP-55, KIP-546). The most
 * specific one does, in the order of Kafka's `ClientQuotaManager`:
 *
 *     user and client id     the user with any client id     the user
 *     any user with this client id     any user with any client id     any user
 *     the client id     any client id
 *
 * A limit of users and client ids counts for each pair by itself, one of users for all client ids of a user together, and
 * one of client ids for all users of a client id together.
 */
import type { ClientQuotaImage } from '../../metadata/image/metadata-image.ts'
import { CLIENT_ID_ENTITY, IP_ENTITY, type QuotaKey, USER_ENTITY } from './quota-keys.ts'

/** An entity's name for all that have no limit of their own, as in the records. */
const DEFAULT = null
/** The limit does not look at this kind of entity. */
const ABSENT = undefined
type EntityName = string | typeof DEFAULT | typeof ABSENT

/** A limit, and those who share it. */
export interface ClientLimit {
  /** A number a second. */
  readonly limit: number
  /** '': all users together. */
  readonly user: string
  /** '': all client ids together. */
  readonly clientId: string
}

export class QuotaLimits {
  static readonly NONE = new QuotaLimits([], 'producer_byte_rate')

  /** By user, then by client id. */
  readonly #limits = new Map<EntityName, Map<EntityName, number>>()

  constructor(quotas: Iterable<ClientQuotaImage>, key: QuotaKey) {
    for (const { entity, quotas: values } of quotas) {
      const limit = values.get(key)
      if (limit === undefined) continue
      const names = new Map(entity.map(({ entityType, entityName }) => [entityType, entityName]))
      const ofUser = this.#limits.get(names.get(USER_ENTITY)) ?? new Map<EntityName, number>()
      this.#limits.set(names.get(USER_ENTITY), ofUser.set(names.get(CLIENT_ID_ENTITY), limit))
    }
  }

  get isEmpty(): boolean {
    return this.#limits.size === 0
  }

  /** null: the client has no limit. One without a client id has those of its user alone. */
  find(user: string, clientId: string): ClientLimit | null {
    for (const entity of [user, DEFAULT]) {
      const ofPair = this.#ofClientId(entity, clientId)
      if (ofPair !== undefined) return { limit: ofPair, user, clientId }
      const ofUser = this.#limits.get(entity)?.get(ABSENT)
      if (ofUser !== undefined) return { limit: ofUser, user, clientId: '' }
    }
    const limit = this.#ofClientId(ABSENT, clientId)
    return limit === undefined ? null : { limit, user: '', clientId }
  }

  #ofClientId(user: EntityName, clientId: string): number | undefined {
    const limits = clientId === '' ? undefined : this.#limits.get(user)
    return limits?.get(clientId) ?? limits?.get(DEFAULT)
  }
}

/** Connections a second by IP address or host name, as the metadata has them; null: of every other address. */
export function addressLimits(quotas: Iterable<ClientQuotaImage>): Map<string | null, number> {
  const limits = new Map<string | null, number>()
  for (const { entity, quotas: values } of quotas) {
    const limit = values.get('connection_creation_rate')
    const ip = entity.find(({ entityType }) => entityType === IP_ENTITY)
    if (limit !== undefined && ip !== undefined) limits.set(ip.entityName, limit)
  }
  return limits
}
