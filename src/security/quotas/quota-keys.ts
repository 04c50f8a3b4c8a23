/** Kafka's names of quotas, and the entities that have them (`QuotaConfig`, KIP-546). */

export const USER_ENTITY = 'user'
export const CLIENT_ID_ENTITY = 'client-id'
export const IP_ENTITY = 'ip'

/** The kinds of values, in Kafka's words. */
export type QuotaType = 'DOUBLE' | 'INT' | 'LONG'

export const CLIENT_QUOTAS = {
  /** Bytes a second of Produce requests. */
  producer_byte_rate: 'LONG',
  /** Bytes a second of Fetch answers. */
  consumer_byte_rate: 'LONG',
  /** Hundredths of the time of one thread (KIP-124). */
  request_percentage: 'DOUBLE',
  /** Partitions a second that are created or deleted (KIP-599). */
  controller_mutation_rate: 'DOUBLE',
} as const satisfies Record<string, QuotaType>

export const IP_QUOTAS = {
  /** Connections a second (KIP-612). */
  connection_creation_rate: 'INT',
} as const satisfies Record<string, QuotaType>

export type QuotaKey = keyof typeof CLIENT_QUOTAS | keyof typeof IP_QUOTAS
