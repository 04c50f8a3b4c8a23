/** Producers and consumers of one partition each, which look for its leader wherever the metadata say it is. */
import { ErrorCode, errorName, isRetriable } from '../../../protocol/errors.ts'
import { FetchRequest, FetchResponse } from '../../../protocol/messages/fetch.ts'
import { InitProducerIdRequest, InitProducerIdResponse } from '../../../protocol/messages/init-producer-id.ts'
import { ProduceRequest, ProduceResponse } from '../../../protocol/messages/produce.ts'
import { type BatchOptions, buildBatch } from '../../../protocol/records/build.ts'
import { CompressionType } from '../../../protocol/records/compression-type.ts'
import { decodeBatches } from '../../../protocol/records/decode.ts'
import type { Environment } from '../../../src/env/index.ts'
import { SimClient, sleep, unlessSilent } from '../client.ts'
import type { History } from '../scenarios/history.ts'

export interface ClientOptions {
  readonly name: string
  readonly topic: string
  readonly partition: number
  readonly history: History
  /** The broker that leads the partition, as somebody believes; null: nobody does. */
  leader(): number | null
  readonly brokerIds: readonly number[]
  /** Where brokers listen; as the simulation has it when absent. */
  readonly addressOf?: (brokerId: number) => { host: string; port: number }
  /** Whether acknowledged records may be lost: offsets may be given out again then. */
  readonly mayLose: boolean
  /** Batches are compressed, and do not become small by it. */
  readonly isLarge?: boolean
  goesOn(): boolean
}

export const addressOf = (brokerId: number) => ({ host: `broker-${brokerId}`, port: 9092 })

const VERSION = { produce: 11, initProducerId: 5, fetch: 12 } as const
const PRODUCE_TIMEOUT_MS = 800
const FETCH_WAIT_MS = 100
const LARGE_BYTES = 10 * 1024
/** Racks are named after brokers, so that a consumer in one of them has one follower near it. */
export const rackOf = (brokerId: number): string => `rack-${brokerId}`

/** Connections to the brokers of a cluster, and where requests went wrong. */
class Cluster {
  readonly environment: Environment
  readonly #options: ClientOptions
  readonly #clients = new Map<number, SimClient>()

  constructor(environment: Environment, options: ClientOptions) {
    this.environment = environment
    this.#options = options
  }

  broker(brokerId: number): SimClient {
    let client = this.#clients.get(brokerId)
    if (client === undefined) {
      const { name, addressOf: addressOfBroker = addressOf } = this.#options
      client = new SimClient(this.environment, name, addressOfBroker(brokerId))
      this.#clients.set(brokerId, client)
    }
    return client
  }

  anyId(): number {
    const { brokerIds } = this.#options
    return brokerIds[this.environment.random.integer(brokerIds.length)] ?? 1
  }
}

/**
 * An idempotent producer with acks=all and one batch in flight, sent again until it is acknowledged. Every record that it
 * names must be there once, in order, whatever happened; unless acknowledged records may be lost, when it begins anew as
 * another producer where its sequence is not understood any more.
 */
export async function produceTo(environment: Environment, options: ClientOptions): Promise<void> {
  const cluster = new Cluster(environment, options)
  const { random, clock } = environment
  const key = options.isLarge ? Buffer.from(Array.from({ length: LARGE_BYTES }, () => random.integer(256))) : null
  const format: BatchOptions = options.isLarge ? { compression: CompressionType.GZIP } : {}
  for (let life = 0; options.goesOn(); life++) {
    const name = `${options.name}.${life}`
    const producer = await newProducer(cluster, options)
    if (producer === null) return
    for (let sequence = 0; options.goesOn(); ) {
      const values = Array.from({ length: 1 + random.integer(3) }, (_, at) => `${name}:${sequence + at}`)
      const records = values.map((value) => ({ key, value: Buffer.from(value), timestamp: clock.nowMs() }))
      const batch = buildBatch({ ...format, ...producer, baseSequence: sequence }, records)
      if ((await sendUntilAcknowledged(cluster, options, batch, values)) === 'begin anew') break
      sequence += values.length
      await sleep(environment, random.integer(80))
    }
  }
}

async function newProducer(cluster: Cluster, { goesOn }: ClientOptions) {
  const body = { transactionalId: null, transactionTimeoutMs: 60_000 }
  for (;;) {
    const client = cluster.broker(cluster.anyId())
    const answer = await unlessSilent(() =>
      client.request(InitProducerIdRequest, InitProducerIdResponse, VERSION.initProducerId, body, 1000),
    )
    if (answer?.errorCode === ErrorCode.NONE) {
      return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
    }
    if (!goesOn()) return null
    await sleep(cluster.environment, 100)
  }
}

/** The producer's sequence is not known, or not where it should be. */
const LOST_SEQUENCE: ReadonlySet<number> = new Set([
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  ErrorCode.UNKNOWN_PRODUCER_ID,
])

async function sendUntilAcknowledged(
  cluster: Cluster,
  options: ClientOptions,
  records: Buffer,
  values: readonly string[],
): Promise<'acknowledged' | 'begin anew'> {
  const { topic, partition, history, mayLose } = options
  const name = `${topic}-${partition}`
  for (;;) {
    const leader = options.leader()
    const body = {
      acks: -1,
      timeoutMs: PRODUCE_TIMEOUT_MS,
      topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
    }
    const client = leader === null ? null : cluster.broker(leader)
    const answer = await unlessSilent(async () =>
      client?.request(ProduceRequest, ProduceResponse, VERSION.produce, body, 2 * PRODUCE_TIMEOUT_MS),
    )
    const result = answer?.responses[0]?.partitionResponses[0]
    if (result?.errorCode === ErrorCode.NONE) {
      history.acknowledge(name, Number(result.baseOffset), values)
      return 'acknowledged'
    }
    if (result !== undefined && !isRetriable(result.errorCode)) {
      if (mayLose) return 'begin anew'
      history.violation(`${values[0]} to ${name} was answered ${errorName(result.errorCode)} by broker ${leader}`)
      return 'begin anew'
    }
    if (result !== undefined && LOST_SEQUENCE.has(result.errorCode)) {
      if (!mayLose) history.violation(`${values[0]} is out of sequence in ${name} on broker ${leader}`)
      return 'begin anew'
    }
    await sleep(cluster.environment, 20 + cluster.environment.random.integer(60))
  }
}

/** Reads the partition from its start, of its leader or of the follower to which that one sends it (KIP-392). */
export async function consumeFrom(environment: Environment, options: ClientOptions): Promise<void> {
  const { topic, partition, history, name } = options
  const cluster = new Cluster(environment, options)
  const rackId = rackOf(cluster.anyId())
  let position = 0
  let preferred: number | null = null
  let preferredUntilMs = 0
  while (options.goesOn()) {
    if (environment.clock.monotonicMs() > preferredUntilMs) preferred = null
    const source: number | null = preferred ?? options.leader()
    const wanted = { partition, fetchOffset: BigInt(position), partitionMaxBytes: 2000 }
    const body = { maxWaitMs: FETCH_WAIT_MS, minBytes: 1, isolationLevel: 0, sessionEpoch: -1, rackId }
    const request = { ...body, topics: [{ topic, partitions: [wanted] }] }
    const client: SimClient | null = source === null ? null : cluster.broker(source)
    const answer: FetchResponse | undefined = await unlessSilent(async () =>
      client?.request(FetchRequest, FetchResponse, VERSION.fetch, request, 1000),
    )
    const result: FetchResponse['responses'][number]['partitions'][number] | undefined =
      answer?.responses[0]?.partitions[0]
    if (result?.errorCode === ErrorCode.NONE) {
      const read = recordsOf(result.records, position)
      for (const { offset, value } of read) {
        if (!options.mayLose) history.read(`${topic}-${partition}`, offset, value, `${name} of broker ${source}`)
        position = offset + 1
      }
      if (result.preferredReadReplica !== -1) {
        preferred = result.preferredReadReplica
        preferredUntilMs = environment.clock.monotonicMs() + 1000
      } else if (read.length === 0) await sleep(environment, 10)
      continue
    }
    // A follower may be behind what its leader has shown; a leader has what it or its predecessors have shown. Whoever leads
    // no more, and is back with less, tells a reader that names no leader epoch the same.
    const isOfLeader = preferred === null && source === options.leader()
    if (result?.errorCode === ErrorCode.OFFSET_OUT_OF_RANGE && isOfLeader) {
      if (options.mayLose) position = 0
      else
        history.violation(`broker ${source} leads ${topic}-${partition} and does not have ${position}, which was read`)
    }
    preferred = null
    await sleep(environment, 20 + environment.random.integer(60))
  }
}

export function recordsOf(records: Buffer | null, from: number): { offset: number; value: string }[] {
  return decodeBatches(records ?? Buffer.alloc(0))
    .flatMap((batch) => batch.records)
    .map((record) => ({ offset: Number(record.offset), value: String(record.value) }))
    .filter(({ offset }) => offset >= from)
}
