import type { MiddlewareHandler } from 'hono'
import type { WebEnv } from './caller.ts'
import { problem } from './responses.ts'

/**
 * Refuses bodies larger than `maxBytes`. A body that comes without its length is gathered first, so that none is refused when
 * an app has read half of it. Hono's own limit does that by `new Request(request)`, which its adapter for Node does not allow.
 */
export function bodyLimit(maxBytes: number): MiddlewareHandler<WebEnv> {
  // The rest of the body is not read.
  const tooLarge = () =>
    problem(413, 'too_large', `A request's body may have ${maxBytes} bytes here.`, { connection: 'close' })
  return async (c, next) => {
    const { raw } = c.req
    const { headers, method, signal, url } = raw
    if (!headers.has('transfer-encoding')) {
      return Number(headers.get('content-length') ?? 0) > maxBytes ? tooLarge() : next()
    }
    const body = await gathered(raw, maxBytes)
    if (body === null) return tooLarge()
    c.req.raw = new Request(url, { method, headers, signal, body: body.length === 0 ? null : body })
    return next()
  }
}

/** The whole body; null: it is larger. */
async function gathered({ body }: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = body?.getReader()
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
    if (done || value === undefined) return Buffer.concat(chunks)
    size += value.length
    if (size > maxBytes) return null
    chunks.push(value)
  }
}
