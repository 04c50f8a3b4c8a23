/** kafkajs, in this process. */
import { readFileSync } from 'node:fs'
import { type Consumer, Kafka, type KafkaConfig, logLevel, type Producer } from 'kafkajs'
import type { Access, Answer, Outcome, SecurityClient } from './attempts.ts'

const LIMIT_MS = 20_000
let groups = 0

export class KafkajsClient implements SecurityClient {
  readonly name = 'kafkajs'
  readonly hasDelegationTokens = false
  #kafka: Kafka | null = null
  #producer: Producer | null = null
  #consumer: Consumer | null = null
  /** Values that were read, and the failure that ended the consumer. */
  #values = new Set<string>()
  #crash: Error | null = null

  async open(access: Access): Promise<Answer> {
    this.#kafka = new Kafka(configOf(access))
    this.#producer = this.#kafka.producer()
    return answered(() => this.#producer!.connect())
  }

  send = (topic: string, value: string): Promise<Answer> =>
    answered(() => this.#producer!.send({ topic, messages: [{ value }] }))

  read = (topic: string, value: string): Promise<Answer> =>
    answered(async () => {
      if (this.#consumer === null) await this.#consume(topic)
      const deadlineMs = performance.now() + LIMIT_MS
      while (!this.#values.has(value)) {
        if (this.#crash !== null) throw this.#crash
        if (performance.now() > deadlineMs) throw new Error(`no record with the value ${value}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    })

  async close(): Promise<void> {
    await this.#consumer?.disconnect()
    await this.#producer?.disconnect()
    this.#consumer = null
    this.#producer = null
    this.#values = new Set()
    this.#crash = null
  }

  async stop(): Promise<void> {
    await this.close()
  }

  async #consume(topic: string): Promise<void> {
    const consumer = this.#kafka!.consumer({ groupId: `kafkajs-${process.pid}-${++groups}`, maxWaitTimeInMs: 200 })
    this.#consumer = consumer
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      this.#crash = payload.error
    })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ message }) => {
        this.#values.add(String(message.value))
      },
    })
  }
}

function configOf({ address, protocol, ca, identity, mechanism, username, password, token }: Access): KafkaConfig {
  const pem = (file: string) => readFileSync(file, 'utf8')
  const own = identity === undefined ? {} : { key: pem(identity), cert: pem(identity) }
  const login =
    mechanism === 'OAUTHBEARER' ? { oauthBearerProvider: async () => ({ value: token ?? '' }) } : { username, password }
  return {
    brokers: [address],
    logLevel: logLevel.NOTHING,
    retry: { retries: 1, initialRetryTime: 50 },
    reauthenticationThreshold: 500,
    ...(protocol.endsWith('SSL') && { ssl: { ca: pem(ca!), ...own } }),
    ...(mechanism !== undefined && {
      sasl: { mechanism: mechanism.toLowerCase(), ...login } as KafkaConfig['sasl'],
    }),
  }
}

async function answered(step: () => Promise<unknown>): Promise<Answer> {
  try {
    await step()
    return { outcome: 'ok', detail: '' }
  } catch (error) {
    return { outcome: outcomeOf(error as Error), detail: String(error) }
  }
}

/** Errors wrap one another: the innermost says most. */
function outcomeOf(error: Error & { type?: string; cause?: unknown }): Outcome {
  if (/TOPIC_AUTHORIZATION_FAILED/.test(error.type ?? '')) return 'authorization'
  const texts: string[] = []
  for (let each: unknown = error; each instanceof Error; each = each.cause) texts.push(`${each.name} ${each.message}`)
  const text = texts.join('\n')
  if (/not authorized to access topics|TOPIC_AUTHORIZATION/i.test(text)) return 'authorization'
  if (/SASLAuthentication|SASL .*authentication failed/i.test(text)) return 'authentication'
  if (/certificate|SSL|tls|CERT|altnames/i.test(text)) return 'tls'
  return /closed|ECONNRESET|disconnected|timeout/i.test(text) ? 'closed' : 'other'
}
