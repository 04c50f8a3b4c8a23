/** The parameters of requests to the page. */
import type { Context } from 'hono'
import { unchecked } from '../../../protocol/unchecked.ts'
import { PageError } from './page-error.ts'

/** The body of a request, as its endpoint describes it: fields that are wrong are refused by the broker itself. */
export async function body<T>(c: Context): Promise<T> {
  let value: unknown
  try {
    value = await c.req.json()
  } catch {
    throw new PageError(400, 'INVALID_REQUEST', 'The body of the request is not JSON.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PageError(400, 'INVALID_REQUEST', 'The body of the request is no object of JSON.')
  }
  return unchecked<T>(value)
}

export function numberOf(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new PageError(400, 'INVALID_REQUEST', `${text} is no whole number.`)
  return number
}

/** `partitions=0,1` of the query; undefined: all of them. */
export function partitionsIn(c: Context): number[] | undefined {
  const text = c.req.query('partitions')
  return text === undefined || text === '' ? undefined : text.split(',').map(numberOf)
}
