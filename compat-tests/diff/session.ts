import { setTimeout as delay } from 'node:timers/promises'
import { type Api, apisByName } from '../../protocol/registry.ts'
import type { AnyField, Fields, MessageSchema } from '../../protocol/schema.ts'
import { includesVersion } from '../../protocol/schema.ts'
import { type Body, Connection, type Login, type Outcome } from './connection.ts'

/** One request of a scenario and what one broker made of it. */
export interface Exchange {
  api: Api
  version: number
  /** The subject of this request, for the report. */
  label: string
  request: object
  outcome: Outcome
}

export interface SendOptions {
  label?: string
  /** Requests of one connection are answered in order; a parked one needs its own. Default `main`. */
  connection?: string
  timeoutMs?: number
  /** The user that asks, where the broker has users; absent: the super user. */
  as?: string
  clientId?: string
}

export interface SessionBroker {
  readonly product: string
  readonly port: number
}

/** Where a user connects, and how it logs in. */
export type Reach = (user?: string) => { port: number; login?: Login }

const DEFAULT_TIMEOUT_MS = 5_000
const TOPIC_ALREADY_EXISTS = 36
const VISIBLE_WITHIN_MS = 30_000
/** A broker that hangs ends the scenario, not the day. */
const MOST_SILENCES = 5

export function apiNamed(name: string): Api {
  const api = apisByName.get(name)
  if (api === undefined) throw new Error(`There is no API ${name}`)
  return api
}

/** The versions of an API that Kafka advertises. */
export function versionsOf(name: string): number[] {
  const { minVersion, maxVersion, latestVersionUnstable } = apiNamed(name).request
  const last = latestVersionUnstable ? maxVersion - 1 : maxVersion
  return Array.from({ length: last - minVersion + 1 }, (_, index) => minVersion + index)
}

/**
 * group.max.session.timeout.ms. Members that a scenario leaves behind stay to the end of a run: a shorter session would
 * end at another moment on each broker, and later scenarios list the groups.
 */
export const LONGEST_SESSION_MS = 1_800_000

/**
 * A scenario's hold on one broker, with the transcript of what was said to it. The same scenario runs against both
 * brokers; it may use what its own broker answered (ids), and must not decide by it what to ask next.
 */
export class Session {
  readonly broker: SessionBroker
  readonly transcript: Exchange[] = []
  readonly #connections = new Map<string, Connection>()
  readonly topicIds = new Map<string, string>()
  /** The ids of topics and tokens in the order in which they were made, also of those that are gone. */
  readonly createdIds: string[] = []
  readonly #name: string
  #barriers = 0
  #silences = 0
  readonly #reach: Reach
  #aside: Session | null = null

  constructor(broker: SessionBroker, name = 'session', reach: Reach = () => broker) {
    this.broker = broker
    this.#reach = reach
    this.#name = name.replaceAll(/[^a-zA-Z0-9]+/g, '-')
  }

  /** Asks and waits. The answer is an empty object when there was none: the transcript says why. */
  async send(name: string, version: number, body: object, options: SendOptions = {}): Promise<Body> {
    const api = apiNamed(name)
    const request = fitted(api.request, version, body)
    const exchange: Exchange = { api, version, label: options.label ?? '', request, outcome: { kind: 'silent' } }
    this.transcript.push(exchange)
    const connection = this.#connection(options)
    const { timeoutMs = DEFAULT_TIMEOUT_MS, clientId } = options
    exchange.outcome = await connection.send(api, version, request, { timeoutMs, clientId })
    if (exchange.outcome.kind === 'silent') {
      connection.close()
      if (++this.#silences > MOST_SILENCES) throw new Error(`${this.broker.product} is silent too often`)
    }
    return exchange.outcome.kind === 'answer' ? exchange.outcome.body : {}
  }

  /** Makes the last question that was asked aside part of the comparison after all. */
  keepLast(): void {
    this.transcript.push(this.aside.transcript.at(-1)!)
  }

  /** Sends what is never answered. */
  post(name: string, version: number, body: object, options: SendOptions = {}): void {
    const api = apiNamed(name)
    const request = fitted(api.request, version, body)
    this.transcript.push({
      api,
      version,
      label: options.label ?? '',
      request,
      outcome: { kind: 'unanswered' },
    })
    this.#connection(options).post(api, version, request)
  }

  /** Sends a whole frame, size included, on a connection of its own. */
  async sendBytes(name: string, version: number, bytes: Buffer, options: SendOptions = {}): Promise<void> {
    const api = apiNamed(name)
    const request = { bytes: bytes.toString('hex') }
    const exchange: Exchange = { api, version, label: options.label ?? '', request, outcome: { kind: 'silent' } }
    this.transcript.push(exchange)
    const { port, login } = this.#reach(options.as)
    const connection = new Connection(port, login)
    const correlationId = bytes.length >= 12 ? bytes.readInt32BE(8) : 0
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
    exchange.outcome = await connection.sendBytes(bytes, correlationId, { api, version, timeoutMs })
    connection.close()
  }

  /** The same broker over connections of their own, for what is no part of the comparison. */
  get aside(): Session {
    return (this.#aside ??= new Session(this.broker, 'aside', this.#reach))
  }

  /** Creates a topic and waits until the broker leads all of its partitions. Answers the id. */
  async createTopic(name: string, partitions = 1, configs: Record<string, string> = {}): Promise<string> {
    const { errorCode, topicId } = await this.#create(name, partitions, configs)
    if (errorCode !== 0) throw new Error(`${name} could not be created: error ${errorCode}`)
    return topicId
  }

  /** The same where there is no topic of the name; asks the controller, which is the first to know. */
  async ensureTopic(name: string): Promise<void> {
    const { errorCode } = await this.#create(name, 1, {})
    if (errorCode !== 0 && errorCode !== TOPIC_ALREADY_EXISTS) {
      throw new Error(`${name} could not be created: error ${errorCode}`)
    }
  }

  async #create(name: string, partitions: number, configs: Record<string, string>): Promise<Body> {
    const topic = {
      name,
      numPartitions: partitions,
      replicationFactor: 1,
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    }
    const answer = await this.aside.send('CreateTopics', 7, { topics: [topic], timeoutMs: 30_000 })
    const created: Body = answer.topics?.[0] ?? {}
    if (created.errorCode !== 0) return created
    await this.#visible(name, partitions)
    this.rememberTopicId(name, created.topicId)
    this.createdIds.push(created.topicId)
    return created
  }

  /** Waits until all that the controller has decided so far is seen by the broker: its log has one order. */
  async settle(): Promise<void> {
    await this.createTopic(`barrier-${this.#name}-${++this.#barriers}`)
  }

  /** One that no topic has, if there is no such topic. */
  topicId(name: string): string {
    return this.topicIds.get(name) ?? 'BBBBBBBBBBBBBBBBBBBBBA'
  }

  rememberTopicId(name: string, topicId: string): void {
    this.topicIds.set(name, topicId)
  }

  /** Learns the ids of all topics there are, also of those that nobody here has created. */
  async learnTopicIds(): Promise<void> {
    const { topics = [] } = await this.aside.send('Metadata', 12, { topics: null })
    for (const { name, topicId } of topics) this.topicIds.set(name, topicId)
  }

  close(): void {
    this.#aside?.close()
    for (const connection of this.#connections.values()) connection.close()
    this.#connections.clear()
  }

  #connection({ connection: name = 'main', as: user }: SendOptions): Connection {
    const key = `${user ?? ''} ${name}`
    let connection = this.#connections.get(key)
    if (connection === undefined || connection.isClosed) {
      const { port, login } = this.#reach(user)
      connection = new Connection(port, login)
      this.#connections.set(key, connection)
    }
    return connection
  }

  async #visible(name: string, partitions: number): Promise<void> {
    const deadline = performance.now() + VISIBLE_WITHIN_MS
    while (performance.now() < deadline) {
      const { topics } = await this.aside.send('Metadata', 12, { topics: [{ name }], allowAutoTopicCreation: false })
      const found = topics?.[0]
      if (found?.errorCode === 0 && found.partitions.length === partitions) {
        // Metadata shows a leader before its partition is made: ListOffsets answers when it is there.
        const asked = Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1n }))
        const answer = await this.aside.send('ListOffsets', 6, { replicaId: -1, topics: [{ name, partitions: asked }] })
        const leads = ({ errorCode }: Body) => errorCode === 0
        if (answer.topics?.[0]?.partitions.every(leads)) return
      }
      await delay(10)
    }
    throw new Error(`${this.broker.product}: ${name} was not seen within ${VISIBLE_WITHIN_MS} ms`)
  }
}

/** The body without what the version has no field for, so that a scenario can be said once for all versions. */
function fitted(schema: MessageSchema, version: number, body: object): object {
  return fittedStruct(schema.fields, version, body as Body)
}

function fittedStruct(fields: Fields, version: number, values: Body): Body {
  const result: Body = {}
  for (const [name, value] of Object.entries(values)) {
    const field = fields[name]
    if (field === undefined) throw new Error(`There is no field ${name} beside ${Object.keys(fields).join(', ')}`)
    if (!includesVersion(field.versions, version)) continue
    if (value !== undefined) result[name] = fittedValue(field, version, value)
  }
  return result
}

function fittedValue(field: AnyField, version: number, value: unknown): unknown {
  if (value === null) return includesVersion(field.nullableVersions, version) ? null : undefined
  if (field.type === 'struct') return fittedStruct(field.fields!, version, value as Body)
  if (field.type === 'array')
    return (value as unknown[]).map((element) => fittedValue(field.element!, version, element))
  return value
}

export function show(value: unknown): string {
  return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? Number(inner) : inner))
}
