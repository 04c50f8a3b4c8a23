/** Answers as clients read them: properties in the order of Confluent's registry, those that are empty left out. */
import { guidOf } from '../fingerprint.ts'
import type { Registered } from '../operations/register.ts'
import type { ConfigValue } from '../state/log-records.ts'
import { CONFIG_PROPERTIES, withoutEmpty } from '../state/log-records.ts'
import type { SchemaVersion } from '../state/registry-state.ts'

/** `schema`: the text in the format that was asked for. */
export const versionAnswer = (version: SchemaVersion, schema = version.schema): object =>
  withoutEmpty({
    subject: version.subject,
    version: version.version,
    id: version.id,
    guid: guidOf(version.fingerprint),
    schemaType: version.schemaType,
    references: version.references,
    metadata: version.metadata,
    ruleSet: version.ruleSet,
    schema,
    ts: version.timestampMs,
    deleted: version.deleted,
  })

interface SchemaAnswerOptions {
  readonly schema?: string
  /** Whether it was asked for under a subject. */
  readonly withSubject?: boolean
  readonly maxId?: number
}

export const schemaAnswer = (
  version: SchemaVersion,
  { schema = version.schema, withSubject = false, maxId }: SchemaAnswerOptions = {},
): object =>
  withoutEmpty({
    ...(withSubject ? { subject: version.subject, version: version.version } : {}),
    guid: guidOf(version.fingerprint),
    schemaType: version.schemaType,
    schema,
    references: version.references,
    metadata: version.metadata,
    ruleSet: version.ruleSet,
    maxId,
    ts: version.timestampMs,
    deleted: version.deleted,
  })

export const registeredAnswer = (registered: Registered): object =>
  withoutEmpty({
    id: registered.id,
    version: registered.version,
    guid: registered.guid,
    schemaType: registered.schemaType,
    references: registered.references,
    metadata: registered.metadata,
    ruleSet: registered.ruleSet,
    schema: registered.schema,
  })

export const configAnswer = (config: ConfigValue): object =>
  withoutEmpty(Object.fromEntries(CONFIG_PROPERTIES.map((name) => [name, config[name]])))

/** A request for a change calls the level by another name, and so does its answer. */
export const configUpdateAnswer = (config: ConfigValue): object =>
  withoutEmpty(
    Object.fromEntries(
      CONFIG_PROPERTIES.map((name) => [name === 'compatibilityLevel' ? 'compatibility' : name, config[name]]),
    ),
  )
