/** A log that cannot be opened: the others are served, and what is left of it is for a person to look at. */
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import t from 'tap'
import { startBroker } from '../../src/index.ts'

const { Kafka, logLevel } = kafkajs
const LOG = '00000000000000000000.log'
const NOISE = Buffer.alloc(100, 7)

/** Two topics with a record each, stopped in good order. */
async function makeData(data: string): Promise<void> {
  await using broker = await startBroker({ data, topics: ['damaged', 'whole'] })
  const producer = new Kafka({ brokers: [broker.bootstrapServers], logLevel: logLevel.NOTHING }).producer()
  await producer.connect()
  for (const topic of ['damaged', 'whole']) await producer.send({ topic, messages: [{ value: topic }] })
  await producer.disconnect()
}

/** All but the indexes, which can be built anew. */
const filesOf = (directory: string) =>
  readdirSync(directory)
    .filter((name) => !name.endsWith('index'))
    .sort()
    .map((name) => [name, readFileSync(join(directory, name)).toString('hex')])

const damages: Readonly<Record<string, (data: string, log: string) => void>> = {
  'noise behind the last batch, after a clean stop': (_data, log) => appendFileSync(log, NOISE),
  'noise in place of durable batches, after a crash': (data, log) => {
    rmSync(join(data, '.kafka_cleanshutdown'))
    writeFileSync(log, NOISE)
  },
}

for (const [name, damage] of Object.entries(damages)) {
  t.test(name, async (t) => {
    const data = join(t.testdir(), 'data')
    await makeData(data)
    const directory = join(data, 'damaged-0')
    damage(data, join(directory, LOG))
    const before = filesOf(directory)
    for (const start of ['first', 'second']) {
      await using broker = await startBroker({ data })
      const [record] = await broker.records('whole', { count: 1 })
      t.equal(String(record?.value), 'whole', `the ${start} start serves the other topic`)
    }
    t.same(filesOf(directory), before, 'nothing is made over what is left')
  })
}
