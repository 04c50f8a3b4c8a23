import assert from 'node:assert/strict'
import type { DriverCase, DriverContext } from '../support/node/driver.ts'
import { eventually } from '../support/wait.ts'
import type { Admin, Client, Connected, Consumer, Done, KafkaError, Message, Producer, Report } from './client.ts'

export type SessionCase = Omit<DriverCase, 'run'> & { run(session: Session): Promise<void> }

export interface Outgoing {
  value?: string | Buffer | null
  key?: string | null
  partition?: number | null
  timestamp?: number
  headers?: Record<string, string>[]
}

/** A call whose last argument is a callback, as a promise. */
export const ask = <T>(call: (done: Done<T>) => void): Promise<T> =>
  new Promise((resolve, reject) => call((error, answer) => (error ? reject(error) : resolve(answer))))

export const timeout = 20_000

/** The client for one case: what it opens is closed when the case ends. */
export class Session {
  readonly context: DriverContext
  readonly client: Client

  constructor(client: Client, context: DriverContext) {
    this.client = client
    this.context = context
  }

  unique(word: string): string {
    return this.context.unique(word)
  }

  options(config: object = {}): object {
    return { 'bootstrap.servers': this.context.bootstrapServers, 'broker.address.family': 'v4', ...config }
  }

  async producer(config: object = {}): Promise<Producer> {
    const producer = new this.client.Producer(this.options({ dr_cb: true, 'linger.ms': 5, ...config }))
    await this.connect(producer)
    producer.setPollInterval(20)
    return producer
  }

  async consumer(config: object = {}, topicConfig: object = {}): Promise<Consumer> {
    const own = { 'group.id': this.unique('group'), 'fetch.wait.max.ms': 100 }
    const options = { 'auto.offset.reset': 'earliest', ...topicConfig }
    const consumer = new this.client.KafkaConsumer(this.options({ ...own, ...config }), options)
    await this.connect(consumer)
    consumer.setDefaultConsumeTimeout(100)
    return consumer
  }

  admin(): Admin {
    const admin = this.client.AdminClient.create(this.options())
    this.context.after(() => admin.disconnect())
    return admin
  }

  /** A new topic whose partitions all have a leader. */
  async topic(partitions = 1, config: Record<string, string> = {}): Promise<string> {
    const topic = this.unique('topic')
    const admin = this.admin()
    await ask((done) =>
      admin.createTopic({ topic, num_partitions: partitions, replication_factor: 1, config }, timeout, done),
    )
    return topic
  }

  async send(topic: string, messages: readonly (string | Outgoing)[], config: object = {}): Promise<Report[]> {
    return this.sendBy(await this.producer(config), topic, messages)
  }

  /** Produces in order and waits for all reports; a message that was refused fails it. */
  async sendBy(producer: Producer, topic: string, messages: readonly (string | Outgoing)[]): Promise<Report[]> {
    const reports: Report[] = []
    const errors: KafkaError[] = []
    producer.on('delivery-report', (error: KafkaError | null, report: Report) => {
      if (error) errors.push(error)
      else reports.push(report)
    })
    const mine = this.unique('batch')
    for (const one of messages) {
      const { value, key, partition, timestamp, headers } = typeof one === 'string' ? ({ value: one } as Outgoing) : one
      const bytes = value === null || value === undefined ? null : Buffer.from(value)
      producer.produce(topic, partition === undefined ? 0 : partition, bytes, key, timestamp, mine, headers)
    }
    const delivered = () => reports.filter(({ opaque }) => opaque === mine)
    await eventually('the reports', () => errors.length > 0 || delivered().length === messages.length, 40_000)
    if (errors.length > 0) throw errors[0]
    return delivered()
  }

  /** Consumes until so many came. */
  async take(consumer: Consumer, count: number): Promise<Message[]> {
    const received: Message[] = []
    const more = async () => {
      received.push(...(await ask<Message[]>((done) => consumer.consume(count - received.length, done))))
      return received.length >= count
    }
    await eventually(`${count} messages`, more, 40_000)
    return received
  }

  /** True when nothing comes for a while. */
  async quiet(consumer: Consumer): Promise<boolean> {
    for (let i = 0; i < 6; i++) {
      if ((await ask<Message[]>((done) => consumer.consume(1, done))).length > 0) return false
    }
    return true
  }

  async from(topic: string, offset: number, config: object = {}): Promise<Consumer> {
    const consumer = await this.consumer(config)
    consumer.assign([{ topic, partition: 0, offset }])
    return consumer
  }

  async read(topic: string, count: number, config: object = {}): Promise<Message[]> {
    return this.take(await this.from(topic, 0, config), count)
  }

  /** Fails unless the work fails with one of the codes, or the words where a delivery report has no code. */
  async refused(work: Promise<unknown>, ...expected: (number | string)[]): Promise<KafkaError> {
    const error = await work.then(
      () => assert.fail('it went well'),
      (reason: KafkaError) => reason,
    )
    const isExpected = expected.includes(error.code) || expected.includes(error.message)
    assert.ok(isExpected, `it failed with ${error.code}: ${error.message}`)
    return error
  }

  private async connect(
    one: Pick<Connected, 'connect' | 'disconnect'> & { on(event: string, listener: () => void): unknown },
  ): Promise<void> {
    // Errors of a broker that is away are told here; the client goes on by itself.
    one.on('event.error', () => {})
    await ask((done) => one.connect({ timeout }, done))
    this.context.after(() =>
      Promise.race([ask((done) => one.disconnect(done)), new Promise((end) => setTimeout(end, 5_000))]),
    )
  }
}

export const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i}`)

export const values = (messages: readonly Message[]): string[] => messages.map(({ value }) => String(value))
