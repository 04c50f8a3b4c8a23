/**
 * Every small file of a data directory, as a power failure, a copy or a person may have left it. A start then serves
 * everything, or ends with one sentence that names the file and says what to do; and `samsa log verify` has said before
 * which of the two it will be. What is served is asked for over the wire, by name and by topic id.
 */
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import kafkajs from 'kafkajs'
import t from 'tap'
import { ErrorCode } from '../../protocol/errors.ts'
import type { JsonObject } from '../../protocol/json.ts'
import { apisByKey } from '../../protocol/registry.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import { inspectDirectories } from '../../src/cli/verify.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { type Logger, startBroker } from '../../src/index.ts'
import type { Finding } from '../../src/log/inspection/finding.ts'
import { ask } from '../api/support/wire-client.ts'
import { isTaken } from '../support/repetitions.ts'

const { Kafka, logLevel } = kafkajs

t.setTimeout(900_000)

const [FETCH, METADATA, OFFSET_FETCH] = [1, 3, 9].map((apiKey) => apisByKey.get(apiKey)!)
const RECORDS = 5

/** Records, a log that begins at offset 1, a committed offset, a producer; stopped in good order. Returns the topic's id. */
async function makeData(data: string): Promise<string> {
  await using broker = await startBroker({
    data,
    topics: ['orders:1', 'compacted:1:cleanup.policy=compact'],
    config: { 'offsets.topic.num.partitions': 1 },
  })
  const kafka = new Kafka({ brokers: [broker.bootstrapServers], logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ idempotent: true })
  await producer.connect()
  for (let i = 0; i < RECORDS; i++) await producer.send({ topic: 'orders', messages: [{ key: 'k', value: `v${i}` }] })
  await producer.send({ topic: 'compacted', messages: [{ key: 'k', value: 'v' }] })
  await producer.disconnect()
  const admin = kafka.admin()
  await admin.connect()
  await admin.fetchTopicOffsets('orders')
  await admin.deleteTopicRecords({ topic: 'orders', partitions: [{ partition: 0, offset: '1' }] })
  await admin.setOffsets({ groupId: 'g', topic: 'orders', partitions: [{ partition: 0, offset: '3' }] })
  await admin.disconnect()
  return topicIdIn(join(data, 'orders-0/partition.metadata'))
}

const topicIdIn = (path: string): string => /topic_id: (\S+)/.exec(readFileSync(path, 'utf8'))![1]

const spoils: Readonly<Record<string, (path: string) => void>> = {
  emptied: (path) => writeFileSync(path, ''),
  halved: (path) => writeFileSync(path, readFileSync(path).subarray(0, statSync(path).size >> 1)),
  'filled with noise': (path) => writeFileSync(path, Buffer.from(Array.from({ length: 64 }, (_, i) => i * 149 + 7))),
  'filled with zeros': (path) => writeFileSync(path, Buffer.alloc(Math.max(statSync(path).size, 8))),
  removed: (path) => rmSync(path),
  padded: (path) => writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.from('\n\n')])),
}

function smallFiles(data: string): string[] {
  return (readdirSync(data, { recursive: true }) as string[])
    .filter((name) => dirname(name) === '.' || /^(orders|__cluster_metadata)-0\//.test(name))
    .filter((name) => statSync(join(data, name)).isFile() && !/\.(log|lock)$/.test(name))
    .sort()
}

interface Outcome {
  /** The sentence that the start ended with. */
  refusal: string | null
  /** Warnings and errors. */
  said: string[]
  served: object | null
}

async function outcomeOf(data: string, topicId: string): Promise<Outcome> {
  const said: string[] = []
  const tell = (first: unknown, second?: string) => {
    said.push(typeof first === 'string' ? first : `${second} (with an object: ${Object.keys(first as object)})`)
  }
  const quiet = () => {}
  const logger = unchecked<Logger>({ trace: quiet, debug: quiet, info: quiet, warn: tell, error: tell, fatal: tell })
  try {
    await using broker = await startBroker({ data, logger })
    return { refusal: null, said, served: await servedAt(broker.port, topicId) }
  } catch (error) {
    return { refusal: (error as Error).message, said, served: null }
  }
}

async function servedAt(port: number, topicId: string): Promise<object> {
  const { topics } = await ask(port, METADATA, 1, { topics: null })
  return {
    topics: (topics as JsonObject[]).map(({ name }) => name).sort(),
    committed: await committedAt(port),
    byName: await fetchAll(port, 12, { topic: 'orders' }),
    byId: await fetchAll(port, 13, { topicId }),
  }
}

/** A broker serves while it still loads its groups: as a client does, the question is asked again until they are there. */
async function committedAt(port: number): Promise<unknown> {
  const request = { groupId: 'g', topics: [{ name: 'orders', partitionIndexes: [0] }] }
  for (;;) {
    const { errorCode, topics } = await ask(port, OFFSET_FETCH, 5, request)
    if (errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) continue
    if (errorCode !== ErrorCode.NONE) return { errorCode }
    return ((topics as JsonObject[])[0].partitions as JsonObject[])[0].committedOffset
  }
}

async function fetchAll(port: number, version: number, topic: object): Promise<JsonObject> {
  const partition = { partition: 0, fetchOffset: 1n, partitionMaxBytes: 1 << 20 }
  const request = { maxWaitMs: 100, maxBytes: 1 << 20, topics: [{ ...topic, partitions: [partition] }] }
  const { responses } = await ask(port, FETCH, version, request)
  const [{ errorCode, highWatermark, logStartOffset, records }] = (responses as JsonObject[])[0]
    .partitions as JsonObject[]
  return { errorCode, highWatermark, logStartOffset, records }
}

async function foreseenFor(data: string): Promise<Finding[]> {
  const findings: Finding[] = []
  await inspectDirectories(nodeEnvironment(), [data], { found: (finding) => void findings.push(finding) })
  return findings
}

function copy(from: string, to: string): string {
  rmSync(to, { recursive: true, force: true })
  cpSync(from, to, { recursive: true })
  return to
}

/** The log start is in the checkpoint alone: without it deleted records are there again, and verify says so. */
const RESTORED = 'deleted records may come back'

t.test('every small file, in every state', async (t) => {
  const root = t.testdir({})
  const original = join(root, 'original')
  const topicId = await makeData(original)
  const sound = (await outcomeOf(copy(original, join(root, 'data')), topicId)).served
  t.match(sound, { committed: '3', byName: { errorCode: 0, highWatermark: '5', logStartOffset: '1' } })
  t.match(sound, { byId: { errorCode: 0, highWatermark: '5', logStartOffset: '1' } })
  t.same(await foreseenFor(copy(original, join(root, 'data'))), [])

  for (const [row, name] of smallFiles(original).entries()) {
    for (const [column, [how, spoil]] of Object.entries(spoils).entries()) {
      if (!isTaken(row + column)) continue
      const data = copy(original, join(root, 'data'))
      spoil(join(data, name))
      const findings = await foreseenFor(data)
      const { refusal, said, served } = await outcomeOf(data, topicId)
      const remedies = findings.map(({ remedy }) => remedy).join('; ')
      const what = `${name} ${how}`
      t.equal(
        refusal !== null,
        /no broker starts/.test(remedies),
        `${what}: verify knew whether it starts (${refusal})`,
      )
      if (refusal !== null) {
        t.ok(refusal.includes(join(data, name)) && !refusal.includes('\n'), `${what}: one sentence names the file`)
        t.match(refusal, /[Rr]estore/, `${what}: and says what to do`)
      } else if (remedies.includes(RESTORED)) {
        t.match(served, { byName: { errorCode: 0, highWatermark: '5' }, byId: { errorCode: 0 } }, what)
      } else {
        t.same(served, sound, `${what}: everything is served`)
      }
      if (said.length > 0) t.not(findings.length, 0, `${what}: verify knew of what the start says: ${said}`)
      t.notMatch(said.join(), /with an object/, `${what}: sentences, no stacks`)
    }
  }
})

t.test('ids as other tools write them, and the id of another topic', async (t) => {
  const root = t.testdir({})
  const original = join(root, 'original')
  const topicId = await makeData(original)
  const edited = (name: string, change: (text: string) => string) => {
    const data = copy(original, join(root, 'data'))
    writeFileSync(join(data, name), change(readFileSync(join(data, name), 'utf8')))
    return data
  }
  const sound = (await outcomeOf(copy(original, join(root, 'data')), topicId)).served
  const padded = edited('orders-0/partition.metadata', (text) => text.replace(/(topic_id: \S+)/, '$1=='))
  t.same(await foreseenFor(padded), [])
  t.same(await outcomeOf(padded, topicId), { refusal: null, said: [], served: sound })
  const directory = edited('meta.properties', (text) => text.replace(/(directory\.id=\S+)/, '$1=='))
  t.same(await foreseenFor(directory), [])
  t.same(await outcomeOf(directory, topicId), { refusal: null, said: [], served: sound })

  const OTHER_ID = 'b3RoZXItdG9waWMtaWQtMQ'
  const wrong = edited('orders-0/partition.metadata', (text) => text.replace(topicId, OTHER_ID))
  t.match(await foreseenFor(wrong), [{ severity: 'damage', problem: /names the topic id/, remedy: /-stray/ }])
  const { said, served } = await outcomeOf(wrong, topicId)
  t.match(said, [/its partition.metadata names b3RoZXItdG9waWMtaWQtMQ; it is renamed to .*-stray\.$/])
  t.match(served, { byName: { errorCode: 1 }, byId: { errorCode: 1 } }, 'the topic begins anew')
  t.ok(readdirSync(wrong).some((name) => name.startsWith('orders-0.') && name.endsWith('-stray')))
})
