import { type Answer, wordsAnswer } from '../print/answer.ts'
import type { RegistryContext } from './run-on-registry.ts'

interface DeleteOptions {
  readonly version?: string
  readonly permanent?: boolean
}

/** `samsa schemas delete`: softly, so that ids can still be read; for good only what was deleted softly before. */
export async function deleteSchemas({ registry, words, options }: RegistryContext<DeleteOptions>): Promise<Answer> {
  const [subject = ''] = words
  const { version, permanent = false } = options
  const at = `subjects/${encodeURIComponent(subject)}${version === undefined ? '' : `/versions/${version}`}`
  const answer = await registry.ask<number | number[]>('DELETE', `${at}?permanent=${permanent}`)
  const versions = typeof answer === 'number' ? [answer] : answer
  const how = permanent ? 'are gone' : 'are deleted, and their ids can still be read'
  return wordsAnswer([`${subject}: versions ${versions.join(', ')} ${how}`], [{ subject, versions, permanent }])
}
