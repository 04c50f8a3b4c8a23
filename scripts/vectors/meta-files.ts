import assert from 'node:assert/strict'
import { toJson } from '../../protocol/json.ts'
import { decodeBatches } from '../../protocol/records/decode.ts'
import { parseProperties } from '../../src/config/sources/properties-file.ts'
import { decodeQuorumState, encodeQuorumState } from '../../src/controller/metadata-log/quorum-state.ts'
import {
  CLEAN_SHUTDOWN_FILE,
  formatCleanShutdownFile,
  parseCleanShutdownFile,
} from '../../src/log/files/clean-shutdown-file.ts'
import { LEADER_EPOCH_CHECKPOINT, PARTITION_METADATA } from '../../src/log/files/file-names.ts'
import { formatMetaProperties, META_PROPERTIES, parseMetaProperties } from '../../src/log/files/meta-properties.ts'
import { formatOffsetCheckpoint, parseOffsetCheckpoint } from '../../src/log/files/offset-checkpoint.ts'
import { formatPartitionMetadata, parsePartitionMetadata } from '../../src/log/files/partition-metadata-file.ts'
import { formatLeaderEpochs, parseLeaderEpochs } from '../../src/log/leader-epoch-cache.ts'
import { decodeMetadataRecord, encodeMetadataRecord, metadataRecordSchema } from '../../src/metadata/metadata-record.ts'
import type { VectorFolder } from './folder.ts'
import { rebuild, show } from './record-batches.ts'
import type { Report } from './report.ts'

export interface MetaFileVector {
  readonly file: string
  readonly hex: string
  // biome-ignore lint/suspicious/noExplicitAny: each file has a shape of its own.
  readonly decoded: any
}

/** The small files of a data directory: each decodes to what Apache reads in it, and is written back byte for byte. */
export function check(folder: VectorFolder, report: Report): void {
  for (const [i, vector] of ((folder.load('MetaFiles') ?? []) as MetaFileVector[]).entries()) {
    report.check('meta files', `${i} ${vector.file}`, () => checkMetaFile(vector))
  }
}

export function checkMetaFile({ file, hex, decoded }: MetaFileVector): void {
  const bytes = Buffer.from(hex, 'hex')
  const result = readAndWrite(file, bytes)
  assert.deepEqual(result.decoded, decoded)
  assert.equal(result.written.toString('hex'), hex, 'the bytes written back')
}

/** The content of the file, in the form of the vectors, and the file as written from what was read. */
function readAndWrite(file: string, bytes: Buffer): { decoded: unknown; written: Buffer } {
  if (file.endsWith('-offset-checkpoint')) {
    const offsets = parseOffsetCheckpoint(file, bytes)
    const decoded = Object.fromEntries(Array.from(offsets, ([name, { offset }]) => [name, String(offset)]))
    return { decoded, written: formatOffsetCheckpoint(offsets.values()) }
  }
  if (file.endsWith('.checkpoint')) return readSnapshot(bytes)
  switch (file) {
    case LEADER_EPOCH_CHECKPOINT: {
      const entries = parseLeaderEpochs(file, bytes)
      const decoded = entries.map(({ epoch, startOffset }) => ({ epoch, startOffset: String(startOffset) }))
      return { decoded, written: formatLeaderEpochs(entries) }
    }
    case PARTITION_METADATA: {
      const decoded = parsePartitionMetadata(file, bytes)
      return { decoded, written: formatPartitionMetadata(decoded.topicId) }
    }
    case CLEAN_SHUTDOWN_FILE: {
      const epoch = parseCleanShutdownFile(file, bytes)
      return { decoded: { brokerEpoch: String(epoch) }, written: formatCleanShutdownFile(epoch) }
    }
    case META_PROPERTIES: {
      const properties = parseMetaProperties(file, bytes)
      const decoded = Object.fromEntries(parseProperties(bytes.toString('utf8')))
      return { decoded, written: formatMetaProperties(properties) }
    }
    case 'quorum-state': {
      const text = bytes.toString('utf8')
      return { decoded: JSON.parse(text), written: Buffer.from(encodeQuorumState(decodeQuorumState(text))) }
    }
    default:
      throw new Error(`no reader for the file ${file}`)
  }
}

/** A snapshot is record batches; its records are shown as messages as well, and encoded again from them. */
function readSnapshot(bytes: Buffer): { decoded: unknown; written: Buffer } {
  const batches = decodeBatches(bytes)
  const decoded: object[] = []
  const written: Buffer[] = []
  for (const decodedBatch of batches) {
    const shown = show(decodedBatch) as { records: object[] }
    if (!decodedBatch.isControl) {
      for (const [i, record] of decodedBatch.records.entries()) {
        const metadata = decodeMetadataRecord(record.value!)
        if (metadata.type === 'unknown') throw new Error(`unknown metadata record ${metadata.apiKey}`)
        const { type, version, value } = metadata
        Object.assign(shown.records[i], {
          record: type,
          version,
          json: toJson(metadataRecordSchema(type), version, value),
        })
        assert.equal(encodeMetadataRecord(metadata).toString('hex'), record.value!.toString('hex'), `record ${i}`)
      }
    }
    decoded.push(shown)
    const { position, sizeInBytes } = decodedBatch
    written.push(rebuild(decodedBatch, bytes.subarray(position, position + sizeInBytes)))
  }
  return { decoded, written: Buffer.concat(written) }
}
