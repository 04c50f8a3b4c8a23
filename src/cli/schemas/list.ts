import { grouped } from '../../../protocol/collections/grouped.ts'
import { type Answer, tableAnswer } from '../print/answer.ts'
import type { VersionAnswer } from './registry-client.ts'
import type { RegistryContext } from './run-on-registry.ts'

interface ListOptions {
  readonly deleted?: boolean
}

interface Row {
  readonly subject: string
  readonly versions: readonly number[]
  readonly type: string
  readonly id: number
}

/** `samsa schemas list`: subjects with their versions, and the id of the last. */
export async function listSchemas({ registry, words, options }: RegistryContext<ListOptions>): Promise<Answer> {
  const all = await registry.ask<VersionAnswer[]>('GET', `schemas?deleted=${options.deleted === true}`)
  const rows = [...grouped(all, ({ subject }) => subject)]
    .filter(([subject]) => words.length === 0 || words.some((word) => subject.includes(word)))
    .map(([subject, versions]): Row => {
      const last = versions.at(-1)
      const numbers = versions.map(({ version }) => version)
      return { subject, versions: numbers, type: last?.schemaType ?? 'AVRO', id: last?.id ?? -1 }
    })
  return tableAnswer({
    columns: [
      { title: 'SUBJECT', of: ({ subject }) => subject, tone: () => 'name' },
      { title: 'VERSIONS', of: ({ versions }) => versions },
      { title: 'TYPE', of: ({ type }) => type },
      { title: 'LAST ID', of: ({ id }) => id },
    ],
    rows,
    empty: 'There are no schemas.',
  })
}
