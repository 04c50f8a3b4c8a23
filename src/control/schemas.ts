/** Bodies of requests and responses: what is checked, what is described, and what TypeScript knows are the same. */
import { z } from '@hono/zod-openapi'

const milliseconds = z.number().min(0)
const Anything = z.record(z.string(), z.any())

export const Failure = z.strictObject({ error: z.string() }).openapi('Failure')

export const Status = z.strictObject({ status: z.string() }).openapi('Status')

export const BrokerState = z
  .strictObject({ bootstrapServers: z.string(), clock: z.enum(['manual', 'running']), nowMs: z.number() })
  .openapi('Broker')

export const Fork = z
  .strictObject({
    id: z.string(),
    bootstrapServers: z.string(),
    control: z.string().openapi({ description: 'Below this path the fork is controlled as the broker itself is.' }),
  })
  .openapi('Fork')

export const RuleToMake = z
  .strictObject({
    api: z.union([z.string(), z.array(z.string()).min(1)]).openapi({ example: 'Produce' }),
    topic: z.string().optional(),
    partition: z.int().min(0).optional(),
    clientId: z.string().optional(),
    groupId: z.string().optional(),
    transactionalId: z.string().optional(),
    user: z.string().optional(),
    where: Anything.optional().openapi({
      description: 'Fields that the request has to have: objects by their fields, lists by elements among others.',
      example: { acks: 0 },
    }),
    error: z
      .string()
      .optional()
      .openapi({ description: "The request is answered with this error of Kafka's and not carried out." }),
    message: z.string().optional().openapi({ description: 'The words that go with `error`.' }),
    delayMs: milliseconds.optional(),
    drop: z.enum(['request', 'response']).optional(),
    hold: z.literal(true).optional(),
    throttleMs: milliseconds.optional(),
    reply: Anything.optional().openapi({
      description: 'A merge patch (RFC 7396) for the real answer, with the names of its fields.',
      example: { controllerId: -1 },
    }),
    times: z.int().min(1).optional(),
    chance: z.number().min(0).max(1).optional(),
    seed: z.int().optional(),
  })
  .openapi('RuleToMake')

export const RuleState = z.strictObject({ id: z.string(), rule: z.string(), hits: z.int() }).openapi('Rule')

export const Wait = z
  .strictObject({ hits: z.int().min(1).default(1), timeoutMs: milliseconds.default(10_000) })
  .openapi('WaitForHits')

export const NetworkToMake = z
  .strictObject({
    latencyMs: milliseconds.optional(),
    jitterMs: milliseconds.optional(),
    bytesPerSecond: z.number().positive().optional(),
  })
  .openapi('NetworkToMake')

export const DiskToMake = z
  .strictObject({
    error: z.string().optional().openapi({ example: 'ENOSPC' }),
    stallMs: milliseconds.optional(),
    path: z.string().optional().openapi({ description: 'A regular expression that the paths of files match.' }),
    operations: z.array(z.enum(['open', 'read', 'write', 'sync', 'rename', 'remove'])).optional(),
    times: z.int().min(1).optional(),
  })
  .openapi('DiskToMake')

export const Condition = z.strictObject({ id: z.string(), condition: z.string() }).openapi('Condition')
export const Made = z.strictObject({ id: z.string() }).openapi('Made')
export const Cut = z.strictObject({ clientId: z.string().optional() }).openapi('Cut')
export const Count = z.strictObject({ count: z.int() }).openapi('Count')

export const ClockState = z.strictObject({ clock: z.enum(['manual', 'running']), nowMs: z.number() }).openapi('Clock')
export const Advance = z
  .strictObject({ by: z.union([z.number().min(0), z.string()]).openapi({ example: '30s' }) })
  .openapi('Advance')

export const Request = z
  .strictObject({
    api: z.string(),
    version: z.int(),
    clientId: z.string().nullable(),
    correlationId: z.int(),
    connection: z.string(),
    user: z.string(),
    receivedMs: z.number(),
    tookMs: z.number().nullable(),
    request: Anything,
    response: Anything.nullable(),
  })
  .openapi('Request')

export const WaitForRequests = z
  .strictObject({
    api: z.string().optional(),
    clientId: z.string().optional(),
    where: Anything.optional(),
    count: z.int().min(1).default(1),
    timeoutMs: milliseconds.default(10_000),
  })
  .openapi('WaitForRequests')

const Text = z.string().nullable()

export const Record = z
  .strictObject({
    topic: z.string(),
    partition: z.int(),
    offset: z.int(),
    timestampMs: z.number(),
    key: Text,
    value: Text,
    headers: z.array(z.strictObject({ key: z.string(), value: Text })),
  })
  .openapi('Record')

export const RecordToProduce = z
  .strictObject({
    key: Text.optional(),
    value: Text.optional(),
    headers: z.record(z.string(), Text).optional(),
    partition: z.int().min(0).optional(),
    timestampMs: z.number().optional(),
  })
  .openapi('RecordToProduce')

export const Encoding = z
  .enum(['text', 'base64'])
  .default('text')
  .openapi({ description: 'How keys, values and values of headers are written here.' })

export const RecordsQuery = z.object({
  count: z.coerce.number().int().min(1).optional().openapi({ description: 'Waits for so many.' }),
  key: z.string().optional(),
  value: z.string().optional(),
  contains: z.string().optional().openapi({ description: 'A part of the value.' }),
  isolation: z.enum(['committed', 'uncommitted']).default('committed'),
  encoding: Encoding,
  timeoutMs: z.coerce.number().min(0).default(10_000),
})

export const Place = z.strictObject({ partition: z.int(), offset: z.int() }).openapi('Place')

export const Topic = z
  .strictObject({
    name: z.string(),
    id: z.string(),
    isInternal: z.boolean(),
    partitions: z.array(z.strictObject({ partition: z.int(), startOffset: z.int(), endOffset: z.int() })),
  })
  .openapi('Topic')

export const LeaderEpoch = z.strictObject({ leaderEpoch: z.int() }).openapi('LeaderEpoch')
export const TopicId = z.strictObject({ id: z.string() }).openapi('TopicId')

export const Group = z
  .strictObject({
    groupId: z.string(),
    type: z.string(),
    state: z.string(),
    members: z.array(z.strictObject({ memberId: z.string(), clientId: z.string(), host: z.string() })),
  })
  .openapi('Group')

export const GroupQuery = z.object({
  members: z.coerce.number().int().min(0).optional(),
  timeoutMs: z.coerce.number().min(0).default(10_000),
})
export const WaitQuery = z.object({ timeoutMs: z.coerce.number().min(0).default(10_000) })
