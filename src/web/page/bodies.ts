/**
 * The bodies of requests to the page: what is checked here and what TypeScript knows are the same. They are judged by their
 * shape alone, as far as Kafka's requests can carry them; whether a name or a number makes sense is for the broker to say.
 */
import { z } from 'zod'

const int16 = z
  .int()
  .min(-(2 ** 15))
  .max(2 ** 15 - 1)
const int32 = z.int32()
const text = z.string()
const encoding = z.literal('base64').optional()

export const TopicToCreate = z.object({
  name: text,
  /** -1: the broker's default. */
  partitions: int32,
  replicas: int16,
  configs: z.record(text, text),
  validateOnly: z.boolean().optional(),
})
export type TopicToCreate = z.infer<typeof TopicToCreate>

/** Values by their keys; null: it is taken away, and the next one of the synonyms holds. */
export const ConfigValues = z.record(text, text.nullable())

export const PartitionCount = z.object({ count: int32 })

/** Absent or null: all records. */
export const RecordsToDelete = z.object({ before: z.object({ partition: int32, offset: z.int() }).nullish() })

export const PageQuery = z.object({
  from: z.union([z.enum(['newest', 'oldest']), z.object({ offset: z.int() }), z.object({ timeMs: z.int() })]),
  partitions: z.array(int32).optional(),
  limit: z.int().optional(),
  committedOnly: z.boolean().optional(),
  key: text.optional(),
  contains: text.optional(),
  /** By partition. */
  next: z.record(text.regex(/^\d{1,9}$/), z.int()).optional(),
})

export const RecordToWrite = z.object({
  /** Absent or null: the one of the key, as Kafka's producers choose it; without a key, one for all of them. */
  partition: int32.nullish(),
  /** Absent: now. */
  timestamp: z.int().optional(),
  key: text.nullish(),
  value: text.nullish(),
  /** The encoding of the key and the value; absent: they are text. */
  keyEncoding: encoding,
  valueEncoding: encoding,
  headers: z.array(z.object({ key: text, value: text.nullable(), encoding })).optional(),
})
export type RecordToWrite = z.infer<typeof RecordToWrite>

/** `compression` by Kafka's name of the codec. */
export const RecordsToWrite = z.object({ records: z.array(RecordToWrite), compression: text.optional() })

export const ResetPlan = z.object({
  to: z.enum(['earliest', 'latest', 'offset', 'time', 'by']),
  /** An offset, a time in milliseconds, or how far to go from where the group is. */
  value: z.number().nullish(),
  /** Absent: every partition of which the group has an offset. */
  topic: text.optional(),
  partitions: z.array(int32).optional(),
})
export type ResetPlan = z.infer<typeof ResetPlan>

/** As a preview has given it. */
const OffsetToSet = z.object({ topic: text, partition: int32, from: z.int(), to: z.int() })
export type OffsetToSet = z.infer<typeof OffsetToSet>

export const OffsetsToSet = z.object({ changes: z.array(OffsetToSet) })

export const TransactionToAbort = z.object({
  topic: text,
  partition: int32,
  producerId: z.int(),
  producerEpoch: int16,
  coordinatorEpoch: int32,
})
export type TransactionToAbort = z.infer<typeof TransactionToAbort>

export const Acl = z.object({
  resourceType: text,
  resourceName: text,
  patternType: text,
  principal: text,
  host: text,
  operation: text,
  permission: text,
})

export const Password = z.object({ name: text, mechanism: text, password: text })

/** An entity whose name is null is everybody who has no quota of their own; a value that is null is taken away. */
export const QuotasToSet = z.object({
  entity: z.array(z.object({ type: text, name: text.nullable() })),
  values: z.record(text, z.number().nullable()),
})
