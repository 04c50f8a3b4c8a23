/** A schema as a request brings it, and its canonical form. */
import type { Metadata, RuleSet } from '../schema-attachments.ts'
import type { ParsedSchema } from '../schema-types/schema-type.ts'
import type { ConfigValue, SchemaReference } from '../state/log-records.ts'
import type { View } from './operation.ts'
import { isImportOrForward, modeInScope } from './scope.ts'

export interface SchemaRequest {
  readonly schema: string | null
  readonly schemaType: string
  readonly references: readonly SchemaReference[]
  readonly metadata: Metadata | null
  readonly ruleSet: RuleSet | null
  /** 0: the next one; -1: the latest. */
  readonly version: number
  /** -1: the registry gives one. */
  readonly id: number
}

export interface CanonicalSchema extends SchemaRequest {
  readonly schema: string
  readonly parsed: ParsedSchema
}

interface Canonicalization {
  readonly normalize: boolean
  readonly isNew: boolean
  readonly config: ConfigValue
}

/** null: the request has no schema. Throws 42201 where it has one that cannot be registered. */
export function canonicalize(
  { state, parser, settings }: View,
  subject: string,
  request: SchemaRequest,
  { normalize, isNew, config }: Canonicalization,
): CanonicalSchema | null {
  const { schema, schemaType, references } = request
  if (schema === null || schema.trim() === '') return null
  let parsed = parser.parse({ subject, schemaType, schema, references }, isNew)
  if (!isImportOrForward(modeInScope(state, settings, subject))) {
    parser.check(parsed, config.validateFields === true)
    if (normalize) parsed = parsed.normalize()
  }
  return { ...request, schema: parsed.canonical, references: parsed.references, parsed }
}
