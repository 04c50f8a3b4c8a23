/** The face of a kind of schema: Avro, Protobuf, JSON Schema. Everything behind it is a function of texts. */
import type { SchemaReference } from '../state/log-records.ts'

export const SCHEMA_TYPES = ['JSON', 'PROTOBUF', 'AVRO'] as const
export type SchemaTypeName = (typeof SCHEMA_TYPES)[number]

/** `LENIENT` lets JSON Schema forgive what only a writer of unforeseen properties would break. */
export type CompatibilityPolicy = 'STRICT' | 'LENIENT'

/** A referenced schema under the name by which it is referred to, those that it refers to itself before it. */
export interface ResolvedReference {
  readonly name: string
  readonly schema: string
}

export interface SchemaText {
  readonly schema: string
  readonly references: readonly SchemaReference[]
  readonly resolved: readonly ResolvedReference[]
  /** A new schema is held to rules that older ones may have been registered without (defaults of Avro). */
  readonly isNew: boolean
}

export interface ParsedSchema {
  readonly type: SchemaTypeName
  /** The text that is kept and whose fingerprint counts. */
  readonly canonical: string
  readonly references: readonly SchemaReference[]
  /** The same schema in the one form that all equal ones have. */
  normalize(): ParsedSchema
  /** Throws with a sentence where the schema cannot be registered; `strict` looks at the names of fields too. */
  validate(strict: boolean): void
  /** The text in another format of the type (`resolved`, `serialized` …); an unknown one gives the canonical text. */
  formatted(format: string): string
  /**
   * Why data of `previous` (the writer's) cannot be read with this schema (the reader's); none where it can. In a message
   * the first `%s` stands for the reader, the second for the writer.
   */
  incompatibilities(previous: ParsedSchema, policy: CompatibilityPolicy): string[]
  /** Whether both say the same, references included, however they are written. */
  equivalent(other: ParsedSchema): boolean
  /** The full name of the record, or of the message at this place in a file; null: it has none. */
  recordName(indexes: readonly number[]): string | null
  /** Whether a field of this name is at the top. */
  hasTopLevelField(name: string): boolean
}

export interface SchemaType {
  readonly name: SchemaTypeName
  /** Throws with a sentence that says what is wrong with the text. */
  parse(text: SchemaText): ParsedSchema
}
