import { UsageError } from '../cluster/context.ts'
import { type Answer, wordsAnswer } from '../print/answer.ts'
import type { VersionAnswer } from './registry-client.ts'
import type { RegistryContext } from './run-on-registry.ts'

interface GetOptions {
  readonly id?: number
}

/** `samsa schemas get`: the text of a schema, for a person with the lines that it had. */
export async function getSchema({ registry, words, options }: RegistryContext<GetOptions>): Promise<Answer> {
  const [subject, version = 'latest'] = words
  if ((subject === undefined) === (options.id === undefined)) {
    throw new UsageError('Name a subject, or an id by --id')
  }
  const path =
    subject === undefined ? `schemas/ids/${options.id}` : `subjects/${encodeURIComponent(subject)}/versions/${version}`
  const found = await registry.ask<VersionAnswer>('GET', path)
  return wordsAnswer(spread(found.schema).trimEnd().split('\n'), [found])
}

/** JSON over several lines; any other text as it is. */
function spread(schema: string): string {
  try {
    return JSON.stringify(JSON.parse(schema), null, 2)
  } catch {
    return schema
  }
}
