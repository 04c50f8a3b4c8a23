import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { SchemaReference } from '../../registry/state/log-records.ts'
import { UsageError } from '../cluster/context.ts'
import { type Answer, wordsAnswer } from '../print/answer.ts'
import type { RegistryContext } from './run-on-registry.ts'

export interface SchemaOptions {
  readonly type?: string
  readonly reference?: readonly string[]
  readonly normalize?: boolean
}

interface CheckOptions extends SchemaOptions {
  readonly version?: string
}

const TYPE_OF_ENDING: Readonly<Record<string, string>> = { avsc: 'AVRO', proto: 'PROTOBUF', json: 'JSON' }

/** `samsa schemas register`: a new version of a subject, or the one that has this schema. */
export async function registerSchema({ registry, words, options }: RegistryContext<SchemaOptions>): Promise<Answer> {
  const [subject = '', file = '-'] = words
  const query = options.normalize === true ? '?normalize=true' : ''
  const path = `subjects/${encodeURIComponent(subject)}/versions${query}`
  const { id } = await registry.ask<{ id: number }>('POST', path, await schemaOf(file, options))
  return wordsAnswer([`${subject}: schema id ${id}`], [{ subject, id }])
}

/** `samsa schemas check`: whether the schema could be registered; what stands against it is a failure. */
export async function checkSchema({ registry, words, options }: RegistryContext<CheckOptions>): Promise<Answer> {
  const [subject = '', file = '-'] = words
  const { version } = options
  const at = `compatibility/subjects/${encodeURIComponent(subject)}/versions${version === undefined ? '' : `/${version}`}`
  const query = `?verbose=true${options.normalize === true ? '&normalize=true' : ''}`
  const body = await schemaOf(file, options)
  const answer = await registry.ask<{ is_compatible: boolean; messages?: string[] }>('POST', at + query, body)
  const { is_compatible: isCompatible, messages = [] } = answer
  const json = [{ subject, isCompatible, messages }]
  if (isCompatible) return wordsAnswer([`The schema is compatible with ${subject}.`], json)
  return wordsAnswer([], json, [`The schema is not compatible with ${subject}`, ...messages])
}

async function schemaOf(file: string, { type, reference = [] }: SchemaOptions): Promise<object> {
  const schema = file === '-' ? await text(process.stdin) : await readText(file)
  const ending = file.split('.').at(-1) ?? ''
  const schemaType = type?.toUpperCase() ?? TYPE_OF_ENDING[ending] ?? 'AVRO'
  return { schema, schemaType, references: reference.map(referenceOf) }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`)
  }
}

/** `name=subject:version`; there may be colons in a subject. */
function referenceOf(words: string): SchemaReference {
  const [, name, subject, version] = /^([^=]+)=(.+):(\d+)$/.exec(words) ?? []
  if (name === undefined || subject === undefined) {
    throw new UsageError(`${words} is no reference: expected name=subject:version`)
  }
  return { name, subject, version: Number(version) }
}
