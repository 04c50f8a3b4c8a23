import { basename, dirname, resolve } from 'node:path'
import { KafkaError } from '../../../protocol/errors.ts'
import { decodeQuorumState, QUORUM_STATE_FILE } from '../../controller/metadata-log/quorum-state.ts'
import { CLEAN_SHUTDOWN_FILE, parseCleanShutdownFile } from '../../log/files/clean-shutdown-file.ts'
import {
  LEADER_EPOCH_CHECKPOINT,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  PARTITION_METADATA,
  PRODUCER_SNAPSHOT_SUFFIX,
  parsePartitionDirectoryName,
  parseSegmentFileName,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from '../../log/files/file-names.ts'
import { MalformedFileError } from '../../log/files/malformed-file-error.ts'
import { META_PROPERTIES, parseMetaProperties } from '../../log/files/meta-properties.ts'
import { parseOffsetCheckpoint } from '../../log/files/offset-checkpoint.ts'
import { parsePartitionMetadata } from '../../log/files/partition-metadata-file.ts'
import type { Cell } from '../../log/inspection/decoded/decoded-record.ts'
import { decoderOf, type RecordDecoder } from '../../log/inspection/decoded/decoders.ts'
import { readIndex } from '../../log/inspection/read-index.ts'
import { parseLeaderEpochs } from '../../log/leader-epoch-cache.ts'
import type { LogContext } from '../../log/log-context.ts'
import { CheckpointFile } from '../../log/manager/log-directory.ts'
import { parseProducerSnapshot } from '../../log/producers/producer-snapshot.ts'
import type { IndexFile } from '../../log/segment/index-file.ts'
import { OffsetIndex } from '../../log/segment/offset-index.ts'
import { TimeIndex } from '../../log/segment/time-index.ts'
import { TransactionIndex } from '../../log/segment/transaction-index.ts'
import { type Depth, dumpBatches } from './dump-batches.ts'
import { damage, type Emit, type Row } from './rows.ts'

type Dump = (context: LogContext, path: string, emit: Emit) => Promise<void>

const METADATA_SNAPSHOT = /^(bootstrap|\d{20}-\d{10})\.checkpoint(\.part|\.deleted)?$/
const METADATA_DECODER = decoderOf('__cluster_metadata')
const offsetCheckpoints: ReadonlySet<string> = new Set(Object.values(CheckpointFile))

/** How to read a file, by its name; null for one that Kafka has no such file of. */
export function dumpOf(path: string, depth: Depth): Dump | null {
  const name = basename(path)
  const segmentFile = parseSegmentFileName(name)
  if (segmentFile !== null) return segmentFileDump(segmentFile.kind, segmentFile.baseOffset, depth)
  // A snapshot's content is what one looks for in it.
  if (METADATA_SNAPSHOT.test(name)) return batches(METADATA_DECODER, depth === 'batches' ? 'records' : depth)
  if (offsetCheckpoints.has(name)) return smallFile(offsetCheckpointRows)
  switch (name) {
    case LEADER_EPOCH_CHECKPOINT:
      return smallFile((from, bytes) =>
        parseLeaderEpochs(from, bytes).map((entry) => ({ type: 'leader-epoch', ...entry })),
      )
    case PARTITION_METADATA:
      return smallFile((from, bytes) => properties({ ...parsePartitionMetadata(from, bytes) }))
    case META_PROPERTIES:
      return smallFile((from, bytes) => properties({ ...parseMetaProperties(from, bytes) }))
    case QUORUM_STATE_FILE:
      return smallFile((_, bytes) => properties({ ...decodeQuorumState(bytes.toString('utf8')) }))
    case CLEAN_SHUTDOWN_FILE:
      return smallFile((from, bytes) => properties({ brokerEpoch: Number(parseCleanShutdownFile(from, bytes)) }))
    default:
      return null
  }
}

function segmentFileDump(kind: string, baseOffset: number, depth: Depth): Dump {
  switch (kind) {
    case LOG_SUFFIX:
      return (context, path, emit) => batches(decoderOf(topicOf(path)), depth)(context, path, emit)
    case OFFSET_INDEX_SUFFIX:
      return index('offset-index-entry', (context, path) => new OffsetIndex(context, path, baseOffset, false))
    case TIME_INDEX_SUFFIX:
      return index('time-index-entry', (context, path) => new TimeIndex(context, path, baseOffset, false))
    case TRANSACTION_INDEX_SUFFIX:
      return index('aborted-transaction', (context, path) => new TransactionIndex(context, path, false))
    case PRODUCER_SNAPSHOT_SUFFIX:
      return smallFile((_, bytes) => parseProducerSnapshot(bytes).map(producerRow))
    default:
      throw new Error(`There is no way to dump a ${kind} file`)
  }
}

/** The topic by the directory's name, as Kafka knows it too. */
const topicOf = (path: string): string => parsePartitionDirectoryName(basename(dirname(resolve(path))))?.topic ?? ''

const batches =
  (decoder: RecordDecoder | null, depth: Depth): Dump =>
  (context, path, emit) =>
    dumpBatches(context, { path, depth, decoder }, emit)

type EntryIndex = IndexFile & { entry(index: number): object }

const index =
  (type: Row['type'], open: (context: LogContext, path: string) => EntryIndex): Dump =>
  async (context, path, emit) => {
    const opened = open(context, path)
    const { problem, isPreallocated } = await readIndex(opened)
    const rows = Array.from({ length: opened.entryCount }, (_, i) => ({ type, ...opened.entry(i) }))
    for (const row of rows) await emit(row)
    if (problem === null) return
    await emit(isPreallocated ? { type: 'note', text: problem } : damage(rows.length * opened.entrySize, problem))
  }

/** Files that are read at once, with rows that its own parser gives. */
const smallFile =
  (parse: (path: string, bytes: Buffer) => Row[]): Dump =>
  async (context, path, emit) => {
    let rows: Row[]
    try {
      rows = parse(path, await context.files.readFile(path))
    } catch (error) {
      if (!isAboutContent(error)) throw error
      rows = [
        damage(
          null,
          error instanceof MalformedFileError ? error.message.replace(`${path} `, 'the file ') : error.message,
        ),
      ]
    }
    for (const row of rows) await emit(row)
  }

/** Errors of parsers; what the disk says is another matter. */
function isAboutContent(error: unknown): error is Error {
  if (error instanceof MalformedFileError || error instanceof KafkaError || error instanceof SyntaxError) return true
  return error instanceof Error && error.name === 'Error'
}

const offsetCheckpointRows = (path: string, bytes: Buffer): Row[] =>
  [...parseOffsetCheckpoint(path, bytes).values()].map((entry) => ({ type: 'partition-offset', ...entry }))

const properties = (values: Readonly<Record<string, Cell>>): Row[] =>
  Object.entries(values).map(([name, value]) => ({ type: 'property', name, value }))

function producerRow(producer: ReturnType<typeof parseProducerSnapshot>[number]): Row {
  const last = producer.batches.at(-1)
  return {
    type: 'producer',
    producerId: producer.producerId,
    producerEpoch: producer.epoch,
    lastSequence: last?.lastSequence ?? -1,
    lastOffset: last?.lastOffset ?? -1,
    offsetDelta: last?.offsetDelta ?? 0,
    lastTimestamp: producer.lastTimestampMs,
    coordinatorEpoch: producer.coordinatorEpoch,
    currentTransactionFirstOffset: producer.currentTransactionFirstOffset,
  }
}
