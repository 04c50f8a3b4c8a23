/** The parameters of requests to the page. */
import type { Context } from 'hono'
import type { z } from 'zod'
import { PageError } from './page-error.ts'

/** The body of a request, as its endpoint describes it; fields that it does not have are left out. */
export async function body<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.infer<Schema>> {
  let value: unknown
  try {
    value = await c.req.json()
  } catch {
    throw new PageError(400, 'INVALID_REQUEST', 'The body of the request is not JSON.')
  }
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
