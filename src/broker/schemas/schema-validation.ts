/**
 * Validation of records by the topic configs `confluent.key.schema.validation` and `confluent.value.schema.validation`: each
 * key or value names a schema that is registered under the subject of its topic. Without such a topic it costs one look at
 * a map, and the registry is loaded with the first record that is judged.
 *
 * A schema that a topic may have is remembered: as with Confluent's servers, its deletion does not end what is under way.
 * A null passes, for it has no schema. Bytes that are no batch, or inflate to more than a log takes, are the log's to refuse.
 */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { type DecodedRecord, decodeBatches } from '../../../protocol/records/decode.ts'
import { type RecordError, RecordValidationError } from '../../../protocol/records/errors.ts'
import { DEFAULT_MAX_INFLATED_BYTES } from '../../../protocol/records/record-checks.ts'
import type { ProduceAppend } from '../../api/support/produce/produce-transaction.ts'
import type { SchemaValidation } from '../../api/support/produce/schema-validation.ts'
import { type ConfigMap, ConfigResourceType } from '../../metadata/image/configurations-image.ts'
import type { PublishedMetadata } from '../../metadata/metadata-publisher.ts'
import type { SubjectNaming } from '../../registry/judge-record.ts'
import type { Registry } from '../../registry/registry.ts'
import type { RecordPart } from '../../registry/wire-format.ts'

interface Rule {
  readonly part: RecordPart
  readonly naming: SubjectNaming
  /** The first bytes of keys or values that were found fine. */
  readonly known: Set<string>
}

const NAMINGS: Readonly<Record<string, SubjectNaming>> = {
  RecordNameStrategy: 'record',
  TopicRecordNameStrategy: 'topic-record',
}
const MOST_KNOWN = 10_000
/** An id in its frame; what names a message of Protobuf is not in it, nor a guid in a header. */
const FRAME_BYTES = 5

export class TopicSchemaValidation implements SchemaValidation {
  readonly #openRegistry: () => Promise<Registry>
  /** The rules of topics that have any. */
  readonly #rules = new Map<string, readonly Rule[]>()

  constructor(metadata: PublishedMetadata, openRegistry: () => Promise<Registry>) {
    this.#openRegistry = openRegistry
    for (const [{ type, name }, configs] of metadata.image.configs) {
      if (type === ConfigResourceType.TOPIC) this.#follow(name, configs)
    }
    metadata.subscribe(({ changedConfigs, after }) => {
      for (const { type, name } of changedConfigs) {
        if (type === ConfigResourceType.TOPIC) this.#follow(name, after.configs.topic(name))
      }
    })
  }

  judge(appends: readonly ProduceAppend[]): Promise<readonly (KafkaError | null)[]> | null {
    if (this.#rules.size === 0 || !appends.some(({ partition }) => this.#rules.has(partition.topic))) return null
    return Promise.all(appends.map((append) => this.#judge(append)))
  }

  #follow(topic: string, configs: ConfigMap): void {
    const rules = (['key', 'value'] as const)
      .filter((part) => configs.get(`confluent.${part}.schema.validation`)?.toLowerCase() === 'true')
      .map((part): Rule => {
        const strategy = configs.get(`confluent.${part}.subject.name.strategy`)?.split('.').at(-1) ?? ''
        return { part, naming: NAMINGS[strategy] ?? 'topic', known: new Set() }
      })
    if (rules.length === 0) this.#rules.delete(topic)
    else this.#rules.set(topic, rules)
  }

  async #judge({ partition: { topic, log }, records }: ProduceAppend): Promise<KafkaError | null> {
    const rules = this.#rules.get(topic)
    const decoded = rules === undefined ? null : decodedRecords(records, log.config.maxDecompressedMessageBytes)
    if (rules === undefined || decoded === null) return null
    try {
      const errors: RecordError[] = []
      for (const [batchIndex, record] of decoded.entries()) {
        const reason = await this.#whyInvalid(topic, rules, record)
        if (reason !== null) errors.push({ batchIndex, message: `Record ${batchIndex} is rejected: ${reason}` })
      }
      if (errors.length === 0) return null
      return new RecordValidationError(ErrorCode.INVALID_RECORD, summaryOf(errors), errors)
    } catch (error) {
      // A producer tries this again.
      const reason = error instanceof Error ? error.message : String(error)
      return new KafkaError(ErrorCode.REQUEST_TIMED_OUT, `Schemas cannot be looked up: ${reason}`)
    }
  }

  async #whyInvalid(topic: string, rules: readonly Rule[], record: DecodedRecord): Promise<string | null> {
    for (const { part, naming, known } of rules) {
      const bytes = record[part]
      if (bytes === null) continue
      const frame = naming === 'topic' && bytes[0] === 0 ? bytes.toString('hex', 0, FRAME_BYTES) : null
      if (frame !== null && bytes.length >= FRAME_BYTES && known.has(frame) && record.headers.length === 0) continue
      const { whyInvalid } = await import('../../registry/judge-record.ts')
      const { headers } = record
      const reason = await whyInvalid(await this.#openRegistry(), { topic, part, naming, bytes, headers })
      if (reason !== null) return reason
      if (frame !== null && headers.length === 0 && known.size < MOST_KNOWN) known.add(frame)
    }
    return null
  }
}

/** As Apache's brokers put it. */
function summaryOf(errors: readonly RecordError[]): string {
  const shown = errors
    .slice(0, 3)
    .map(({ batchIndex, message }) => `RecordError(batchIndex=${batchIndex}, message='${message}')`)
  return `One or more records have been rejected due to ${errors.length} record errors in total, and only showing the first three errors at most: [${shown.join(', ')}]`
}

/** null: they are no batches that can be read, or larger than the log takes. */
function decodedRecords(records: Buffer, maxRecordBytes: number): readonly DecodedRecord[] | null {
  try {
    const limits = { maxBytes: DEFAULT_MAX_INFLATED_BYTES, maxRecordBytes }
    return decodeBatches(records, limits).flatMap((batch) => (batch.isControl ? [] : batch.records))
  } catch {
    return null
  }
}
