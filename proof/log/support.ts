/** A log or a log manager on a temporary directory of the real disk. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import type { KafkaError } from '../../protocol/errors.ts'
import { type BatchOptions, buildBatch } from '../../protocol/records/build.ts'
import { type DecodedBatch, type DecodedRecord, decodeBatches } from '../../protocol/records/decode.ts'
import type { Environment } from '../../src/env/index.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { createLogContext, type LogContextOptions } from '../../src/log/create-log-context.ts'
import { DEFAULT_LOG_CONFIG, type LogConfig } from '../../src/log/log-config.ts'
import { type AppendOptions, type AppendResult, PartitionLog } from '../../src/log/partition-log.ts'
import { createLogFiles, type LoadedOffsets, loadLog } from '../../src/log/recovery/load-log.ts'
import { SoleReplica } from '../../src/log/replica.ts'
import type { FetchedRecords } from '../../src/log/types.ts'

export const quiet = pino({ level: process.env.SAMSA_TEST_LOG ?? 'silent' })
export const TOPIC_ID = 'XGrP6t4Jbdox6fNEtz7jaQ'
export const CLEAN: LoadedOffsets = { hadCleanShutdown: true, recoveryPoint: 0, logStartOffset: 0, highWatermark: 0 }
export const CRASHED: LoadedOffsets = { ...CLEAN, hadCleanShutdown: false }

/** Timestamps in tests are years old: nothing may be too old, or too new. */
export const ANY_TIME: Partial<LogConfig> = {
  messageTimestampAfterMaxMs: Number.POSITIVE_INFINITY,
  messageTimestampBeforeMaxMs: Number.POSITIVE_INFINITY,
  retentionMs: -1,
}

export interface OpenOptions {
  config?: Partial<LogConfig>
  offsets?: Partial<LoadedOffsets>
  context?: LogContextOptions
  environment?: Environment
  directory: string
  onFailure?: (error: Error) => void
}

export async function openLog(options: OpenOptions): Promise<PartitionLog> {
  const environment = options.environment ?? nodeEnvironment()
  const context = createLogContext(environment, quiet, {
    producerIdExpirationMs: Number.POSITIVE_INFINITY,
    ...options.context,
  })
  const { directory } = options
  if ((await environment.files.stat(directory)) === null) await createLogFiles(context, directory, TOPIC_ID)
  const config = { ...DEFAULT_LOG_CONFIG, ...ANY_TIME, ...options.config }
  const identity = { topic: 't', partition: 0, topicId: TOPIC_ID, directory }
  const state = await loadLog(
    context,
    identity,
    config,
    { ...CLEAN, ...options.offsets },
    options.onFailure ?? (() => {}),
  )
  const log = new PartitionLog(state, {
    checkpointLogStartOffset: async () => {},
    flushed: () => {},
    checkpointRecoveryPoint: async () => {},
    withoutCleaning: (change) => change(),
    checkpointHighWatermark: async () => {},
    truncated: async () => {},
  })
  log.attach(new SoleReplica(log))
  return log
}

export function temporaryDirectory(t: { teardown(fn: () => void): unknown }): string {
  const path = mkdtempSync(join(tmpdir(), 'samsa-log-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** One batch with a record for each value; the first timestamp is `timestamp`, each next one is 1 ms later. */
export function records(values: readonly string[], options: BatchOptions = {}, timestamp = 1_700_000_000_000): Buffer {
  const written = values.map((value, i) => ({ key: null, value: Buffer.from(value), timestamp: timestamp + i }))
  return buildBatch(options, written)
}

const CLIENT: AppendOptions = { leaderEpoch: 0, origin: 'client' }

export function append(log: PartitionLog, batch: Buffer, options: Partial<AppendOptions> = {}): Promise<AppendResult> {
  return new Promise((resolve, reject) => {
    log.appendAsLeader(batch, { ...CLIENT, ...options }, (error: KafkaError | null, result) => {
      if (error !== null) reject(error)
      else resolve(result!)
    })
  })
}

export function appendAsGiven(log: PartitionLog, batches: Buffer): Promise<AppendResult> {
  return new Promise((resolve, reject) => {
    log.appendAsGiven(batches, (error, result) => {
      if (error !== null) reject(error)
      else resolve(result!)
    })
  })
}

/** Everything from `offset` up to the log end, fetch after fetch, with the batches of each. */
export async function* readFetches(
  log: PartitionLog,
  offset = log.logStartOffset,
  maxBytes = 1 << 20,
): AsyncGenerator<{ fetched: FetchedRecords; batches: DecodedBatch[] }> {
  for (let next = offset; next < log.logEndOffset; ) {
    const fetched = await log.read(next, { maxBytes, upToOffset: log.logEndOffset, minOneBatch: true })
    const batches = decodeBatches(Buffer.concat(fetched.buffers))
    const last = batches.at(-1)
    if (last === undefined) return
    yield { fetched, batches }
    next = Number(last.lastOffset) + 1
  }
}

/** The records from `offset` on. */
export async function readAll(
  log: PartitionLog,
  offset = log.logStartOffset,
  maxBytes?: number,
): Promise<DecodedRecord[]> {
  const found: DecodedRecord[] = []
  for await (const { batches } of readFetches(log, offset, maxBytes)) {
    for (const batch of batches) found.push(...batch.records.filter((record) => record.offset >= BigInt(offset)))
  }
  return found
}

export async function readValues(log: PartitionLog, offset?: number, maxBytes?: number): Promise<string[]> {
  return (await readAll(log, offset, maxBytes)).map((record) => String(record.value))
}
