/** Requests to the REST API of any schema registry. */

import type { WholeSchema } from '../../registry/decoding/whole-schema.ts'
import { RegistryError } from '../../registry/error.ts'
import type { ResolvedReference, SchemaTypeName } from '../../registry/schema-types/schema-type.ts'
import type { SchemaReference } from '../../registry/state/log-records.ts'
import { contextPrefix, DEFAULT_CONTEXT, qualifiedBy } from '../../registry/subject-name.ts'
import type { SchemaOfRecord } from '../../registry/wire-format.ts'
import { UsageError } from '../cluster/context.ts'

export interface RegistryOptions {
  /** An address; a name and a password may stand in it. */
  readonly registry?: string
  readonly registryUser?: string
}

export interface VersionAnswer {
  readonly subject: string
  readonly version: number
  readonly id: number
  readonly schemaType?: SchemaTypeName
  readonly schema: string
  readonly references?: readonly SchemaReference[]
}

const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json'
const TIMEOUT_MS = 30_000
const NOT_FOUND = 404

export class RegistryClient {
  readonly #url: URL
  readonly #headers: Record<string, string>

  /** Throws `UsageError` for what is no address. */
  constructor({ registry, registryUser }: RegistryOptions) {
    const text = registry ?? process.env.SCHEMA_REGISTRY_URL ?? 'http://localhost:8081'
    if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
      throw new UsageError(`${text} is no address of a schema registry: it begins with http:// or https://`)
    }
    this.#url = new URL(text.endsWith('/') ? text : `${text}/`)
    const { username, password } = this.#url
    const user =
      registryUser ?? (username === '' ? null : `${decodeURIComponent(username)}:${decodeURIComponent(password)}`)
    this.#url.username = this.#url.password = ''
    this.#headers = {
      accept: MEDIA_TYPE,
      ...(user === null ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` }),
    }
  }

  /** Rejects with a `RegistryError` for what the registry refuses, and with a `UsageError` where none answers. */
  async ask<Answer>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Answer> {
    const given = body === undefined ? {} : { body: JSON.stringify(body) }
    const headers = body === undefined ? this.#headers : { ...this.#headers, 'content-type': MEDIA_TYPE }
    let response: Response
    let text: string
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS)
      response = await fetch(new URL(path, this.#url), { method, headers, signal, ...given })
      text = await response.text()
    } catch (error) {
      const { cause, message } = error as Error
      const reason = cause instanceof Error && cause.message !== '' ? cause.message : message
      throw new UsageError(`No schema registry answers at ${this.#url.href}: ${reason}. --registry says where one is`)
    }
    const answer = parsed(text)
    if (response.ok && answer !== undefined) return answer as Answer
    const { error_code: code = response.status, message } = (answer ?? {}) as { error_code?: number; message?: string }
    throw new RegistryError(
      code,
      message ?? `${this.#url.href} answered ${response.status}, which is no answer of a registry`,
    )
  }

  /** The schema with those that it refers to; null: there is none with this id. */
  async wholeSchema(schema: SchemaOfRecord): Promise<WholeSchema | null> {
    const path = 'id' in schema ? `schemas/ids/${schema.id}` : `schemas/guids/${schema.guid}`
    try {
      const { schemaType = 'AVRO', schema: text, references = [] } = await this.ask<VersionAnswer>('GET', path)
      const parent = references.length === 0 ? '' : await this.#contextOf(schema)
      const resolved = await this.#resolve(parent, references, new Set())
      const id = 'id' in schema ? schema.id : -1
      return { id, schemaType, schema: text, references, resolved }
    } catch (error) {
      if (error instanceof RegistryError && error.status === NOT_FOUND) return null
      throw error
    }
  }

  /** A prefix of the subjects in whose context the schema is: an id is one of the default context, a guid of any. */
  async #contextOf(schema: SchemaOfRecord): Promise<string> {
    if ('id' in schema) return ''
    const [first] = await this.ask<{ context?: string }[]>('GET', `schemas/guids/${schema.guid}/ids`)
    return contextPrefix(first?.context ?? DEFAULT_CONTEXT)
  }

  /**
   * The schemas that are referred to, each behind those on which it builds. A reference without a context means that of
   * `parent`, the subject that refers. `entered`: names that were met before.
   */
  async #resolve(
    parent: string,
    references: readonly SchemaReference[],
    entered: Set<string>,
  ): Promise<ResolvedReference[]> {
    const resolved: ResolvedReference[] = []
    for (const { name, subject, version } of references) {
      if (entered.has(name)) continue
      entered.add(name)
      const target = qualifiedBy(parent, subject)
      const path = `subjects/${encodeURIComponent(target)}/versions/${version}?deleted=true`
      const found = await this.ask<VersionAnswer>('GET', path)
      resolved.push(...(await this.#resolve(target, found.references ?? [], entered)), { name, schema: found.schema })
    }
    return resolved
  }
}

/** undefined: it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
