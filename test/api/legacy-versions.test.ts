/** The versions that Apache 4 has dropped, over a connection: what Kafka 3.9 and the clients before 2.1 make of them. */
import t from 'tap'
import type { JsonObject } from '../../protocol/json.ts'
import { buildLegacy } from '../../protocol/records/build-legacy.ts'
import { CompressionType } from '../../protocol/records/compression-type.ts'
import { decodeBatches } from '../../protocol/records/decode.ts'
import { apisByKey } from '../../protocol/registry.ts'
import { startBroker } from '../../src/index.ts'
import { ask } from './support/wire-client.ts'

const PRODUCE = 0
const FETCH = 1
const LIST_OFFSETS = 2
const OFFSET_COMMIT = 8
const OFFSET_FETCH = 9
const API_VERSIONS = 18
const DELETE_TOPICS = 20
const DESCRIBE_CONFIGS = 32
const TIME = 1_700_000_000_000n

const broker = await startBroker({ topics: ['old'] })
t.teardown(() => broker.stop())

const say = (apiKey: number, version: number, request: object, port = broker.port): Promise<JsonObject> =>
  ask(port, apisByKey.get(apiKey)!, version, request)

const record = (key: string | null, value: string) => ({
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from(value),
  timestamp: TIME,
})

function produce(version: number, records: Buffer): Promise<JsonObject> {
  const topicData = [{ name: 'old', partitionData: [{ index: 0, records }] }]
  return say(PRODUCE, version, { acks: -1, timeoutMs: 1000, topicData })
}

async function fetch(version: number, fetchOffset: bigint) {
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 100_000 }]
  const answer = await say(FETCH, version, { maxWaitMs: 100, minBytes: 1, topics: [{ topic: 'old', partitions }] })
  // biome-ignore lint/suspicious/noExplicitAny: Kafka's JSON of the response.
  const partition = (answer as any).responses[0].partitions[0]
  const batches = decodeBatches(Buffer.from(partition.records, 'base64'))
  const records = batches.flatMap(({ magic, records }) =>
    records.map(({ offset, timestamp, key, value }) => ({
      magic,
      offset,
      timestamp,
      key: `${key}`,
      value: `${value}`,
    })),
  )
  return { errorCode: partition.errorCode, records }
}

t.test('messages of magic 0 and 1 are stored and come back in the format that is asked for', async (t) => {
  const none = { compression: CompressionType.NONE }
  const plain = buildLegacy({ magic: 0, ...none }, [record('a', '1'), record(null, '2')])
  t.match(await produce(0, plain), { responses: [{ partitionResponses: [{ errorCode: 0, baseOffset: '0' }] }] })
  const gzip = buildLegacy({ magic: 1, compression: CompressionType.GZIP }, [record('b', '3'), record('c', '4')])
  const answer = await produce(2, gzip)
  const stored = { errorCode: 0, baseOffset: '2', logAppendTimeMs: '-1' }
  t.match(answer, { responses: [{ partitionResponses: [stored] }], throttleTimeMs: 0 })

  for (const version of [0, 1, 2, 3, 4]) {
    const magic = version < 2 ? 0 : version < 4 ? 1 : 2
    const timestampOf = (sent: bigint) => (magic === 0 ? -1n : sent)
    t.strictSame(
      await fetch(version, 1n),
      {
        errorCode: 0,
        records: [
          // The log holds what came together as one batch; plain messages before the wanted one are not sent again.
          ...(magic === 2 ? [{ magic, offset: 0n, timestamp: -1n, key: 'a', value: '1' }] : []),
          { magic, offset: 1n, timestamp: -1n, key: 'null', value: '2' },
          { magic, offset: 2n, timestamp: timestampOf(TIME), key: 'b', value: '3' },
          { magic, offset: 3n, timestamp: timestampOf(TIME), key: 'c', value: '4' },
        ],
      },
      `Fetch v${version}`,
    )
  }
})

t.test('ListOffsets v0 names where segments begin and end', async (t) => {
  const list = (timestamp: bigint, maxNumOffsets: number, name = 'old') =>
    say(LIST_OFFSETS, 0, {
      replicaId: -1,
      topics: [{ name, partitions: [{ partitionIndex: 0, timestamp, maxNumOffsets }] }],
    })
  const offsets = (...oldStyleOffsets: string[]) => ({
    topics: [{ partitions: [{ partitionIndex: 0, errorCode: 0, oldStyleOffsets }] }],
  })
  t.match(await list(-1n, 1), offsets('4'))
  t.match(await list(-1n, 10), offsets('4', '0'))
  t.match(await list(-2n, 10), offsets('0'))
  t.match(await list(TIME + 1n, 10), offsets('0'))
  t.match(await list(1n, 10), offsets())
  t.match(await list(-1n, 1, 'nowhere'), { topics: [{ partitions: [{ errorCode: 3, oldStyleOffsets: [] }] }] })
})

t.test('offsets are committed before there were members, and with a time of the client', async (t) => {
  const commit = (version: number, partition: object) =>
    say(OFFSET_COMMIT, version, {
      groupId: 'old-group',
      topics: [{ name: 'old', partitions: [{ partitionIndex: 0, committedMetadata: 'mine', ...partition }] }],
    })
  const done = { topics: [{ partitions: [{ partitionIndex: 0, errorCode: 0 }] }] }
  const committed = async () =>
    say(OFFSET_FETCH, 0, { groupId: 'old-group', topics: [{ name: 'old', partitionIndexes: [0] }] })
  const answer = (committedOffset: string, metadata: string, errorCode: number) => ({
    topics: [{ name: 'old', partitions: [{ committedOffset, metadata, errorCode }] }],
  })
  t.match(await committed(), answer('-1', '', 3), 'a missing offset is an error')
  t.match(await commit(0, { committedOffset: 2n }), done)
  t.match(await committed(), answer('2', 'mine', 0))
  t.match(await commit(1, { committedOffset: 3n, commitTimestamp: BigInt(Date.now()) }), done)
  t.match(await committed(), answer('3', 'mine', 0))
})

t.test('DescribeConfigs v0 says only whether a value is the default', async (t) => {
  const answer = await say(DESCRIBE_CONFIGS, 0, {
    resources: [{ resourceType: 2, resourceName: 'old', configurationKeys: ['retention.ms'] }],
  })
  const configs = [{ name: 'retention.ms', value: '604800000', readOnly: false, isDefault: true, isSensitive: false }]
  t.strictSame(answer.results, [{ errorCode: 0, errorMessage: '', resourceType: 2, resourceName: 'old', configs }])
})

t.test('DeleteTopics v0', async (t) => {
  const answer = await say(DELETE_TOPICS, 0, { topicNames: ['nowhere'], timeoutMs: 1000 })
  t.strictSame(answer, { responses: [{ name: 'nowhere', errorCode: 3 }] })
})

t.test('without samsa.legacy.protocol they are neither advertised nor answered', async (t) => {
  const strict = await startBroker({ topics: ['old'], config: { 'samsa.legacy.protocol': false } })
  t.teardown(() => strict.stop())
  const versions = async (port: number) => {
    const { apiKeys } = await say(API_VERSIONS, 0, {}, port)
    const lowest = (apiKeys as { apiKey: number; minVersion: number }[]).map((api) => [api.apiKey, api.minVersion])
    return new Map(lowest as [number, number][])
  }
  t.equal((await versions(broker.port)).get(FETCH), 0)
  const offered = await versions(strict.port)
  t.equal(offered.get(FETCH), 4)
  t.equal(offered.get(PRODUCE), 0, 'advertised for librdkafka, as by Apache (KAFKA-18659)')
  await t.rejects(say(PRODUCE, 2, { acks: 1, topicData: [] }, strict.port), /closed the connection/)
  await t.rejects(say(FETCH, 3, { topics: [] }, strict.port), /closed the connection/)
})
