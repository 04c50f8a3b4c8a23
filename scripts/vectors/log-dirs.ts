import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { createLogContext } from '../../src/log/create-log-context.ts'
import { parsePartitionDirectoryName } from '../../src/log/files/file-names.ts'
import { logConfigOf } from '../../src/log/log-config.ts'
import { PartitionLog } from '../../src/log/partition-log.ts'
import { type LoadedOffsets, loadLog } from '../../src/log/recovery/load-log.ts'
import { SoleReplica } from '../../src/log/replica.ts'
import type { VectorFolder } from './folder.ts'
import type { Report } from './report.ts'

export interface LogDirVector {
  readonly name: string
  readonly directory: string
  readonly topicId: string
  readonly topicConfig: Record<string, string>
  readonly logStartOffset: string
  readonly logEndOffset: string
  readonly lastStableOffset: string
  readonly highWatermark: string
  readonly readCommitted: readonly {
    offset: string
    bytes: number
    abortedTransactions: readonly { producerId: string; firstOffset: string }[]
  }[]
  readonly offsetsForTimes: readonly {
    timestamp: string
    offset: string | null
    foundTimestamp?: string
    leaderEpoch?: number
  }[]
  readonly files: Record<string, string>
}

const READ_BYTES = 1 << 20

/** Partition directories of Apache's log: opened as after a clean stop and as after a crash, with the reads expected. */
export async function check(folder: VectorFolder, report: Report): Promise<void> {
  for (const vector of (folder.load('LogDirs') ?? []) as LogDirVector[]) {
    await report.checkAsync('log directories', `${vector.name}, stopped cleanly`, () => checkLogDir(vector, true))
    await report.checkAsync('log directories', `${vector.name}, to be recovered`, () => checkLogDir(vector, false))
  }
}

export async function checkLogDir(vector: LogDirVector, hadCleanShutdown: boolean): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'samsa-log-'))
  const directory = join(root, vector.directory)
  try {
    await mkdir(directory)
    for (const [name, hex] of Object.entries(vector.files)) {
      await writeFile(join(directory, name), Buffer.from(hex, 'hex'))
    }
    const log = await open(vector, directory, hadCleanShutdown)
    checkOffsets(vector, log)
    for (const expected of vector.readCommitted) await checkRead(log, expected)
    for (const expected of vector.offsetsForTimes) await checkTimestamp(log, expected)
    await log.close()
    checkFiles(vector, directory, hadCleanShutdown)
  } finally {
    rmSync(root, { recursive: true })
  }
}

async function open(vector: LogDirVector, directory: string, hadCleanShutdown: boolean): Promise<PartitionLog> {
  const context = createLogContext(nodeEnvironment(), pino({ level: 'silent' }))
  const name = parsePartitionDirectoryName(vector.directory)
  assert.ok(name, 'the name of the directory')
  const offsets: LoadedOffsets = { hadCleanShutdown, recoveryPoint: 0, logStartOffset: 0, highWatermark: 0 }
  const config = logConfigOf([['segment.index.bytes', '1200'], ...Object.entries(vector.topicConfig)])
  const identity = { topic: name.topic, partition: name.partition, topicId: vector.topicId, directory }
  const state = await loadLog(context, identity, config, offsets, (error) => {
    throw error
  })
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

function checkOffsets(vector: LogDirVector, log: PartitionLog): void {
  assert.deepEqual(
    {
      logStartOffset: String(log.logStartOffset),
      logEndOffset: String(log.logEndOffset),
      lastStableOffset: String(log.replica.lastStableOffset),
      highWatermark: String(log.replica.highWatermark),
    },
    {
      logStartOffset: vector.logStartOffset,
      logEndOffset: vector.logEndOffset,
      lastStableOffset: vector.lastStableOffset,
      highWatermark: vector.highWatermark,
    },
  )
}

async function checkRead(log: PartitionLog, expected: LogDirVector['readCommitted'][number]): Promise<void> {
  const options = { maxBytes: READ_BYTES, upToOffset: log.replica.lastStableOffset, minOneBatch: true }
  const records = await log.read(Number(expected.offset), options)
  const aborted = await log.abortedTransactions(records)
  assert.deepEqual(
    {
      offset: expected.offset,
      bytes: records.sizeBytes,
      abortedTransactions: aborted.map(({ producerId, firstOffset }) => ({
        producerId: String(producerId),
        firstOffset: String(firstOffset),
      })),
    },
    expected,
  )
}

async function checkTimestamp(log: PartitionLog, expected: LogDirVector['offsetsForTimes'][number]): Promise<void> {
  const found = await log.offsetForTimestamp(Number(expected.timestamp))
  const { timestamp } = expected
  const actual =
    found === null
      ? { timestamp, offset: null }
      : {
          timestamp,
          offset: String(found.offset),
          foundTimestamp: String(found.timestamp),
          leaderEpoch: found.leaderEpoch,
        }
  assert.deepEqual(actual, expected)
}

/**
 * Opened and stopped cleanly, the directory is the same as before: every file, byte for byte. Recovery spaces the index
 * entries as if nothing had ever been truncated, in Apache's as in ours.
 */
function checkFiles(vector: LogDirVector, directory: string, withIndexes: boolean): void {
  for (const name of readdirSync(directory)) {
    if (!(name in vector.files) || (!withIndexes && /\.(time)?index$/.test(name))) continue
    assert.equal(readFileSync(join(directory, name)).toString('hex'), vector.files[name], name)
  }
}
