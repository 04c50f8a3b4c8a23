import { MetadataResponse } from '../../../protocol/messages/metadata.ts'
import { apisByKey } from '../../../protocol/registry.ts'
import { Connection, encodeRequest } from './connection.ts'
import { Meter } from './meter.ts'
import { latency } from './statistics.ts'
import { createTopics, deleteTopics } from './topics.ts'

const METADATA = 3
const METADATA_VERSION = 12
const CREATION_MS = 60_000

export interface AllMetadataJob {
  port: number
  brokerPid: number
  /** Names of topics begin with it. */
  prefix: string
  topics: number
  warmUpSeconds: number
  seconds: number
}

export interface AllMetadataResult {
  cpuMsPerThousand: number
  p50Ms: number
  p99Ms: number
}

/** A client that asks for the metadata of all topics at once, one request after the other. */
export async function allMetadata(job: AllMetadataJob): Promise<AllMetadataResult> {
  const connection = await Connection.open(job.port)
  const names = Array.from({ length: job.topics }, (_, index) => `${job.prefix}-${index}`)
  await createAll(connection, names)
  const frame = encodeRequest(apisByKey.get(METADATA)!, METADATA_VERSION, { topics: null })
  const askFor = async (seconds: number): Promise<number[]> => {
    const samplesMs: number[] = []
    const endAtMs = performance.now() + seconds * 1_000
    for (let nowMs = performance.now(); nowMs < endAtMs; ) {
      await new Promise<void>((resolve) => connection.send(frame, () => resolve()))
      const answeredAtMs = performance.now()
      samplesMs.push(answeredAtMs - nowMs)
      nowMs = answeredAtMs
    }
    return samplesMs
  }
  await askFor(job.warmUpSeconds)
  const meter = new Meter(job.brokerPid)
  const samplesMs = await askFor(job.seconds)
  const { brokerSeconds } = meter
  await deleteTopics(connection, names)
  connection.close()
  const { p50Ms, p99Ms } = latency(samplesMs)
  return { cpuMsPerThousand: (brokerSeconds * 1e3) / (samplesMs.length / 1e3), p50Ms, p99Ms }
}

async function createAll(connection: Connection, names: readonly string[]): Promise<void> {
  const wanted = names.map((name) => ({ name, numPartitions: 1, replicationFactor: 1 }))
  await createTopics(connection, wanted, CREATION_MS)
  const known = new Set<string | null>()
  while (names.some((name) => !known.has(name))) {
    const { topics } = await connection.ask(MetadataResponse, METADATA_VERSION, { topics: null })
    for (const { name, errorCode } of topics) if (errorCode === 0) known.add(name)
  }
}
