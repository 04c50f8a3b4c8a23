/**
 * A broker full of things to be seen: ten topics with a million records, five groups of all four kinds, transactions that were
 * committed, aborted and left open, and a producer that goes on.
 */
import { randomUUID } from 'node:crypto'
import { encode as messagePack } from '@msgpack/msgpack'
import { Kafka, logLevel, type Producer } from 'kafkajs'
import { HOSTILE } from './hostile.ts'
import { ConsumerMember, Members, ShareMember, StreamsMember } from './members.ts'

export const TOPICS = {
  orders: 6,
  payments: 3,
  customers: 3,
  clicks: 12,
  shipments: 3,
  inventory: 3,
  prices: 1,
  sensors: 3,
  emails: 2,
  hostile: 1,
} as const
export const GROUPS = {
  billing: 'classic',
  reports: 'classic',
  search: 'consumer',
  mailer: 'share',
  enrichment: 'streams',
} as const

/** So many records has `clicks`; all other topics have fewer. */
const CLICKS = 1_000_000

export interface World {
  readonly kafka: Kafka
  close(): Promise<void>
}

const REGIONS = ['eu', 'us', 'ap'] as const
const pick = <T>(of: readonly T[], index: number): T => of[index % of.length]!

const orderOf = (index: number) => ({
  key: `customer-${index % 50}`,
  value: JSON.stringify({
    id: 10_000 + index,
    total: ((index * 37) % 4_000) / 10,
    currency: 'EUR',
    items: [
      { sku: `A-${index % 17}`, quantity: 1 + (index % 3) },
      { sku: `B-${index % 5}`, quantity: 1 },
    ],
    customer: { name: `Customer ${index % 50}`, region: pick(REGIONS, index) },
  }),
  headers: { region: pick(REGIONS, index), trace: `00-${index.toString(16).padStart(16, '0')}` },
})

export async function createWorld(bootstrapServers: string): Promise<World> {
  const kafka = new Kafka({
    brokers: [bootstrapServers],
    clientId: 'shop',
    logLevel: logLevel.NOTHING,
    requestTimeout: 60_000,
  })
  const admin = kafka.admin()
  await admin.connect()
  const topics = Object.entries(TOPICS).map(([topic, numPartitions]) => ({
    topic,
    numPartitions,
    configEntries: topic === 'customers' ? [{ name: 'cleanup.policy', value: 'compact' }] : [],
  }))
  await admin.createTopics({ topics, waitForLeaders: true })
  const producer = kafka.producer()
  await producer.connect()
  await fill(producer)
  const closeTransactions = await transactions(kafka)
  const consumer = kafka.consumer({ groupId: 'billing' })
  await consumer.connect()
  await consumer.subscribe({ topics: ['orders', 'payments'], fromBeginning: true })
  await consumer.run({ eachMessage: async () => {} })
  const members = new Members(bootstrapServers)
  await members.commit('reports', 'orders', TOPICS.orders, 40)
  await members.commit('search', 'inventory', TOPICS.inventory, 5)
  await members.start(new ConsumerMember('search', randomUUID(), ['customers', 'inventory']))
  await members.start(new ShareMember('mailer', randomUUID(), ['emails']))
  await members.start(new StreamsMember('enrichment', randomUUID(), ['shipments']))
  await admin.disconnect()
  let index = 500
  const timer = setInterval(() => {
    const messages = Array.from({ length: 5 }, () => orderOf(index++))
    producer.send({ topic: 'orders', messages }).catch(() => {})
  }, 400)
  return {
    kafka,
    async close() {
      clearInterval(timer)
      await Promise.allSettled([consumer.disconnect(), producer.disconnect(), members.close(), closeTransactions()])
    },
  }
}

async function fill(producer: Producer): Promise<void> {
  const send = (topic: string, messages: Parameters<Producer['send']>[0]['messages']) =>
    producer.send({ topic, messages })
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)
  await send('orders', numbers(500).map(orderOf))
  await send(
    'customers',
    numbers(200).map((index) => ({
      key: `customer-${index % 50}`,
      value: index % 40 === 39 ? null : JSON.stringify({ name: `Customer ${index % 50}`, version: index }),
    })),
  )
  for (const topic of ['shipments', 'inventory', 'prices', 'emails'] as const) {
    await send(
      topic,
      numbers(120).map((index) => ({ key: `${topic}-${index}`, value: `${topic} number ${index}` })),
    )
  }
  await send(
    'sensors',
    numbers(60).map((index) => ({
      key: `sensor-${index % 6}`,
      value: Buffer.from(messagePack({ sensor: index % 6, celsius: 20 + index / 10, tags: ['roof', 'north'] })),
    })),
  )
  await send(
    'hostile',
    HOSTILE.map((text) => ({ key: text, value: text, headers: { [text]: text } })),
  )
  for (let at = 0; at < CLICKS; at += 5_000) {
    await send(
      'clicks',
      numbers(5_000).map((index) => ({
        key: `visitor-${(at + index) % 997}`,
        value: `{"page":"/product/${(at + index) % 211}","at":${at + index}}`,
      })),
    )
  }
}

/** Resolves to what ends the transaction that is left open. */
async function transactions(kafka: Kafka): Promise<() => Promise<void>> {
  const begin = async (transactionalId: string, value: string) => {
    const producer = kafka.producer({
      transactionalId,
      maxInFlightRequests: 1,
      idempotent: true,
      transactionTimeout: 900_000,
    })
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic: 'payments', messages: [{ key: transactionalId, value, partition: 0 }] })
    return { producer, transaction }
  }
  const committed = await begin('payments-committed', 'paid')
  await committed.transaction.commit()
  await committed.producer.disconnect()
  const aborted = await begin('payments-aborted', 'never paid')
  await aborted.transaction.abort()
  await aborted.producer.disconnect()
  const open = await begin('payments-open', 'perhaps paid')
  return async () => {
    await open.transaction.abort()
    await open.producer.disconnect()
  }
}
