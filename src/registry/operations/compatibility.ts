/**
 * Whether a schema may follow those before it. BACKWARD: the new one reads what the last one wrote. FORWARD: the last one
 * reads what the new one writes. FULL: both. TRANSITIVE: so with every version before, the newest first, up to the first
 * that does not fit. NONE: anything may follow.
 */
import { invalidSchema, RegistryError } from '../error.ts'
import type { Metadata } from '../schema-attachments.ts'
import type { CompatibilityPolicy, ParsedSchema } from '../schema-types/schema-type.ts'
import type { SchemaVersion } from '../state/registry-state.ts'
import type { View } from './operation.ts'
import { canonicalize, type SchemaRequest } from './schema-request.ts'
import { configInScope, type EffectiveConfig } from './scope.ts'

const RESERVED_PROPERTY = 'confluent:reserved'
const MOST_TEXT_SHOWN = 10 * 1024
const NEW = 'new'
const OLD = 'old'

interface Candidate {
  readonly parsed: ParsedSchema
  readonly metadata: Metadata | null
}

/** Why the candidate may not follow `earlier` (the first version first); none where it may. */
export function incompatibilities(
  { parser }: View,
  config: EffectiveConfig,
  candidate: Candidate,
  earlier: readonly SchemaVersion[],
): string[] {
  const validatesFields = config.validateFields === true
  const messages = validatesFields ? reservedFieldMessages(candidate, earlier.at(-1) ?? null) : []
  const group = config.compatibilityGroup
  const comparable =
    group === undefined
      ? earlier
      : earlier.filter(({ metadata }) => property(metadata, group) === property(candidate.metadata, group))
  const level = config.compatibilityLevel
  const policy: CompatibilityPolicy = config.compatibilityPolicy === 'LENIENT' ? 'LENIENT' : 'STRICT'
  const compared = level === 'NONE' ? [] : level.endsWith('_TRANSITIVE') ? comparable : comparable.slice(-1)
  for (const version of [...compared].reverse()) {
    const found = pairMessages(level, policy, candidate.parsed, version, parser.parseVersion(version))
    messages.push(...found)
    if (found.length > 0) break
  }
  if (messages.length > 0) messages.push(`{validateFields: '${validatesFields}', compatibility: '${level}'}`)
  return messages
}

function pairMessages(
  level: string,
  policy: CompatibilityPolicy,
  candidate: ParsedSchema,
  version: SchemaVersion,
  old: ParsedSchema,
): string[] {
  if (candidate.type !== old.type) return ['Incompatible because of different schema type']
  const isFull = level.startsWith('FULL')
  const messages: string[] = []
  if (isFull || level.startsWith('FORWARD')) {
    messages.push(...named(old.incompatibilities(candidate, policy), OLD, NEW))
    if (!isFull && messages.length > 0) messages.push(...oldSchema(version, old))
  }
  if (isFull || level.startsWith('BACKWARD')) {
    const backward = named(candidate.incompatibilities(old, policy), NEW, OLD)
    messages.push(...backward, ...(backward.length > 0 ? oldSchema(version, old) : []))
  }
  return messages
}

const named = (messages: readonly string[], reader: string, writer: string): string[] =>
  messages.map((message) => message.replace('%s', reader).replace('%s', writer))

function oldSchema({ version }: SchemaVersion, { canonical }: ParsedSchema): string[] {
  const shown =
    canonical.length <= MOST_TEXT_SHOWN
      ? `{oldSchema: '${canonical}'}`
      : `{oldSchema: <truncated> '${canonical.slice(0, MOST_TEXT_SHOWN)}...'}`
  return [`{oldSchemaVersion: ${version}}`, shown]
}

const property = (metadata: Metadata | null, name: string): string | null => metadata?.properties?.[name] ?? null

function reservedFieldMessages({ parsed, metadata }: Candidate, last: SchemaVersion | null): string[] {
  const reserved = reservedFields(metadata)
  const removed = reservedFields(last?.metadata ?? null).filter((field) => !reserved.includes(field))
  const taken = reserved.filter((field) => parsed.hasTopLevelField(field))
  return [
    ...removed.map(
      (field) =>
        `The new schema has reserved field ${field} removed from its metadata which is present in the old schema's metadata.`,
    ),
    ...taken.map((field) => `The new schema has field that conflicts with the reserved field ${field}.`),
  ]
}

const reservedFields = (metadata: Metadata | null): string[] =>
  (property(metadata, RESERVED_PROPERTY) ?? '')
    .split(',')
    .map((field) => field.trim())
    .filter((field) => field !== '')

/**
 * The answer to a test of compatibility: why `request` may not follow `earlier`. With `verbose` a schema that is none is
 * such a reason; without, it is an error.
 */
export function testCompatibility(
  view: View,
  subject: string,
  request: SchemaRequest,
  earlier: readonly SchemaVersion[],
  { normalize, verbose }: { readonly normalize: boolean; readonly verbose: boolean },
): string[] {
  try {
    const config = configInScope(view.state, view.settings, subject)
    const candidate = canonicalize(view, subject, request, {
      normalize: normalize || config.normalize === true,
      isNew: config.validateNewSchemas !== false,
      config,
    })
    if (candidate === null) throw invalidSchema('Empty schema')
    return incompatibilities(view, config, candidate, earlier)
  } catch (error) {
    if (verbose && error instanceof RegistryError && error.code === 42201) return [error.message]
    throw error
  }
}
