/**
 * A transaction that hangs: open in a partition, and known to no coordinator. Brokers refuse to begin one (KIP-890), so
 * the check is switched off while the batch is sent, with raw frames, since no client library sends such a batch.
 */
import assert from 'node:assert/strict'
import { ErrorCode, isRetriable } from '../../protocol/errors.ts'
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../protocol/messages/incremental-alter-configs.ts'
import { MetadataRequest, MetadataResponse } from '../../protocol/messages/metadata.ts'
import { ProduceRequest, ProduceResponse } from '../../protocol/messages/produce.ts'
import { buildBatch } from '../../protocol/records/build.ts'
import { BrokerConnection } from '../../src/client/connection.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import type { BrokerProcess } from './broker.ts'
import { eventually } from './wait.ts'

export interface HangingTransaction {
  producerId: number
  producerEpoch: number
  startOffset: number
  /** The time of its only record: long ago, as the tools only look at old ones. */
  timestampMs: number
}

const VERIFICATION = 'transaction.partition.verification.enable'
const CLUSTER_DEFAULT = { resourceType: 4, resourceName: '' }
const [SET, DELETE] = [0, 1]
/** From version 12 on the broker adds the partition to the transaction itself, whatever is configured (KIP-890). */
const LAST_CLASSIC_VERSION = 11
const HOUR_MS = 3_600_000

/** Leaves one in the partition, which its leader must serve already. */
export async function leaveHangingTransaction(
  broker: BrokerProcess,
  topic: string,
  partition: number,
): Promise<HangingTransaction> {
  const connection = await leaderOf(broker, topic, partition)
  const alter = async (configOperation: number, value: string | null) => {
    const configs = [{ name: VERIFICATION, configOperation, value }]
    const resources = [{ ...CLUSTER_DEFAULT, configs }]
    const answer = await connection.request(IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, {
      resources,
    })
    assert.equal(answer.responses[0].errorCode, ErrorCode.NONE, answer.responses[0].errorMessage ?? '')
  }
  const producer = { producerId: 800_000 + Math.floor(Math.random() * 100_000), producerEpoch: 3 }
  const timestampMs = Date.now() - HOUR_MS
  const records = buildBatch({ ...producer, baseSequence: 0, isTransactional: true }, [
    { key: null, value: Buffer.from('of no known transaction'), timestamp: timestampMs },
  ])
  try {
    await alter(SET, 'false')
    const startOffset = await eventually('the check is off', () => produce(connection, { topic, partition, records }))
    return { ...producer, startOffset: Number(startOffset), timestampMs }
  } finally {
    await alter(DELETE, null)
    connection.close()
  }
}

async function leaderOf(broker: BrokerProcess, topic: string, partition: number): Promise<BrokerConnection> {
  const connection = await open(broker)
  const body = { topics: [{ name: topic }], allowAutoTopicCreation: false }
  const { brokers, topics } = await connection.request(MetadataRequest, MetadataResponse, body)
  const leader = topics[0].partitions.find(({ partitionIndex }) => partitionIndex === partition)?.leaderId
  const { host, port } = brokers.find(({ nodeId }) => nodeId === leader)!
  if (port === broker.port) return connection
  connection.close()
  return open({ host, port })
}

function open({ host, port }: { host: string; port: number }): Promise<BrokerConnection> {
  const { network, clock } = nodeEnvironment()
  return BrokerConnection.open({
    network,
    clock,
    host,
    port,
    clientId: 'hanging',
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 10_000,
    maxResponseBytes: 1 << 20,
  })
}

/** Errors of a broker that asks the coordinator, which knows neither the id nor the producer. */
const REFUSALS: ReadonlySet<number> = new Set([ErrorCode.INVALID_TXN_STATE, ErrorCode.INVALID_PRODUCER_ID_MAPPING])

/** null while the broker still checks whether a coordinator knows the transaction. */
async function produce(
  connection: BrokerConnection,
  { topic, partition: index, records }: { topic: string; partition: number; records: Buffer },
): Promise<bigint | null> {
  const body = {
    transactionalId: 'of-nobody',
    acks: -1,
    timeoutMs: 5_000,
    topicData: [{ name: topic, partitionData: [{ index, records: [records] }] }],
  }
  const options = { maxVersion: LAST_CLASSIC_VERSION }
  const answer = await connection.request(ProduceRequest, ProduceResponse, body, options)
  const [{ errorCode, baseOffset }] = answer.responses[0].partitionResponses
  if (REFUSALS.has(errorCode) || isRetriable(errorCode)) return null
  assert.equal(errorCode, ErrorCode.NONE)
  return baseOffset
}
