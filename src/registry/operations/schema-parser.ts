/** Parses schemas with those that they refer to, and remembers the ones that were parsed last. */
import { invalidSchema } from '../error.ts'
import type { ParsedSchema, ResolvedReference } from '../schema-types/schema-type.ts'
import type { SchemaTypes } from '../schema-types/types.ts'
import type { SchemaReference } from '../state/log-records.ts'
import type { RegistryState, SchemaVersion } from '../state/registry-state.ts'
import { qualifiedBy } from '../subject-name.ts'

const MOST_REMEMBERED = 1_000
/** Stands for the last version of a subject in a reference. */
export const LATEST_VERSION = -1

interface TextInSubject {
  readonly subject: string
  readonly schemaType: string
  readonly schema: string
  readonly references: readonly SchemaReference[]
}

export class SchemaParser {
  readonly #types: SchemaTypes
  readonly #state: RegistryState
  /** By subject and version, in the order of their last use. */
  readonly #remembered = new Map<string, { readonly of: SchemaVersion; readonly parsed: ParsedSchema }>()

  constructor(types: SchemaTypes, state: RegistryState) {
    this.#types = types
    this.#state = state
  }

  /** Throws 42201 where the text is no schema, or refers to what is not there. */
  parse(text: TextInSubject, isNew: boolean): ParsedSchema {
    const { subject, schemaType, schema } = text
    const type = this.#types.get(schemaType)
    if (type === null) throw invalidSchema(`Invalid schema type ${schemaType}`)
    try {
      const references = text.references.map((reference) => this.#withVersion(subject, reference))
      const resolved = this.#resolve(subject, references, isNew)
      return type.parse({ schema, references, resolved, isNew })
    } catch (error) {
      const details = error instanceof Error ? error.message : String(error)
      throw invalidSchema(`Invalid schema of type ${schemaType}, details: ${details}`)
    }
  }

  /** A registered version. One that cannot be parsed was written by another registry, and throws as `parse` does. */
  parseVersion(version: SchemaVersion): ParsedSchema {
    const key = `${version.subject} ${version.version}`
    const known = this.#remembered.get(key)
    this.#remembered.delete(key)
    const parsed = known?.of === version ? known.parsed : this.parse(version, false)
    this.#remembered.set(key, { of: version, parsed })
    if (this.#remembered.size > MOST_REMEMBERED) {
      const [oldest] = this.#remembered.keys()
      if (oldest !== undefined) this.#remembered.delete(oldest)
    }
    return parsed
  }

  /** The schemas that a registered version refers to, those first on which others build. */
  referencesOf({ subject, references }: SchemaVersion): ResolvedReference[] {
    return this.#resolve(subject, references, false)
  }

  /** Throws 42201 where a schema that could be parsed cannot be registered. */
  check(parsed: ParsedSchema, strict: boolean): void {
    try {
      parsed.validate(strict)
    } catch (error) {
      throw invalidSchema(`Invalid schema ${parsed.canonical}, details: ${(error as Error).message}`)
    }
  }

  /** Schemas that are referred to, those first on which others build; each name once. */
  #resolve(subject: string, references: readonly SchemaReference[], isNew: boolean): ResolvedReference[] {
    const resolved = new Map<string, ResolvedReference>()
    const entered = new Set<string>()
    const enter = (parent: string, wanted: readonly SchemaReference[]): void => {
      for (const reference of wanted) {
        const target = this.#target(parent, reference, isNew)
        if (entered.has(reference.name)) continue
        entered.add(reference.name)
        enter(target.subject, target.references)
        resolved.set(reference.name, { name: reference.name, schema: target.schema })
      }
    }
    enter(subject, references)
    return [...resolved.values()]
  }

  #target(parent: string, reference: SchemaReference, isNew: boolean): SchemaVersion {
    const { name, subject, version } = reference
    if (typeof name !== 'string' || typeof subject !== 'string' || !Number.isInteger(version)) {
      throw new Error(`Invalid reference: ${JSON.stringify(reference)}`)
    }
    const target = qualifiedBy(parent, subject)
    const found =
      version === LATEST_VERSION
        ? this.#state.latest(target)
        : this.#state.version(target, version, isNew ? 'live' : 'all')
    if (found === null) throw new Error(`No schema reference found for subject "${target}" and version ${version}`)
    return found
  }

  /** The reference with the number of the version that it means now. */
  #withVersion(parent: string, reference: SchemaReference): SchemaReference {
    if (reference.version !== LATEST_VERSION) return reference
    const { version } = this.#target(parent, reference, true)
    return { ...reference, version }
  }
}
