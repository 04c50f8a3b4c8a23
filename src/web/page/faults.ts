/**
 * The faults of the control API on the page: the same rules as by its own port, lent to the page for those who may change
 * the cluster. Where the broker has a token, a program of this machine is nobody in particular here either.
 */
import type { Context } from 'hono'
import { ErrorCode } from '../../../protocol/errors.ts'
import { errorOf, PageError } from './page-error.ts'
import type { PageEnv, PageSurroundings } from './surroundings.ts'

/** Paths of the control API that make, show and end faults; none of the others is reached from here. */
const LENT = /^\/(?:rules(?:\/\d+(?:\/release)?)?|conditions|(?:network|disk)(?:\/\d+)?|cut|faults)$/
const PREFIX = '/page/api/faults'

/** The answer of the control API, with errors in the page's form. */
export async function answerOfFaults(c: Context<PageEnv>, surroundings: PageSurroundings): Promise<Response> {
  const { caller, changing } = c.var.page
  const faults = surroundings.faults()
  const path = c.req.path.slice(PREFIX.length)
  if (faults === null || !LENT.test(path)) throw new PageError(404, 'RESOURCE_NOT_FOUND', 'The control API is off.')
  if (!surroundings.mayMakeFaults(caller)) throw errorOf(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, 'Faults')
  const { method } = c.req
  const body = method === 'POST' ? await c.req.text() : ''
  const ask = async () => {
    const given = method === 'POST' ? { body, headers: { 'content-type': 'application/json' } } : {}
    const response = await faults(new Request(`http://localhost${path}`, { method, ...given }))
    const answer = (await response.json()) as Record<string, unknown>
    if (!response.ok) throw new PageError(response.status === 404 ? 404 : 400, 'INVALID_REQUEST', String(answer.error))
    return answer
  }
  return c.json(
    method === 'GET' ? await ask() : await changing(`${VERBS[method] ?? method} faults: ${path} ${body}`.trim(), ask),
  )
}

const VERBS: Readonly<Record<string, string>> = { POST: 'makes', DELETE: 'ends' }
