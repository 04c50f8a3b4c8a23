/** The parameters of requests to the page. */
import type { Context } from 'hono'
import type { z } from 'zod'
import { unchecked } from '../../../protocol/unchecked.ts'
import { PageError } from './page-error.ts'

type Bodies = typeof import('./bodies.ts')

/**
 * The body of a request, as `bodies.ts` describes it under that name; fields that it does not have are left out. A page that
 * only looks at things sends none, and loads no descriptions.
 */
export async function body<Name extends keyof Bodies>(c: Context, name: Name): Promise<z.infer<Bodies[Name]>> {
  let value: unknown
  try {
    value = await c.req.json()
  } catch {
    throw new PageError(400, 'INVALID_REQUEST', 'The body of the request is not JSON.')
  }
  const schema = unchecked<z.ZodType<z.infer<Bodies[Name]>>>((await import('./bodies.ts'))[name])
  const { data, error } = schema.safeParse(value)
  if (error === undefined) return data
  const [issue] = error.issues
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`
  throw new PageError(400, 'INVALID_REQUEST', `The body of the request is wrong${where}: ${issue?.message}.`)
}

export function numberOf(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new PageError(400, 'INVALID_REQUEST', `${text} is no whole number.`)
  return number
}

const MOST_PARTITIONS = 2 ** 31

export function partitionOf(text: string): number {
  const number = numberOf(text)
  if (number >= 0 && number < MOST_PARTITIONS) return number
  throw new PageError(400, 'INVALID_REQUEST', `${text} is no number of a partition.`)
}

/** `partitions=0,1` of the query; undefined: all of them. */
export function partitionsIn(c: Context): number[] | undefined {
  const text = c.req.query('partitions')
  return text === undefined || text === '' ? undefined : text.split(',').map(partitionOf)
}
