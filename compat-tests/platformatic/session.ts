import assert from 'node:assert/strict'
import type { DriverCase, DriverContext } from '../support/node/driver.ts'
import { eventually } from '../support/wait.ts'
import type {
  Admin,
  Client,
  ConsumeOptions,
  Consumer,
  Message,
  OutgoingMessage,
  Producer,
  SendOptions,
} from './client.ts'

export type SessionCase = Omit<DriverCase, 'run'> & { run(session: Session): Promise<void> }

/** Messages of one stream as they come. */
export interface Reading {
  received: Message[]
  errors: Error[]
  /** Waits until so many came; a stream that broke says why. */
  until(count: number): Promise<Message[]>
}

/** The client for one case: what it opens is closed when the case ends. */
export class Session {
  readonly context: DriverContext
  readonly #client: Client

  constructor(client: Client, context: DriverContext) {
    this.#client = client
    this.context = context
  }

  unique(word: string): string {
    return this.context.unique(word)
  }

  producer(options: object = {}): Producer {
    const producer = new this.#client.Producer({ ...this.#options(), ...options })
    this.context.after(() => producer.close(true))
    return producer
  }

  consumer(options: object = {}): Consumer {
    const groupOptions = { groupId: this.unique('group'), maxWaitTime: 200 }
    const consumer = new this.#client.Consumer({ ...this.#options(), ...groupOptions, ...options })
    this.context.after(() => consumer.close(true))
    return consumer
  }

  admin(): Admin {
    const admin = new this.#client.Admin(this.#options())
    this.context.after(() => admin.close())
    return admin
  }

  /** A new topic whose partitions all have a leader. */
  async topic(options: { partitions?: number; config?: Record<string, string> } = {}): Promise<string> {
    const { partitions = 1, config = {} } = options
    const topic = this.unique('topic')
    const admin = this.admin()
    const configs = Object.entries(config).map(([name, value]) => ({ name, value }))
    await admin.createTopics({ topics: [topic], partitions, replicas: 1, configs })
    await eventually(`the leaders of ${topic}`, async () => {
      const metadata = await admin.metadata({ topics: [topic], forceUpdate: true }).catch(() => null)
      return metadata?.topics.get(topic)?.partitions.filter((one) => one.leader >= 0).length === partitions
    })
    return topic
  }

  async send(topic: string, values: readonly string[], options: Partial<SendOptions> = {}): Promise<void> {
    await this.producer().send({ messages: outgoing(topic, values), ...options })
  }

  async stream(consumer: Consumer, options: ConsumeOptions): Promise<Reading> {
    const stream = await consumer.consume({ mode: 'earliest', autocommit: false, ...options })
    const received: Message[] = []
    const errors: Error[] = []
    stream.on('error', (error) => errors.push(error)).on('data', (message) => received.push(message))
    const until = async (count: number) => {
      await eventually(`${count} messages`, () => received.length >= count || errors.length > 0)
      if (errors.length > 0) throw errors[0]
      return received
    }
    return { received, errors, until }
  }

  /** Reads so many from the beginning in a group of its own. */
  async read(topic: string, count: number, options: Partial<ConsumeOptions> = {}): Promise<Message[]> {
    const reading = await this.stream(this.consumer(), { topics: [topic], ...options })
    return reading.until(count)
  }

  /** Fails unless the work fails with that error of the protocol. */
  async refused(work: Promise<unknown>, apiId: string): Promise<void> {
    const error = await work.then(
      () => assert.fail(`no ${apiId}`),
      (reason: unknown) => reason,
    )
    if (!this.#client.findErrorBy(error, 'apiId', apiId)) throw error
  }

  #options(): object {
    return {
      clientId: 'platformatic',
      bootstrapBrokers: [this.context.bootstrapServers],
      retries: 200,
      retryDelay: 100,
    }
  }
}

export const outgoing = (topic: string, values: readonly string[]): OutgoingMessage[] =>
  values.map((value) => ({ topic, value: Buffer.from(value) }))

export const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i}`)

export const values = (messages: readonly Message[]): string[] => messages.map(({ value }) => String(value))
